"""Queues paintings and makes one at a time, so that two visitors do not exhaust the machine.

    studio.submit(painting)
    for _ in studio.watch(painting): ...        # whenever there is something new to see, until it ends

A painting that nobody watches is stopped, and one that takes too long must make way for the next one. In either case
the gallery keeps the result so far, and the painting can be continued.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from neuralart.app.form import in_words
from neuralart.app.gallery import Gallery
from neuralart.app.job import NEVER, Job, reason
from neuralart.app.previews import Previews
from neuralart.errors import NeuralartError, OptionError, counted

KEPT = 3  # stopped paintings that stay in memory, so that they can be continued
REMEMBERED = 50  # ended paintings that can still be requested

LEFT_ALONE = "Stopped, because nobody was watching."
ENDED = "Stopped, because the app was ended."


class Studio:
    """A thread that paints, and the queue of paintings that wait.

    Attributes:
        max_waiting: The greatest length of the queue.
        max_minutes: The longest time for one turn.
        max_unwatched: Seconds that a painting continues while nobody watches.
        previews: What visitors are about to order; painted while the queue is empty.
    """

    def __init__(self, gallery: Gallery, max_waiting: int, max_minutes: float, max_unwatched: float) -> None:
        self.gallery, self.max_waiting = gallery, max_waiting
        self.max_minutes, self.max_unwatched = max_minutes, max_unwatched
        self.line: deque[Job] = deque()
        self.all: dict[str, Job] = {}
        self.current: Job | None = None
        self.changed = threading.Condition()
        self.previews = Previews(self.changed, max_waiting + 1)
        self.closing = False
        self.thread = threading.Thread(target=self._work, name="painter", daemon=True)
        self.thread.start()

    def submit(self, painting: Job) -> None:
        """Queue a painting. Raises OptionError if the queue is full."""
        with self.changed:
            self._line_up(painting)
            self.all[painting.key] = painting
            self._forget()

    def go_on(self, key: str | None) -> Job:
        """Queue a stopped painting again. Raises OptionError if it cannot be continued."""
        painting = self.find(key)
        with self.changed:
            if painting.is_active:
                raise OptionError("this painting has not been stopped")
            if not painting.can_go_on:
                raise OptionError("this painting can no longer be continued; start it again")
            self._line_up(painting)
        return painting

    def stop(self, key: str | None) -> Job:
        """Stop a painting and keep its result so far. Raises OptionError if there is no such painting."""
        painting = self.find(key)
        with self.changed:
            self._stop(painting, "")
        return painting

    def find(self, key: str | None) -> Job:
        """Return the painting with this key, which only its visitor knows. Raises OptionError."""
        with self.changed:
            known = self.all.get(key) if isinstance(key, str) else None
        if known is None:
            raise OptionError("there is no such painting, or it ended long ago")
        return known

    def wanted(self) -> list[Job]:
        """Return the paintings that have not ended or can be continued, and those of previews."""
        with self.changed:
            kept = [painting for painting in self.all.values() if painting.is_active or painting.can_go_on]
            return kept + [preview.painting for preview in self.previews.wanted.values()]

    def paints_for(self, visitor: str | None) -> bool:
        """Return whether a painting of this visitor waits or is in progress."""
        with self.changed:
            return any(one.is_active and one.visitor == visitor for one in self.all.values())

    @property
    def is_busy(self) -> bool:
        """Whether something is painted or waits, so that previews have to wait."""
        with self.changed:
            return self.current is not None or bool(self.line)

    def ahead(self, painting: Job) -> int:
        """Return how many paintings come before this one."""
        with self.changed:
            if painting not in self.line:
                return 0
            return self.line.index(painting) + (self.current is not None)

    def watch(self, painting: Job, is_there: Callable[[], bool] = lambda: True) -> Iterator[None]:
        """Yield whenever there is something new, at least once a second, and once more at the end.

        `is_there` says whether anybody still reads the reports.
        """
        known = -1
        painting.is_watched = is_there
        try:
            while True:
                if is_there():
                    painting.watched_at = time.monotonic()
                with self.changed:
                    self.changed.wait_for(lambda known=known: painting.version != known, timeout=1.0)  # type: ignore[misc]
                    known, is_over = painting.version, not painting.is_active
                yield
                if is_over:
                    return
        finally:
            if painting.is_watched is is_there:
                painting.is_watched = NEVER

    def close(self) -> None:
        """Stop everything and keep the results so far."""
        with self.changed:
            self.closing = True
            for painting in [*self.line, *([self.current] if self.current else [])]:
                self._stop(painting, ENDED)
            self.changed.notify_all()
        self.thread.join(timeout=60)

    def _line_up(self, painting: Job) -> None:
        self._drop_unwatched()
        if len(self.line) >= self.max_waiting + (self.current is None):
            are = "is" if len(self.line) == 1 else "are"
            raise OptionError(f"{counted(len(self.line), 'painting')} {are} already waiting; try again later")
        painting.watched_at = time.monotonic()
        painting.wanted_end = None
        painting.enter("waiting")
        self.line.append(painting)
        self.changed.notify_all()

    def _stop(self, painting: Job, reason: str) -> None:
        if painting in self.line:
            self.line.remove(painting)
            painting.enter("stopped", reason)
        elif painting is self.current:
            painting.wanted_end = reason
        self.changed.notify_all()

    def _drop_unwatched(self) -> None:
        """Remove paintings from the queue whose visitors have left."""
        for painting in [painting for painting in self.line if self._is_unwatched(painting)]:
            self._stop(painting, LEFT_ALONE)

    def _is_unwatched(self, painting: Job) -> bool:
        # Watchers report once a second, but on a busy machine they may be late.
        if painting.is_watched():
            painting.watched_at = time.monotonic()
        return time.monotonic() - painting.watched_at > self.max_unwatched

    def _forget(self) -> None:
        """Release the memory of old stopped runs, and forget paintings that ended long ago."""
        over = [painting for painting in self.all.values() if not painting.is_active]
        for painting in [painting for painting in over if painting.can_go_on][:-KEPT]:
            painting.release()
        for painting in over[:-REMEMBERED]:
            del self.all[painting.key]

    def _work(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.closing or self.line or self.previews.wanted, timeout=None)
                if self.closing:
                    return
                self._drop_unwatched()
                painting, preview = self._next(), self.previews.next()
            if painting is None:
                if preview is not None:
                    self.previews.paint(preview, lambda: self.closing or bool(self.line))
                continue
            state, message = self._paint(painting)
            with self.changed:
                self.current = None
                painting.enter(state, message)
                if state != "stopped":
                    painting.release()
                self._forget()
                self.changed.notify_all()

    def _next(self) -> Job | None:
        """Begin the turn of the painting that waits longest."""
        if not self.line:
            return None
        self.current = painting = self.line.popleft()
        painting.enter("preparing")
        self.changed.notify_all()
        return painting

    def _paint(self, painting: Job) -> tuple[str, str]:
        """Paint for one turn. Return the state in which it ends, and the message for the visitor."""
        ends = time.monotonic() + 60 * self.max_minutes
        try:
            painting.prepare(self._notify)
            ended = painting.paint(lambda: self._check(painting, ends))
            state, message = ("finished", "") if ended is None else ("stopped", ended)
        except Exception as error:
            state, message = "failed", reason(error, painting.noun)
        with self.changed:
            painting.enter("finishing")
            self.changed.notify_all()
        try:
            painting.keep(self.gallery)
        except (NeuralartError, OSError) as error:
            lost = f"the {painting.noun} could not be kept: {in_words(str(error))}"
            state, message = "failed", f"{message}; {lost}" if message else lost
        except Exception as error:
            state, message = "failed", reason(error, painting.noun)
        return state, message

    def _notify(self, painting: Job) -> None:
        with self.changed:
            painting.version += 1
            self.changed.notify_all()

    def _check(self, painting: Job, ends: float) -> str | None:
        """After a step, notify the watchers, and return the reason to stop, if there is one."""
        self._notify(painting)
        if painting.wanted_end is None and self._is_unwatched(painting):
            painting.wanted_end = LEFT_ALONE
        if painting.wanted_end is None and time.monotonic() > ends:
            painting.wanted_end = f"Stopped after {self.max_minutes:g} minutes, to let others have their turn."
        return painting.wanted_end
