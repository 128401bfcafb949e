"""The option declaration -> the fields of a form. Knows nothing of Gradio: what a field is, not how it is drawn.

What a visitor chooses, what belongs to whoever starts the app, and what has no meaning in a browser is declared with
the options, see `neuralart.facts`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from neuralart.areas import NAMES as MASKS
from neuralart.errors import OptionError, suggest
from neuralart.facts import Text
from neuralart.first import WORDS, first_of
from neuralart.options import GROUPS, Facts, Options, declared, flag, from_mapping, spelt
from neuralart.values import written

# Shown at once, in this order; the others are folded away by group.
COMMON = ("size", "num_iters", "strength", "style_factor", "smoothness", "model")


@dataclass(frozen=True)
class Entry:
    """One field of the form. default: None for whatever the program finds best, which `unset` describes.

    is_open: whether something else than one of the choices may be typed.
    """

    name: str
    group: str
    label: str
    info: str
    kind: Literal["choice", "switch", "whole", "number", "text"]
    default: Any
    choices: tuple[str, ...] = ()
    is_open: bool = False
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
    return declared()[name][0].is_in_form


def owners() -> list[str]:
    """The options that hold for every visitor: those of the machine, which whoever starts the app gives."""
    return [name for name, (facts, _) in declared().items() if facts.is_owners]


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
        kind="choice" if facts.choices else "text" if facts.many or facts.pair else kinds[facts.kind],
        default=default if given is None else in_a_field(facts, given),
        choices=facts.choices or (),
        is_open=facts.text is Text.FIRST,
        unset=in_words(facts.unset),
        least=facts.least,
        most=facts.most,
    )


def in_a_field(facts: Facts, value: Any) -> Any:
    """A value as a field of the form holds it: of several values one text."""
    return written(facts, value) if facts.many and value is not None else value


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
        is_there = name in declared() and (is_shown(name) or name in MASKS)
        return f"'{label(name)}'" if is_there else match[0]

    return re.sub(r"--[a-z][a-z-]*[a-z]", named, text)


def chosen(values: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> Options:
    """Options from what stands in a form, or in a call of the HTTP API. Raises OptionError.

    An empty field stands for the option's default. fixed: what the app's owner gave.
    """
    known = declared()
    given = {name: value for name, value in (fixed or {}).items() if value is not None}
    for name, value in spelt(values).items():
        if name not in known or not is_shown(name):
            raise OptionError(refusal(name))
        if value is None or value == "":
            if known[name][1] is not None:
                raise OptionError(f"{flag(name)} is empty; the usual value is {known[name][1]}")
            given.pop(name, None)
        else:
            given[name] = value
    chosen = from_mapping(given)
    if "init" in values and (file := first_of(chosen.init).file):
        near = suggest(file.lower(), WORDS)
        raise OptionError(
            f"--init is '{file}', which is not one of {', '.join(WORDS)}{near or ', nor a mixture of two'}"
        )
    return chosen


def refusal(name: str) -> str:
    """What to say of an option that the app does not take from its visitors."""
    known = declared()
    if name in known and known[name][0].app:
        return f"'{name}' has no effect in the app: {known[name][0].app}"
    if name in known and not is_shown(name):
        return f"'{name}' is chosen by whoever starts the app, not by its visitors"
    return f"there is no option '{name}'{suggest(name, [one for one in known if is_shown(one)])}"


def values(record: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The form's values that make a picture again, from the record inside it; what it does not tell is the default."""
    told = record.get("options")
    result = {}
    for entry in entries(fixed):
        value = told.get(entry.name, entry.default) if isinstance(told, dict) else entry.default
        try:
            taken = chosen({entry.name: value}) if entry.is_open else from_mapping({entry.name: value})
            result[entry.name] = in_a_field(declared()[entry.name][0], getattr(taken, entry.name))
        except OptionError:
            result[entry.name] = entry.default  # another version of the program knew other values
    return result
