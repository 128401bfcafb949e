"""The option declaration -> the fields of a form. Knows nothing of Gradio: what a field is, not how it is drawn.

An option that is declared appears in the form by itself, unless it stands in a table here. Free text appears only where
a table says so, since a new option may name a file of the server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from neuralart.errors import OptionError, suggest
from neuralart.options import GROUPS, Facts, Options, declared, flag, from_mapping

# Shown at once, in this order; the others are folded away by group.
COMMON = ("size", "num_iters", "style_factor", "smoothness", "model")

# Text that a visitor may write: it names no file and no device.
TEXTS = ("style_layers", "content_layers")

# What belongs to the machine, and so to whoever starts the app: `neuralart app --device cuda:1`.
OWNERS = {
    "weights": "a file of the server",
    "weights_convention": "of a file of the server",
    "device": "a device of the server",
    "cpu": "a device of the server",
    "backend": "how the server computes",
    "memory": "how much of the server's memory is taken",
    "tile": "how much of the server's memory is taken",
}

# What has no meaning in a browser, and what there is instead.
ABSENT = {
    "content": "pictures are dropped into the page",
    "style": "pictures are dropped into the page",
    "output": "pictures go to the gallery; see --gallery",
    "output_dir": "the page offers an animation",
    "format": "the page offers PNG",
    "background": "the page offers PNG, which is transparent where the photograph is",
    "max_megapixels": "the app has a limit of its own",
    "accept_damaged": "damaged pictures are refused; mend them first",
    "strip": "copyright, author and date stay with the picture",
    "keep_gps": "where a photograph was taken is nobody's business here",
    "overwrite": "the gallery writes over nothing",
    "pyramid": "the page offers PNG, which has no levels",
    "quality": "the page offers PNG, which loses nothing",
    "display": "the page shows the painting",
    "display_interval": "the page shows the painting as often as costs nothing",
    "display_port": "see --port",
    "log": "the page shows the curve, and the record tells the end",
    "plot": "the page draws the curve",
    "animation": "the page offers one",
    "checkpoint": "the app keeps what a painting has reached when it is stopped",
    "checkpoint_interval": "there is no checkpoint",
    "sheet": "the page has a slider from before to after",
    "quiet": "the app writes nothing while it paints",
}


@dataclass(frozen=True)
class Entry:
    """One field of the form. default: None for whatever the program finds best, which `unset` describes."""

    name: str
    group: str
    label: str
    info: str
    kind: Literal["choice", "switch", "whole", "number", "text"]
    default: Any
    choices: tuple[str, ...] = ()
    unset: str = ""
    least: float | None = None
    most: float | None = None


def entries(fixed: Mapping[str, Any] | None = None) -> list[Entry]:
    """The form, common fields first. fixed: values that the app's owner gave, which are the form's defaults."""
    shown = [name for name in declared() if is_shown(name)]
    ordered = [*COMMON, *sorted((n for n in shown if n not in COMMON), key=_place)]
    return [_entry(name, *declared()[name], (fixed or {}).get(name)) for name in ordered]


def is_shown(name: str) -> bool:
    """Whether a visitor chooses this option."""
    facts, _ = declared()[name]
    free_text = facts.kind is str and not facts.choices
    return name not in OWNERS and name not in ABSENT and (not free_text or name in TEXTS)


def _place(name: str) -> int:
    return list(GROUPS).index(declared()[name][0].group)


def _entry(name: str, facts: Facts, default: Any, given: Any) -> Entry:
    kinds: dict[type, Literal["switch", "whole", "number", "text"]] = {
        bool: "switch",
        int: "whole",
        float: "number",
        str: "text",
    }
    return Entry(
        name=name,
        group=facts.group,
        label=label(name),
        info=in_words(facts.help),
        kind="choice" if facts.choices else kinds[facts.kind],
        default=default if given is None else given,
        choices=facts.choices or (),
        unset=in_words(facts.unset),
        least=facts.least,
        most=facts.most,
    )


def label(name: str) -> str:
    """What a field is called: style_factor -> Style factor."""
    words = name.replace("_", " ").replace("num iters", "iterations")
    return words[0].upper() + words[1:]


def in_words(text: str) -> str:
    """A help text or a message as it reads beside a form: options are called by their fields' names.

    >>> in_words("--size is 3; it must be at least 16")
    "'Size' is 3; it must be at least 16"
    """

    def named(match: re.Match[str]) -> str:
        name = match[0][2:].replace("-", "_")
        return f"'{label(name)}'" if name in declared() and is_shown(name) else match[0]

    return re.sub(r"--[a-z][a-z-]*[a-z]", named, text)


def chosen(values: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> Options:
    """Options from what stands in a form, or in a call of the HTTP API. Raises OptionError.

    An empty field stands for the option's default. fixed: what the app's owner gave.
    """
    known = declared()
    given = {name: value for name, value in (fixed or {}).items() if value is not None}
    for name, value in values.items():
        if name not in known or not is_shown(name):
            raise OptionError(refusal(name))
        if value is None or value == "":
            if known[name][1] is not None:
                raise OptionError(f"{flag(name)} is empty; the usual value is {known[name][1]}")
            given.pop(name, None)
        else:
            given[name] = value
    return from_mapping(given)


def refusal(name: str) -> str:
    """What to say of an option that the app does not take from its visitors."""
    if name in ABSENT:
        return f"'{name}' has no effect in the app: {ABSENT[name]}"
    if name in declared() and not is_shown(name):
        return f"'{name}' is chosen by whoever starts the app, not by its visitors"
    return f"there is no option '{name}'{suggest(name, [one for one in declared() if is_shown(one)])}"


def values(record: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The form's values that make a picture again, from the record inside it; what it does not tell is the default."""
    told = record.get("options")
    found = {}
    for entry in entries(fixed):
        value = told.get(entry.name, entry.default) if isinstance(told, dict) else entry.default
        try:
            found[entry.name] = getattr(from_mapping({entry.name: value}), entry.name)
        except OptionError:
            found[entry.name] = entry.default  # another version of the program knew other values
    return found
