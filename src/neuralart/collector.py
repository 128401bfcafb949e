"""Lets Python's garbage collector wait while libraries are loaded, in a process of our own.

Importing torch makes some 300,000 objects that stay. The collector would look through them again and again meanwhile,
which takes a tenth of the time until the first iteration.
"""

from __future__ import annotations

import gc
from typing import Any

FIRST = 300_000  # objects; so many more than are gone bring about the first collection


def postpone() -> None:
    """Postpone the first collection. It ends the delay, and so does `begin`."""
    _usual[:] = gc.get_threshold()
    gc.set_threshold(FIRST, *_usual[1:])
    gc.callbacks.append(_collected)


def begin() -> None:
    """Collect garbage as usual from now on, but leave alone what has been loaded. Does nothing without a delay."""
    if _usual:
        gc.callbacks.remove(_collected)
        gc.freeze()
        gc.set_threshold(*_usual)
        _usual.clear()


_usual: list[int] = []  # the usual thresholds, as long as the first collection is postponed


def _collected(phase: str, facts: dict[str, Any]) -> None:
    if phase == "stop":
        begin()
