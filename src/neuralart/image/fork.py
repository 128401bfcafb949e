"""Refuses to work in a process that was forked from one that had already worked, where it would hang.

libvips and PyTorch keep threads for later work. A fork copies the process without them, and anything that waits for
such a thread then waits forever (POSIX, fork: only the calling thread is replicated).
"""

from __future__ import annotations

import os

from neuralart.errors import ForkError

_state = {"working": False, "forked": False}


def check() -> None:
    """Check this before any work.

    Raises:
        ForkError: In a process that was forked from one that had already called this.
    """
    if _state["forked"]:
        raise ForkError(
            "this process was forked from one that had already painted or read pictures, and lacks its threads; start"
            " workers with multiprocessing.get_context('spawn'), or fork them before doing anything else"
        )
    if not _state["working"]:
        _state["working"] = True
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: _state.update(forked=True))
