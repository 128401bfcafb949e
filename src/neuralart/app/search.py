"""Finds pictures of the gallery by the words of their records, and tells how the settings of two differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neuralart.app.gallery import Item
from neuralart.options import declared
from neuralart.presets import PRESETS

NOT_SETTINGS = ("content", "style", "output")  # the caption has their names


def matches(item: Item, wanted: str) -> bool:
    """Return whether a picture has every word that a visitor typed, in any order and case.

    A word with an equals sign, such as `size=500`, is an option with its value. Any other word is a part of the name,
    of what was painted, of a preset, or of an option that is not the default.
    """
    return all(_has(item, word) for word in wanted.casefold().split())


def _has(item: Item, word: str) -> bool:
    name, equals, value = word.partition("=")
    options = {"preset": " ".join(presets(item))} | settings(item.record)
    if equals and (known := options.get(name.lstrip("-").replace("-", "_"))) is not None:
        return value in (known.casefold(), *known.casefold().split())
    own = [f"{name}={value}" for name, value in options.items() if not _is_default(name, value)]
    return word in "\n".join([item.name, item.caption, *presets(item), *own]).casefold()


def presets(item: Item) -> list[str]:
    """Return the presets that set what a picture was painted with."""
    return [name for name, preset in PRESETS.items() if preset.options and agrees(item, preset.options)]


def _is_default(name: str, value: str) -> bool:
    return name in declared() and value == worded(declared()[name][1])


def agrees(item: Item, wanted: Mapping[str, Any]) -> bool:
    """Return whether a picture was painted with these options; those that its record leaves out were the defaults."""
    options = recorded(item.record)
    return all(worded(options.get(name, declared()[name][1])) == worded(value) for name, value in wanted.items())


def differences(first: Item, second: Item) -> list[tuple[str, str, str]]:
    """Return the options whose values differ, each with both values; one that was not given is empty."""
    one, other = settings(first.record), settings(second.record)
    names = sorted({*one, *other} - {*NOT_SETTINGS})
    return [(name, one.get(name, ""), other.get(name, "")) for name in names if one.get(name) != other.get(name)]


def settings(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the options of a record that have a value, as a visitor reads them."""
    return {name: worded(value) for name, value in recorded(record).items() if value not in (None, False)}


def recorded(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options of a record, which may come from anywhere."""
    options = record.get("options")
    return options if isinstance(options, dict) else {}


def worded(value: Any) -> str:
    """Return a value as a word without spaces around it: numbers without needless digits, several values in a row.

    >>> worded([1.0, "wave"])
    '1 wave'
    """
    if isinstance(value, (list, tuple)):
        return " ".join(map(worded, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
