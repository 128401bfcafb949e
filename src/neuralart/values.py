"""How the values of options are read and checked against the options' facts. Imports no torch."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import Field, fields, replace
from typing import Any

from neuralart.errors import OptionError, counted, suggest
from neuralart.facts import Facts, Text
from neuralart.first import first_of

UNITS = {"B": 1} | {
    name + mark: base**power
    for power, name in enumerate(("K", "M", "G", "T"), 1)
    for mark, base in (("B", 1000), ("iB", 1024))
}
LEAST_MEMORY = 10**6  # bytes; a smaller number most likely lacks its unit


def flag(name: str) -> str:
    """The option's name on the command line: --style-factor."""
    return "--" + name.replace("_", "-")


def checked(declaration: Field[Any], value: Any) -> Any:
    """Return the value in the option's own type, checked against its bounds; text is read as on the command line.

    Raises:
        OptionError: For a value that makes no sense.
    """
    facts: Facts = declaration.metadata["facts"]
    name = flag(declaration.name)
    if value is None:
        if declaration.default is None:
            return None
        raise OptionError(f"{name} needs a value (default: {declaration.default})")
    if not facts.many:
        return _one(name, facts, value)
    several = _several(facts, value)
    if not several:
        raise OptionError(f"{name} is empty; leave it out or give a value")
    return tuple(_one(name, facts, one) for one in several)


def check_all(settings: Any) -> None:
    """Convert and check every value; for the `__post_init__` of a dataclass of options. Raises OptionError."""
    for one in fields(settings):
        object.__setattr__(settings, one.name, checked(one, getattr(settings, one.name)))


def written(facts: Facts, value: Any) -> str:
    """Write the values of an option that takes several as one text."""
    mark = ";" if facts.is_free else ","
    return mark.join(str(one) if isinstance(one, str | int) else _number(one) for one in value)


def plain(facts: Facts, value: Any) -> Any:
    """Return a value as the record holds it: several values as a list, one value by itself."""
    if not facts.many or value is None:
        return value
    return value[0] if len(value) == 1 else list(value)


def _several(facts: Facts, value: Any) -> Sequence[Any]:
    """Split the values of an option that takes several: 3,1 is two numbers, but a file may have a comma in its name.

    Lists of layers contain commas; semicolons separate several such lists in one text.
    """
    several = list(value) if isinstance(value, list | tuple) else [value]
    if facts.is_free and facts.text is not Text.LAYERS:
        return several
    mark = ";" if facts.is_free else ","
    return [part for one in several for part in (one.split(mark) if isinstance(one, str) else [one])]


def _one(name: str, facts: Facts, value: Any) -> Any:
    if facts.pair and (edges := _edges(value)):
        width, height = (_one(name, replace(facts, pair=False, least=1), edge) for edge in edges)
        return f"{width}x{height}"
    value = _typed(name, facts, value)
    if facts.choices and str(value) not in facts.choices and facts.text is not Text.FIRST:
        raise OptionError(
            f"{name} is '{value}', which is not one of {', '.join(facts.choices)}"
            f"{suggest(str(value).lower(), facts.choices)}"
        )
    if facts.kind in (int, float):
        _bounded(name, facts, value)
    return value


def _edges(value: Any) -> Sequence[Any] | None:
    """Return width and height from 2048x1024 or a pair; None for anything else."""
    if isinstance(value, str) and (result := re.fullmatch(r"\s*(\d+)\s*[xX\u00d7]\s*(\d+)\s*", value)):
        return result.groups()
    return value if isinstance(value, list | tuple) and len(value) == 2 else None


def _typed(name: str, facts: Facts, value: Any) -> Any:
    if facts.kind is bool:
        if isinstance(value, bool):
            return value
        raise OptionError(f"{name} is '{value}'; it is either given or not, and takes no value")
    if facts.kind is str:
        return _text(name, facts, value)
    wanted = "a whole number" if facts.kind is int else "a number"
    try:
        if facts.kind is int and isinstance(value, int | str) and not isinstance(value, bool):
            with suppress(ValueError):
                return int(value)  # exactly, where a float would round it
        number = float(value)
        if isinstance(value, bool) or not math.isfinite(number) or (facts.kind is int and number != int(number)):
            raise ValueError
        return facts.kind(number)
    except (TypeError, ValueError, OverflowError):
        raise OptionError(f"{name} is '{value}'; it must be {wanted}{_as_number(facts.kind, value)}") from None


def _as_number(kind: type, value: Any) -> str:
    """Return a hint at how to write a number that has a decimal comma, a percent sign or a unit; "" for others."""
    found = re.fullmatch(r"\s*(-?\d+(?:[.,]\d+)?)\s*(%|[A-Za-z]*)\s*", value) if isinstance(value, str) else None
    if found is None or (kind is int and ("," in found[1] or "." in found[1])):
        return ""
    number = float(found[1].replace(",", ".")) / (100 if found[2] == "%" else 1)
    return f", such as {number:g}"


def _text(name: str, facts: Facts, value: Any) -> str:
    """Return the text, or the text for the Python value that takes its place."""
    read, wanted = _FROM_PYTHON[facts.text]
    if isinstance(value, str):
        text = str(value)
    else:
        try:
            text = read(value)
        except (TypeError, ValueError, OverflowError):
            raise OptionError(f"{name} is {value!r}; it must be {wanted}") from None
    if not text:
        raise OptionError(f"{name} is empty; leave it out or give a value")
    if facts.text is Text.LAYERS:
        layer_weights(name, text)
    if facts.text is Text.MEMORY:
        number_of_bytes(name, text)
    if facts.text is Text.FIRST:
        try:
            return str(first_of(text))
        except ValueError as error:
            raise OptionError(f"{name} is {error}") from None
    return text


def layers_text(value: Any) -> str:
    """Write {"conv1_1": 2, "conv2_1": 1} or ["conv1_1:2", "conv2_1"] as conv1_1:2,conv2_1."""
    if isinstance(value, Mapping):
        weights = [(layer, float(weight)) for layer, weight in value.items()]
        value = [layer if weight == 1 else f"{layer}:{_number(weight)}" for layer, weight in weights]
    return _joined(value)


def _number(value: float) -> str:
    """Write a number exactly, and as briefly as one would type it: 2, 0.1."""
    return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _joined(value: Any) -> str:
    """Join several names with commas."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) or _is_torchs(one) for one in value):
        raise TypeError
    return ",".join(map(str, value))


def _devices(value: Any) -> str:
    return str(value) if _is_torchs(value) else _joined(value)


def _precision(value: Any) -> str:
    if not _is_torchs(value):
        raise TypeError
    return str(value).removeprefix("torch.")


def _memory(value: Any) -> str:
    if isinstance(value, bool):
        raise TypeError
    return str(int(float(value)))


def _word(value: Any) -> str:
    raise TypeError


def _path(value: Any) -> str:
    path = os.fspath(value)
    if not isinstance(path, str):
        raise TypeError
    return path


def _is_torchs(value: Any) -> bool:
    """Whether it is a `torch.device` or a `torch.dtype`, without importing torch."""
    return type(value).__module__ == "torch"


# What Python values are accepted besides text, and what to call them in a message.
_PATH = (_path, "a path")
_FROM_PYTHON: dict[Text, tuple[Callable[[Any], str], str]] = {
    Text.WORD: (_word, "text"),
    Text.INPUT: _PATH,
    Text.OUTPUT: _PATH,
    Text.FOLDER: _PATH,
    Text.FIRST: (_path, "a word such as image or random, or a path"),
    Text.LAYERS: (layers_text, "text, a list of layers, or a dict of layers and weights"),
    Text.DEVICES: (_devices, "text, a torch.device, or a list of these"),
    Text.PRECISION: (_precision, "text or a torch.dtype"),
    Text.MEMORY: (_memory, "text such as 4GB, or a number of bytes"),
}


def _bounded(name: str, facts: Facts, value: float) -> None:
    if facts.least is not None and value < facts.least:
        raise OptionError(f"{name} is {value}; it must be at least {facts.least:g}")
    if facts.above is not None and value <= facts.above:
        raise OptionError(f"{name} is {value}; it must be more than {facts.above:g}")
    if facts.most is not None and value > facts.most:
        raise OptionError(f"{name} is {value}; it must be at most {facts.most:g}")


def layer_weights(name: str, text: str) -> dict[str, float]:
    """Parse layers and weights as `--style-layers` and `--content-layers` take them. Raises OptionError.

    >>> layer_weights("--style-layers", "conv1_1:2, conv2_1")
    {'conv1_1': 2.0, 'conv2_1': 1.0}
    """
    result: dict[str, float] = {}
    for part in text.replace(",", " ").split():
        layer, _, weight = part.partition(":")
        try:
            number = float(weight) if weight else 1.0
        except ValueError:
            number = math.nan
        if not layer or not (number > 0 and math.isfinite(number)):
            raise OptionError(f"{name} has '{part}'; write a layer, or layer:weight with a weight above 0")
        if layer in result:
            raise OptionError(f"{name} names layer '{layer}' twice")
        result[layer] = number
    if not result:
        raise OptionError(f"{name} names no layer")
    if not math.isfinite(sum(result.values())):
        raise OptionError(f"{name} has weights whose sum is not finite; only their ratios count, so give smaller ones")
    return result


def number_of_bytes(name: str, text: str) -> int:
    """Parse an amount of memory as `--memory` takes it; a number without a unit counts bytes. Raises OptionError.

    >>> number_of_bytes("--memory", "1.5GB"), number_of_bytes("--memory", "2 GiB")
    (1500000000, 2147483648)
    """
    found = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)(?:[eE]\+?(\d{1,2}))?\s*([A-Za-z]*)\s*", text)
    if not found:
        raise OptionError(f"{name} is '{text}'; write a number and a unit, such as 4GB or 800MB")
    known = {unit.lower(): unit for unit in UNITS}
    unit = found[3].lower()
    # 4G and 4g are as common as 4GB.
    unit = unit if unit in known else f"{unit}b"
    if unit not in known:
        raise OptionError(
            f"{name} is '{text}', whose unit is not one of {', '.join(UNITS)}"
            f"{suggest(found[3], [*UNITS, 'megabytes', 'gigabytes'])}"
        )
    amount = int(float(f"{found[1]}e{found[2] or 0}") * UNITS[known[unit]])
    if amount < LEAST_MEMORY:
        cure = "give at least 1MB" if found[3] else "give a unit, such as 4GB or 800MB"
        raise OptionError(f"{name} is '{text}', which is {counted(amount, 'byte')}; {cure}")
    return amount


def in_words(amount: float) -> str:
    """Write a number of bytes for people, in decimal units.

    >>> in_words(1_234_567_890), in_words(56_700_000)
    ('1.23 GB', '57 MB')
    """
    return f"{amount / 1e9:.3g} GB" if amount >= 999.5e6 else f"{amount / 1e6:.0f} MB"


def spoken(seconds: float) -> str:
    """Write a time for people.

    >>> spoken(42), spoken(1), spoken(5400), spoken(200_000)
    ('42 seconds', '1 second', '1 h 30 min', '2 days 7 h')
    """
    if seconds < 90:
        return counted(round(seconds), "second")
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} minutes"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02} min"
    days, hours = divmod(hours, 24)
    return f"{days} days {hours} h"
