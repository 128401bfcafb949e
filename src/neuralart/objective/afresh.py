"""Goes on in another thread after oneDNN has failed in this one.

When the memory is full while oneDNN generates code, the generator notes that for the thread (it never clears what
`Xbyak::GetError` returns), and every convolution of another shape fails there from then on, however much memory is free
later. A thread that begins afterwards has no such note.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

import torch

from neuralart.errors import NO_PRIMITIVE

Result = TypeVar("Result")


class _Instead(threading.local):
    """What works instead of this thread, if anything does."""

    pool: ThreadPoolExecutor | None = None


_instead = _Instead()


def run(work: Callable[[], Result]) -> Result:
    """Return what `work` returns; it is called in this thread, unless oneDNN has failed here."""
    if _instead.pool is None:
        return work()
    recording = torch.is_grad_enabled()  # a setting of each thread

    def same() -> Result:
        with torch.set_grad_enabled(recording):
            return work()

    return _instead.pool.submit(copy_context().run, same).result()


def note(error: BaseException) -> None:
    """Let `run` use a new thread from now on if `error`, which it raised, is one that oneDNN would repeat."""
    if str(error) == NO_PRIMITIVE:
        if _instead.pool is not None:
            _instead.pool.shutdown(wait=False)
        _instead.pool = ThreadPoolExecutor(1, "afresh")
