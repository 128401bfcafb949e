"""Combines all watchers of a run into one reader of steps; none of them can end the painting.

A watcher is called with every step. If it does not need every image, it can say so:

    class Log:
        def needs(self, step): return False     # it only reads numbers
        def __call__(self, step): ...

If several processes share the image, it is put together only for steps that some watcher needs; for other steps it
stays where it was painted (`step.has_image` is false). A plain function needs every step.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, TypeVar

from neuralart.errors import NeuralartError
from neuralart.image.source import first_line
from neuralart.run.step import Step

log = logging.getLogger(__name__)

Watcher = Callable[[Step], object]
Opened = TypeVar("Opened", bound=AbstractContextManager[Any])


class Watchers:
    """Calls watchers one after the other. One that raises is reported and not called again; the painting goes on.

    Attributes:
        failed: Whether any watcher has failed.
    """

    def __init__(self, watchers: Iterable[Watcher] = ()) -> None:
        self.watchers, self.failed = list(watchers), False
        self._opened: list[AbstractContextManager[Any]] = []

    def add(self, watcher: Watcher) -> None:
        """Add a watcher."""
        self.watchers.append(watcher)

    def open(self, watcher: Opened) -> Opened:
        """Add a watcher that is a context manager: it is entered now, and exited with these watchers."""
        if self._is_fine(watcher, watcher.__enter__):
            self._opened.append(watcher)
            self.watchers.append(watcher)  # type: ignore[arg-type]
        return watcher

    def needs(self, step: Step) -> bool:
        """Whether any watcher needs this step's image."""
        return any(_needs(watch, step) for watch in self.watchers)

    def __call__(self, step: Step) -> None:
        for watch in tuple(self.watchers):
            if (step.has_image or hasattr(watch, "needs")) and not self._is_fine(watch, lambda w=watch: w(step)):  # type: ignore[misc]
                self.watchers.remove(watch)

    def __enter__(self) -> Watchers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        while self._opened:
            watch = self._opened.pop()
            self._is_fine(watch, lambda w=watch: w.__exit__(kind, error, at))  # type: ignore[misc]

    def _is_fine(self, watch: object, work: Callable[[], object]) -> bool:
        try:
            work()
        except Exception as error:
            self.failed = True
            _report(watch, error)
            return False
        return True


def _needs(watch: Watcher, step: Step) -> bool:
    needs = getattr(watch, "needs", None)
    try:
        return needs is None or bool(needs(step))
    except Exception:
        return True  # the error will be reported when the watcher is called


def _report(watch: object, error: Exception) -> None:
    if isinstance(error, NeuralartError):
        log.warning("%s; the painting goes on without it", error)
        return
    name = getattr(watch, "__name__", type(watch).__name__)
    # A traceback helps to find a mistake in a user's watcher, but not with a full disk.
    log.warning(
        "%s failed (%s); the painting goes on without it",
        name,
        first_line(error),
        exc_info=None if isinstance(error, OSError | MemoryError) else error,
    )
