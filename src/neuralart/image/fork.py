"""A process forked from one that has begun to work can only wait for ever; it is told so instead.

libvips and PyTorch keep threads ready for their next work. A fork copies the process without them, and whatever then
waits for such a thread waits for ever (POSIX, fork: only the calling thread is replicated).
"""

from __future__ import annotations

import os

from neuralart.errors import ForkError

_state = {"working": False, "forked": False}


def check() -> None:
    """Call this before any work is done.

    Raises:
        ForkError: In a process that was forked from one in which this had been called before.
    """
    if _state["forked"]:
        raise ForkError(
            "this process was forked from one that had painted or read pictures already, whose threads it lacks; start"
            " workers with multiprocessing.get_context('spawn'), or fork them before anything else is done"
        )
    if not _state["working"]:
        _state["working"] = True
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: _state.update(forked=True))
