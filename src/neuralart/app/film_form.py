"""The form of a film: the options of a painting that apply to it, and the film's own, all from their declarations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from neuralart.app import form
from neuralart.app.form import Entry
from neuralart.facts import Bears
from neuralart.options import Options, declared
from neuralart.video.choices import FilmOptions

# Always visible, in this order; the others are folded.
COMMON = ("strength", "size", "begin", "end", "flow")
GROUP = {"Film": "which frames are painted, and how they hold still"}


def entries(fixed: Mapping[str, Any] | None = None) -> list[Entry]:
    """Return the form, common fields first; `fixed` as for `form.entries`."""
    own = [form.entry(name, *known) for name, known in declared(FilmOptions).items()]
    shared = [form.shaped(one) for one in form.entries(fixed) if is_shared(one.name)]
    every = {one.name: one for one in (*own, *shared)}
    return [*(every[name] for name in COMMON), *(one for name, one in every.items() if name not in COMMON)]


def is_shared(name: str) -> bool:
    """Return whether an option of a painting applies to a film: those of a single picture's file do not."""
    return declared()[name][0].bears not in (Bears.FILE, Bears.FINISH)


def chosen(values: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> tuple[FilmOptions, Options]:
    """Return the options of a film and of its painting; arguments and errors as for `form.chosen`."""
    known = declared(FilmOptions)
    own = {name: value for name, value in values.items() if name in known}
    rest = {name: value for name, value in values.items() if name not in known}
    form.refuse_others(rest, is_shared, "a film")
    return FilmOptions(**form.filled(own, known)), form.chosen(rest, fixed)


def values(record: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the form's values that make a film again, from its record; missing values are the defaults."""
    film = record.get("film")
    recorded = film.get("options") if isinstance(film, dict) else None
    known = asdict(FilmOptions())
    own = {name: recorded.get(name, usual) if isinstance(recorded, dict) else usual for name, usual in known.items()}
    shared = {name: value for name, value in form.values(record, fixed).items() if is_shared(name)}
    return own | shared
