"""Memory that is let go is kept for the next who asks, instead of being fetched from the system anew.

glibc takes every block beyond 32 MB from the system and gives it back when it is freed; the system clears each page of
it each time. Activations are such blocks, and a run asks for the same ones thousands of times: clearing them cost a
third of the compact network's time at four megapixels (benchmarks/RESULTS.md).
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

# <malloc.h>; blocks beyond 128 MB leave holes that nothing else fills, for little time saved.
TRIM_THRESHOLD, KEPT = -1, 2**31 - 1
MMAP_THRESHOLD, LARGEST = -3, 2**27
SMALLEST = 2**20  # bytes: of smaller blocks the holes are small, too
USUAL = 2**25  # what both thresholds come to by themselves in a program that frees large blocks

_state: dict[str, bool | None] = {"on": None}


def keep_freed(on: bool | None = True) -> None:
    """From now on, for the whole process; nothing where the C library cannot be told so.

    on: True to keep what is freed. False to give it back at once, so that the process never holds more than the work
    in it does: with the C library's own thresholds its holes took a quarter besides. None for these thresholds.
    """
    library = _glibc()
    if library is None or on == _state["on"]:
        return
    mapped = {True: LARGEST, False: SMALLEST, None: USUAL}[on]
    library.mallopt(MMAP_THRESHOLD, mapped)
    library.mallopt(TRIM_THRESHOLD, KEPT if on else 2 * mapped)
    if on is False:
        library.malloc_trim(0)  # what was kept until now
    _state["on"] = on


@contextmanager
def as_before() -> Iterator[None]:
    """Whatever is kept within, afterwards it is as it was."""
    before = _state["on"]
    try:
        yield
    finally:
        keep_freed(before)


@contextmanager
def without_holes() -> Iterator[None]:
    """What is freed within goes back to the system at once, as after reading, which takes much for a moment.

    Else it leaves holes in the process's memory. Later work fills these first, and they never shrink again: 45 MB in
    every third painting with VGG-19.
    """
    with as_before():
        keep_freed(False)
        yield


def give_back() -> None:
    """Give the system what is free now."""
    if library := _glibc():
        library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") else None
