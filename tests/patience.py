"""Waiting for processes and threads, never for ever: a wait that lasts longer than any machine takes has hung."""

from __future__ import annotations

import os
import select
import threading
import time
from subprocess import Popen
from typing import IO, Any

SECONDS = 120.0


def next_line(process: Popen[Any]) -> Any:
    """The next line that a child process prints; it is killed if none comes, and this fails."""
    assert process.stdout is not None
    hung = threading.Event()
    timer = threading.Timer(SECONDS, lambda: (hung.set(), process.kill()))
    timer.start()
    try:
        line = process.stdout.readline()
    finally:
        timer.cancel()
    assert not hung.is_set(), f"{process.args} printed nothing for {SECONDS:g} seconds"
    return line


def read_in_time(source: int | IO[Any], until: float) -> bytes:
    """What can be read of a pipe or a terminal, as soon as something can. until: when this fails, by `deadline`."""
    descriptor = source if isinstance(source, int) else source.fileno()
    readable, _, _ = select.select([descriptor], [], [], max(0.0, until - time.monotonic()))
    assert readable, "nothing more was written, and nobody closed it"
    return os.read(descriptor, 65536)


def deadline() -> float:
    """By time.monotonic."""
    return time.monotonic() + SECONDS


def started(work: Any, *given: Any) -> threading.Thread:
    """A thread that does this, for `ended`; one that hangs does not hold the tests up when they end."""
    thread = threading.Thread(target=work, args=given, daemon=True)
    thread.start()
    return thread


def ended(thread: threading.Thread) -> None:
    """Wait for a thread's end."""
    thread.join(SECONDS)
    assert not thread.is_alive(), f"{thread.name} has not ended in {SECONDS:g} seconds"
