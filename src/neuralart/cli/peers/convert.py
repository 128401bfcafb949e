"""How values of other programs become ours. Every function returns one converter for a row of a table."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from neuralart.cli.peers.peer import Convert, Given, Said
from neuralart.errors import OptionError, suggest
from neuralart.first import OTHERS, WORDS, First


def same(ours: str) -> Convert:
    """The value means the same here."""
    return Convert((ours,), lambda values, given: Said({ours: values[0]}))


def scaled(ours: str, factor: float) -> Convert:
    """The value times a factor means the same here."""
    return Convert((ours,), lambda values, given: Said({ours: f"{number(values[0]) * factor:g}"}))


def seed() -> Convert:
    """The value is a seed; a negative one asks for other noise every time."""

    def convert(values: Sequence[str], given: Given) -> Said:
        if number(values[0]) < 0:
            return Said(note="noise is the same every time here; give another --seed for other noise")
        return Said({"seed": values[0]})

    return Convert(("seed",), convert)


def switch(ours: str) -> Convert:
    """Here, too, it is either given or not."""
    return Convert((ours,), lambda values, given: Said({ours: True}))


def file(ours: str) -> Convert:
    """The value is the name of a file or folder."""
    return Convert((ours,), lambda values, given: Said({ours: path(values[0])}))


def files(ours: str, separator: str | None = None) -> Convert:
    """The values are names of files; with a separator, several in one word."""

    def convert(values: Sequence[str], given: Given) -> Said:
        names = values if separator is None else values[0].split(separator)
        return Said({ours: [path(name) for name in names if name]})

    return Convert((ours,), convert)


def words(ours: str, known: Mapping[str, str | None], notes: Mapping[str, str] | None = None) -> Convert:
    """The value is one of these words; None: there is nothing to set here."""

    def convert(values: Sequence[str], given: Given) -> Said:
        word = values[0]
        if word not in known:
            raise OptionError(f"'{word}', which is not one of {', '.join(known)}{suggest(word, known)}")
        here = known[word]
        return Said({} if here is None else {ours: here}, note=(notes or {}).get(word, ""))

    return Convert((ours,), convert)


def first(known: Mapping[str, str]) -> Convert:
    """The value is a word for the first image, or a file."""

    def convert(values: Sequence[str], given: Given) -> Said:
        text = values[0]
        return Said({"init": known[text] if text in known else str(First(path(text)))})

    return Convert(("init",), convert)


def weight(usual: float, *, of_content: bool = False) -> Convert:
    """The value is the weight of style or content, and `usual` is the default there, which equals our own balance."""

    def convert(values: Sequence[str], given: Given) -> Said:
        share = number(values[0]) / usual
        if share < 0:
            raise OptionError(f"'{values[0]}', which is less than 0")
        if not of_content:
            return Said(factor=share)
        if share == 0:
            return Said(note="a content that does not count: --content none --size 1024x768 paints the style's texture")
        return Said(factor=1 / share)

    return Convert(("style_factor",), convert)


def layers(ours: str) -> Convert:
    """The value is a list of layers by their names in VGG-19."""

    def convert(values: Sequence[str], given: Given) -> Said:
        note = "conv layers are compared after their ReLU here" if "conv" in values[0] else ""
        return Said({ours: values[0]}, note=note)

    return Convert((ours,), convert)


def devices(separator: str | None = ",", cpu: str = "-1") -> Convert:
    """The values are devices: names, or the numbers of GPUs, separated in one word unless they are several words."""

    def convert(values: Sequence[str], given: Given) -> Said:
        named = values if separator is None else values[0].split(separator)
        return Said(
            {"device": ",".join("cpu" if one == cpu else f"cuda:{one}" if one.isdigit() else one for one in named)}
        )

    return Convert(("device",), convert)


# Networks by what the names of their files contain; the first that matches.
NETWORKS = ((r"pruning|fcn|sod|nyud|pascal", None), ("19", "vgg"), ("16", "vgg16"), ("", None))


def weights(default: str) -> Convert:
    """The value is a file of weights whose name says of which network."""

    def convert(values: Sequence[str], given: Given) -> Said:
        name = Path(values[0]).name
        model = next(model for pattern, model in NETWORKS if re.search(pattern, name, re.IGNORECASE))
        if model is None:
            return Said({"model": "vgg"}, note=f"there is no network for {name} here; VGG-19 takes its place")
        return Said({"model": model} | ({} if values[0] == default else {"weights": path(values[0])}))

    return Convert(("model", "weights"), convert)


def path(text: str) -> str:
    """Return a file's name in a form that neither our parser nor the shell takes for anything else."""
    if text.startswith("~"):
        return str(Path(text).expanduser())
    is_word = text in ("none", *WORDS, *OTHERS)
    return f"./{text}" if is_word or text.startswith("-") else text


def number(text: str) -> float:
    """Return a number. Raises OptionError."""
    try:
        result = float(text)
    except ValueError:
        result = math.nan
    if not math.isfinite(result):
        raise OptionError(f"'{text}', which is not a number")
    return result
