"""Previews: small paintings of what a visitor is about to order, made while nothing else is painted, and never kept.

A visitor has one preview at most. The next one replaces it, an order withdraws it, and any painting goes before it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from neuralart.app.job import Job
from neuralart.errors import NeuralartError, out_of_memory
from neuralart.image.sizes import shrink
from neuralart.options import Options
from neuralart.together import long_edge

log = logging.getLogger(__name__)

LONG_EDGE = 128  # pixels
ITERATIONS = 60  # at most; enough to show what style, strength and scale do
LONGEST = 30.0  # seconds for one turn
PATIENCE = 10.0  # seconds that a preview is kept while nobody reads its reports


def small(options: Options) -> Options:
    """Return the options of a preview: the same, but small and short.

    >>> small(Options(size=1024, num_iters=20)).size, small(Options(size="512x256")).size
    (128, '128x64')
    """
    size: int | str = min(long_edge(options) or LONG_EDGE, LONG_EDGE)
    if isinstance(options.size, str) and "x" in options.size:
        width, height = map(int, options.size.split("x"))
        width, height = shrink(width, height, LONG_EDGE)
        size = f"{width}x{height}"
    return replace(options, size=size, num_iters=min(options.num_iters, ITERATIONS))


class Preview:
    """A visitor's preview of a painting that is not ordered yet; `painting` has its pictures and options."""

    def __init__(self, visitor: str | None, painting: Job) -> None:
        self.visitor, self.painting = visitor, painting
        self.step: Any = None
        self.steps: Iterator[Any] | None = None
        self.version, self.is_over = 0, False


class Previews:
    """The previews that wait or are being painted, oldest first. `changed` is the studio's lock."""

    def __init__(self, changed: threading.Condition, most: int) -> None:
        self.changed, self.most = changed, most
        self.wanted: dict[str | None, Preview] = {}

    def put(self, preview: Preview) -> None:
        """Let a preview wait for its turn, in place of the visitor's last one; the oldest of too many is dropped."""
        with self.changed:
            self.wanted.pop(preview.visitor, None)
            self.wanted[preview.visitor] = preview
            while len(self.wanted) > self.most:
                del self.wanted[next(iter(self.wanted))]
            self.changed.notify_all()

    def withdraw(self, visitor: str | None) -> None:
        """End the visitor's preview, if there is one."""
        with self.changed:
            if self.wanted.pop(visitor, None):
                self.changed.notify_all()

    def next(self) -> Preview | None:
        """Return the preview that waits longest. The caller holds the lock."""
        return next(iter(self.wanted.values()), None)

    def is_wanted(self, preview: Preview) -> bool:
        """Return whether it has been neither replaced nor withdrawn nor finished."""
        return self.wanted.get(preview.visitor) is preview

    def watch(self, preview: Preview, is_there: Callable[[], bool]) -> Iterator[None]:
        """Yield whenever there is more to see. End with the preview, or once it is replaced or withdrawn."""
        known, heard = 0, time.monotonic()
        while True:
            with self.changed:
                news = lambda known=known: preview.version != known or not self.is_wanted(preview)
                self.changed.wait_for(news, timeout=1.0)
                is_new, known = preview.version != known, preview.version
                is_wanted, is_over = self.is_wanted(preview), preview.is_over
            if not is_wanted and not is_over:
                return
            if is_new:
                yield
            if is_over:
                return
            heard = time.monotonic() if is_there() else heard
            if time.monotonic() - heard > PATIENCE:
                self.withdraw(preview.visitor)

    def paint(self, preview: Preview, must_give_way: Callable[[], bool]) -> None:
        """Paint a preview until it ends, or until it must give way; then it waits, to be continued later.

        What is wrong with an order is told when it is ordered: a preview that cannot be painted just ends.
        """
        is_over = True
        try:
            is_over = self._has_ended(preview, must_give_way)
        except Exception as error:
            if not isinstance(error, NeuralartError) and not out_of_memory(error):
                log.exception("a defect in the program ended a preview")
        with self.changed:
            if is_over and self.is_wanted(preview):
                del self.wanted[preview.visitor]
                preview.is_over = True
            if not self.is_wanted(preview):
                preview.steps = None  # releases pictures, network and targets
            self.changed.notify_all()

    def _has_ended(self, preview: Preview, must_give_way: Callable[[], bool]) -> bool:
        """Paint for one turn, and return whether nothing is left to paint."""
        ends = time.monotonic() + LONGEST
        if preview.steps is None:
            preview.steps = preview.painting.rehearse()
        for step in preview.steps:
            with self.changed:
                preview.step, preview.version = step, preview.version + 1
                self.changed.notify_all()
                if must_give_way() or not self.is_wanted(preview):
                    return False
            if time.monotonic() > ends:
                break
        return True
