"""Validates the facts in a picture's record or in a checkpoint before anything uses them.

Anybody can write such a file. The files that it names are shown before they are read, and read only if their digests
match.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from neuralart.areas import NAMES
from neuralart.errors import OptionError, PictureError
from neuralart.image.paintings import PAINTINGS, file_of
from neuralart.options import Options, checked
from neuralart.values import plain
from neuralart.weights.digest import sha256

LONGEST_PATH = 4096
LONGEST_TEXT = 20_000
MOST = 10**9  # iterations, evaluations, pixels along an edge
MOST_ENTRIES = 1000
# What a record means that does not name an option, since it is older than the option, where that is not the default.
BEFORE = {"style_loss": "gram"}

Facts = dict[str, Any]


class _WrongError(Exception):
    """What is wrong with a part of the facts."""


def validated(record: Mapping[str, Any], label: str) -> Facts:
    """Return the facts, after checking type, range and size of every known part; unknown options are dropped.

    Raises:
        PictureError: In one line that begins with `label`.
    """
    try:
        return _validated(record)
    except _WrongError as error:
        raise PictureError(f"{label} is damaged, or was not made by neuralart ({error})") from None


def _validated(record: Mapping[str, Any]) -> Facts:
    facts = dict(record)
    if not isinstance(record.get("options"), dict):
        raise _WrongError("it names no options")
    facts["options"] = dict(_options(record["options"]))
    for role in ("content", "style", "first"):
        if role in record:
            _origin(role, record[role])
    for one in _entries("styles", record.get("styles", [])):
        _origin("style", one)
    masks = record.get("masks", {})
    if not isinstance(masks, dict) or not set(masks) <= set(NAMES):
        raise _WrongError("its masks are not a table")
    for name, several in masks.items():
        for one in _entries(f"masks of {name}", several):
            if one is not None:
                _origin("mask", one)
    for one in _entries("given", record.get("given", [])):
        _text("an entry of 'given'", one, LONGEST_PATH)
    _mapping("network", record.get("network", {}), NETWORK)
    _mapping("result", record.get("result", {}), RESULT)
    if record.get("computed") is not None:
        _computed(record["computed"])
    for name in ("program", "description"):
        _text(name, record.get(name, ""), LONGEST_TEXT)
    return facts


def progress(facts: Mapping[str, Any]) -> Facts:
    """Return how far a checkpoint is: iteration, evaluations, seconds, total and terms. Raises ValueError."""
    try:
        for name in ("iteration", "evaluations"):
            _whole(name, facts.get(name))
        _number("seconds", facts.get("seconds"), least=0)
        _number_or_none("total", facts.get("total"))
        terms = facts.get("terms")
        if not isinstance(terms, dict) or len(terms) > MOST_ENTRIES:
            raise _WrongError("its terms are not a table")
        for name, value in terms.items():
            _text("a term's name", name, LONGEST_PATH)
            _number_or_none(f"term {name[:40]}", value)
        state = facts.get("state")
        if state is not None and not (isinstance(state, dict) and isinstance(state.get("numbers"), dict)):
            raise _WrongError("its state is not a table")
    except _WrongError as error:
        raise ValueError(str(error)) from None
    return {name: facts.get(name) for name in ("iteration", "evaluations", "seconds", "total", "terms")}


def same(file: Path, origin: Mapping[str, Any]) -> bool:
    """Whether a file is exactly the one that the facts name. Only regular files are read."""
    try:
        return file.is_file() and bool(origin.get("sha256")) and sha256(file) == origin["sha256"]
    except OSError:
        return False


def given_in_python(facts: Facts, chosen: Collection[str] = ()) -> str | None:
    """Say what came from Python, which no option names and no file contains; None if nothing did.

    Args:
        facts: The facts.
        chosen: Options with which the user replaces it.
    """
    instead = {name for name, options in INSTEAD.items() if options & set(chosen)}
    result = [words for name, words in GIVEN.items() if name in facts.get("given", ()) and name not in instead]
    return " and ".join(result) or None


def whereabouts(origin: Mapping[str, Any], folder: Path) -> tuple[Path | None, Path | None]:
    """Return (a file with an input's name, the file that still equals the input); None if there is none.

    The search covers the recorded path, `folder`, which contains the file with the facts, and the bundled paintings.
    """
    result = list(_places(origin, folder))
    return next(iter(result), None), next((place for place in result if same(place, origin)), None)


def _places(origin: Mapping[str, Any], folder: Path) -> Iterator[Path]:
    name = Path(origin["path"])
    shipped = [file_of(origin["path"])] if origin["path"] in PAINTINGS else []
    for place in (name, folder / name, folder / name.name, *shipped):
        try:
            if place.is_file():
                yield place
        except (OSError, ValueError):  # an impossible name
            continue


def _options(found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if len(found) > MOST_ENTRIES:
        raise _WrongError(f"it names {len(found)} options")
    named = {**BEFORE, **found}
    for one in fields(Options):
        if one.name not in named:
            continue
        value, facts = named[one.name], one.metadata["facts"]
        if facts.kind is str and value is not None:
            for text in value if isinstance(value, list) and facts.many else [value]:
                _text(f"option {one.name}", text, LONGEST_PATH)
        try:
            yield one.name, plain(facts, checked(one, value))
        except OptionError as error:
            raise _WrongError(_short(str(error))) from None


def _origin(role: str, found: Any) -> None:
    if not isinstance(found, dict):
        raise _WrongError(f"its {role} is not a table")
    if found.get("path") is not None:
        _text(f"the {role}'s path", found["path"], LONGEST_PATH)
    _digest(f"the {role}'s digest", found.get("sha256"))
    size = found.get("size")
    if size is not None:
        if not isinstance(size, list) or len(size) != 2:
            raise _WrongError(f"the {role}'s size is not a pair")
        for edge in size:
            _whole(f"the {role}'s size", edge, least=1)


def _computed(found: Any) -> None:
    """Check what `PreparedRun.computed` returned."""
    if not isinstance(found, dict):
        raise _WrongError("its 'computed' is not a table")
    for plan in _entries("plans", found.get("plans")):
        if not isinstance(plan, list) or len(plan) != 4:
            raise _WrongError("one of its plans is invalid")
        for side in plan[:2]:
            _whole("a plan's size", side, least=1)
        if plan[2] is not None:
            _whole("a plan's tile", plan[2], least=1)
        _flag("a plan's place", plan[3])
    if found.get("pairs") is not None:
        _whole("its number of pairs", found["pairs"])
    if found.get("pairs_in") not in (None, "bfloat16", "float32", "float64"):
        raise _WrongError("the precision of its pairs is invalid")
    for name in ("threads", "processes", "devices"):
        _whole(f"its number of {name}", found.get(name), least=1)


def _entries(name: str, found: Any) -> list[Any]:
    if not isinstance(found, list) or len(found) > MOST_ENTRIES:
        raise _WrongError(f"its {name} are not a list")
    return found


def _mapping(name: str, found: Any, parts: Mapping[str, Callable[[str, Any], None]]) -> None:
    if not isinstance(found, dict):
        raise _WrongError(f"its {name} is not a table")
    for part, check in parts.items():
        if part in found:
            check(f"the {name}'s {part}", found[part])


def _text(name: str, value: Any, longest: int) -> None:
    if not isinstance(value, str):
        raise _WrongError(f"{name} is not text")
    if len(value) > longest:
        raise _WrongError(f"{name} has {len(value):,} characters")
    if "\0" in value:
        raise _WrongError(f"{name} has a null character")


def _name(name: str, value: Any) -> None:
    _text(name, value, LONGEST_PATH)


def _name_or_none(name: str, value: Any) -> None:
    if value is not None:
        _name(name, value)


def _digest(name: str, value: Any) -> None:
    if value is not None and not (isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value)):
        raise _WrongError(f"{name} is not a SHA-256")


def _flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise _WrongError(f"{name} is neither true nor false")


def _whole(name: str, value: Any, least: int = 0) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST:
        raise _WrongError(f"{name} is not a whole number from {least} to {MOST:,}")


def _number(name: str, value: Any, least: float = -math.inf) -> None:
    try:
        fine = not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)
    except OverflowError:  # an integer beyond all floats
        fine = False
    if not fine or value < least:
        raise _WrongError(f"{name} is not a finite number")


def _number_or_none(name: str, value: Any) -> None:
    if value is not None:
        _number(name, value)


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:200] + "..."


NETWORK: Mapping[str, Callable[[str, Any], None]] = {
    "name": _name,
    "file": _name_or_none,
    "sha256": _digest,
    "normalised_here": _flag,
    "precision": _name,
}
GIVEN = {"terms": "terms", "network": "a network", "first": "a first image"}
INSTEAD = {"network": {"model", "weights"}, "first": {"init"}}  # the options that replace them
RESULT: Mapping[str, Callable[[str, Any], None]] = {
    "iterations": _whole,
    "evaluations": _whole,
    "seconds": _number_or_none,
    "total": _number_or_none,
}
