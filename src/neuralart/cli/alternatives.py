"""Words with several values -> every combination of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import product
from typing import Any

from neuralart.cli import parser
from neuralart.errors import OptionError
from neuralart.figures.labels import PLACES, setting
from neuralart.options import Facts, Options, checked, declared, flag, from_mapping

DEFAULT = "default"  # as an alternative: as if the option were not given
SWITCH = {"yes": True, "no": False}


@dataclass(frozen=True)
class Axis:
    """An option that takes several values; None is its default."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Combination:
    """One choice of a value for every axis, and the options of the painting that it makes."""

    chosen: tuple[tuple[str, Any], ...]
    options: Options

    @property
    def title(self) -> str:
        """style-factor 1e9, seed 3"""
        return ", ".join(setting(name, value) for name, value in self.chosen)


def plan(words: Sequence[str]) -> tuple[list[Axis], list[Combination]]:
    """The options that take several values, in the order in which they are given, and all combinations.

    The last axis changes slowest. Raises OptionError for a value that makes no sense, alone or with the others.
    """
    given = _given(words)
    axes, fixed = [], {}
    for name, text in given.items():
        values = alternatives(name, text)
        if len(values) > 1:
            axes.append(Axis(name, values))
        elif values[0] is not None:
            fixed[name] = values[0]
    if not axes:
        raise OptionError(
            "nothing is swept; give an option several values: neuralart sweep ... --style-factor 1e8,1e9,1e10"
        )
    combinations = []
    for values in product(*(axis.values for axis in reversed(axes))):
        chosen = tuple(zip((axis.name for axis in axes), reversed(values)))
        wanted = fixed | {name: value for name, value in chosen if value is not None}
        combinations.append(Combination(chosen, from_mapping(wanted)))
    return axes, combinations


def alternatives(name: str, text: Any) -> tuple[Any, ...]:
    """What stands between the semicolons, or the commas of an option whose values hold none.

    >>> alternatives("style_factor", "1e8,default"), alternatives("style_layers", "conv1_1,conv2_1;conv3_1")
    ((100000000.0, None), ('conv1_1,conv2_1', 'conv3_1'))
    """
    facts = declared()[name][0]
    if isinstance(text, bool):
        return (text,)
    mark = "," if ";" not in text and not _is_free(facts) else ";"
    values = []
    for part in text.split(mark) if mark in text else [text]:
        if not part.strip():
            raise OptionError(
                f"{flag(name)} has nothing between two marks in '{text}'; leave one out, or say {DEFAULT}"
            )
        values.append(_value(name, facts, part.strip()))
    for value in values:
        if values.count(value) > 1:
            raise OptionError(f"{flag(name)} has {setting(name, value).partition(' ')[2]} twice in '{text}'")
    return tuple(values)


def _value(name: str, facts: Facts, part: str) -> Any:
    """One alternative in the option's own type; None for its default. Raises OptionError."""
    if part == DEFAULT:
        return None
    if facts.kind is bool:
        if part not in SWITCH:
            raise OptionError(f"{flag(name)} is '{part}'; in a sweep it may be yes or no, or both: {flag(name)}=yes,no")
        return SWITCH[part]
    return checked(next(one for one in fields(Options) if one.name == name), part)


def _is_free(facts: Facts) -> bool:
    """Whether values are names of files or lists of layers, which may hold commas themselves."""
    return facts.kind is str and not facts.choices


def _given(words: Sequence[str]) -> dict[str, Any]:
    """What the words give, as text. Raises OptionError for options that belong to a single picture."""
    switches, others = {}, []
    for word in map(parser.hyphenated, words):
        name, equals, value = word.partition("=")
        python = name[2:].replace("-", "_")
        if equals and name.startswith("--") and python in declared() and declared()[python][0].kind is bool:
            switches[python] = value
        else:
            others.append(word)
    given = parser.values(others) | switches
    for name, text in given.items():
        is_report = declared()[name][0].group == "Reports" and name != "quiet" and (name, text) != ("display", "off")
        if name in PLACES or name == "quality" or is_report:
            raise OptionError(
                f"{flag(name)} belongs to a single picture; a sweep writes PNG files into --folder, and --output is its"
                " sheet"
            )
    return given
