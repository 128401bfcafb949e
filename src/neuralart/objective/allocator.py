"""Whether the process keeps freed memory for later use instead of returning it to the system.

glibc takes every block beyond 32 MB from the system and returns it when it is freed, and the system clears all its
pages each time. Activations are such blocks, and a run allocates the same ones thousands of times: clearing them took a
third of the compact network's time at four megapixels (benchmarks/RESULTS.md).
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

# From <malloc.h>. Keeping blocks beyond 128 MB would save little time and leave holes that nothing else fills.
TRIM_THRESHOLD, KEPT = -1, 2**31 - 1
MMAP_THRESHOLD, LARGEST = -3, 2**27
SMALLEST = 2**20  # bytes; smaller blocks leave only small holes
USUAL = 2**25  # where both thresholds settle by themselves in a program that frees large blocks

_state: dict[str, bool | None] = {"on": None}


def keep_freed(on: bool | None = True) -> None:
    """Set for the whole process whether freed memory is kept; does nothing without glibc.

    Args:
        on: True to keep it. False to return it at once, so that the process never holds more than its work needs: with
            the C library's own thresholds, holes took another quarter. None for these thresholds.
    """
    library = _glibc()
    if library is None or on == _state["on"]:
        return
    mapped = {True: LARGEST, False: SMALLEST, None: USUAL}[on]
    library.mallopt(MMAP_THRESHOLD, mapped)
    library.mallopt(TRIM_THRESHOLD, KEPT if on else 2 * mapped)
    if on is False:
        library.malloc_trim(0)  # return what has been kept so far
    _state["on"] = on


@contextmanager
def as_before() -> Iterator[None]:
    """Restore the current setting when the block ends."""
    before = _state["on"]
    try:
        yield
    finally:
        keep_freed(before)


@contextmanager
def without_holes() -> Iterator[None]:
    """Return freed memory to the system at once inside the block, for example while reading a large file.

    Otherwise it leaves holes in the process's memory, which later work fills first and which never shrink again: 45 MB
    in every third painting with VGG-19.
    """
    with as_before():
        keep_freed(False)
        yield


def give_back() -> None:
    """Return all memory that is free now to the system."""
    if library := _glibc():
        library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") else None
