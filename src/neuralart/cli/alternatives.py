"""Turns options with several values into all combinations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import Field, dataclass, fields
from itertools import product
from typing import Any

from neuralart.cli import parser
from neuralart.errors import OptionError
from neuralart.figures.labels import setting
from neuralart.options import Facts, Options, checked, declared, flag, from_mapping

DEFAULT = "default"  # a value that means leaving the option out
SWITCH = {"yes": True, "no": False}


@dataclass(frozen=True)
class Axis:
    """An option that takes several values; None is its default."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Combination:
    """One value for every axis, and the options of the resulting painting."""

    chosen: tuple[tuple[str, Any], ...]
    options: Options

    @property
    def title(self) -> str:
        """What was chosen, such as "style-factor 1e9, seed 3"."""
        return ", ".join(setting(name, value) for name, value in self.chosen)


def plan(words: Sequence[str]) -> tuple[list[Axis], list[Combination]]:
    """Return the options with several values, in the given order, and all combinations.

    The last axis changes slowest.

    Raises:
        OptionError: For a value that makes no sense, alone or with the others.
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
            "there is nothing to sweep; give an option several values: neuralart sweep ... --style-factor 1e8,1e9,1e10"
        )
    combinations = []
    for values in product(*(axis.values for axis in reversed(axes))):
        chosen = tuple(zip((axis.name for axis in axes), reversed(values)))
        wanted = fixed | {name: value for name, value in chosen if value is not None}
        combinations.append(Combination(chosen, from_mapping(wanted)))
    return axes, combinations


def alternatives(name: str, text: Any) -> tuple[Any, ...]:
    """Split the values at semicolons, or at commas if the option's values contain none.

    >>> alternatives("style_factor", "1e8,default"), alternatives("style_layers", "conv1_1,conv2_1;conv3_1")
    ((100000000.0, None), (('conv1_1,conv2_1',), ('conv3_1',)))
    """
    facts = declared()[name][0]
    if isinstance(text, bool):
        return (text,)
    if isinstance(text, list):
        if len(text) > 1:
            return (_together(name, text),)
        text = text[0]
    mark = "," if ";" not in text and not facts.is_free and not facts.many else ";"
    values = []
    for part in text.split(mark) if mark in text else [text]:
        if not part.strip():
            raise OptionError(
                f"{flag(name)} has nothing between two marks in '{text}'; leave one mark out, or write {DEFAULT}"
            )
        values.append(_value(name, facts, part.strip()))
    for value in values:
        if values.count(value) > 1:
            raise OptionError(f"{flag(name)} has {setting(name, value).partition(' ')[2]} twice in '{text}'")
    return tuple(values)


def _value(name: str, facts: Facts, part: str) -> Any:
    """Return one value in the option's own type; None for its default. Raises OptionError."""
    if part == DEFAULT:
        return None
    if facts.kind is bool:
        if part not in SWITCH:
            raise OptionError(f"{flag(name)} is '{part}'; in a sweep it may be yes or no, or both: {flag(name)}=yes,no")
        return SWITCH[part]
    return checked(_field(name), part)


def _together(name: str, several: list[str]) -> Any:
    """Return several values that belong to one picture. Raises OptionError if alternatives are mixed in."""
    if any(";" in one for one in several):
        raise OptionError(f"{flag(name)} mixes several values with alternatives; a sweep takes either: a b, or 'a;b'")
    return checked(_field(name), several)


def _field(name: str) -> Field[Any]:
    return next(one for one in fields(Options) if one.name == name)


def _given(words: Sequence[str]) -> dict[str, Any]:
    """Return what the words give, as text. Raises OptionError for options that only make sense for one picture."""
    switches, others = {}, []
    for word in map(parser.hyphenated, words):
        name, equals, value = word.partition("=")
        python = name[2:].replace("-", "_")
        if equals and name.startswith("--") and python in declared() and declared()[python][0].kind is bool:
            if python in switches:
                raise OptionError(f"{name} is given twice; give it once")
            switches[python] = value
        else:
            others.append(word)
    given = parser.values(others)
    if twice := next((name for name in given if name in switches), None):
        raise OptionError(f"{flag(twice)} is given twice; give it once")
    given |= switches
    for name, text in given.items():
        # A sweep never shows anything, so --display off is accepted.
        if not declared()[name][0].is_swept and (name, text) != ("display", "off"):
            raise OptionError(
                f"{flag(name)} is for a single picture; a sweep writes PNG files into --folder, and its sheet to"
                " --output"
            )
    return given
