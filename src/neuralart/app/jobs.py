"""Paintings that wait their turn: one is painted at a time, so that two visitors do not exhaust the machine.

    studio.submit(painting)
    for _ in studio.watch(painting): ...        # whenever there is something new to see, until it is over

A painting nobody watches is stopped, and one that takes too long must let the next one have its turn: what it reached
is kept in the gallery either way, and it can be gone on with.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from neuralart.app.form import in_words
from neuralart.app.gallery import Gallery
from neuralart.app.painting import NEVER, Painting
from neuralart.errors import NeuralartError, OptionError, out_of_memory

log = logging.getLogger(__name__)

KEPT = 3  # stopped paintings whose memory is held ready for going on
REMEMBERED = 50  # paintings that are over and can still be asked for

LEFT_ALONE = "Stopped, because nobody was watching."
ENDED = "Stopped, because the app was ended."


class Studio:
    """One thread that paints, and the line of those who wait.

    max_waiting: how long that line may be. max_minutes: of one turn. max_unwatched: seconds that a painting goes on
    while nobody watches.
    """

    def __init__(self, gallery: Gallery, max_waiting: int, max_minutes: float, max_unwatched: float) -> None:
        self.gallery, self.max_waiting = gallery, max_waiting
        self.max_minutes, self.max_unwatched = max_minutes, max_unwatched
        self.line: deque[Painting] = deque()
        self.all: dict[str, Painting] = {}
        self.current: Painting | None = None
        self.changed = threading.Condition()
        self.closing = False
        self.thread = threading.Thread(target=self._work, name="painter", daemon=True)
        self.thread.start()

    def submit(self, painting: Painting) -> None:
        """Put a painting at the end of the line. Raises OptionError where the line is full."""
        with self.changed:
            self._line_up(painting)
            self.all[painting.key] = painting
            self._forget()

    def go_on(self, key: str | None) -> Painting:
        """Line up again with a painting that was stopped. Raises OptionError for one that cannot be gone on with."""
        painting = self.find(key)
        with self.changed:
            if painting.is_active:
                raise OptionError("this painting has not been stopped")
            if not painting.can_go_on:
                raise OptionError("this painting cannot be gone on with any more; paint it anew")
            self._line_up(painting)
        return painting

    def stop(self, key: str | None) -> Painting:
        """Stop a painting; what it reached is kept. Raises OptionError for one that is not known."""
        painting = self.find(key)
        with self.changed:
            self._stop(painting, "")
        return painting

    def find(self, key: str | None) -> Painting:
        """The painting of this key, which only its visitor knows. Raises OptionError."""
        with self.changed:
            known = self.all.get(key) if isinstance(key, str) else None
        if known is None:
            raise OptionError("there is no such painting, or it is long over")
        return known

    def wanted(self) -> list[Painting]:
        """The paintings that are not over, or can be gone on with."""
        with self.changed:
            return [painting for painting in self.all.values() if painting.is_active or painting.can_go_on]

    def ahead(self, painting: Painting) -> int:
        """How many paintings come before this one."""
        with self.changed:
            if painting not in self.line:
                return 0
            return self.line.index(painting) + (self.current is not None)

    def watch(self, painting: Painting, is_there: Callable[[], bool] = lambda: True) -> Iterator[None]:
        """Yields when there is something new, at least once a second while it is not over, and once when it is.

        is_there: whether anybody still looks at what is made of that.
        """
        seen = -1
        painting.is_watched = is_there
        try:
            while True:
                if is_there():
                    painting.looked_at = time.monotonic()
                with self.changed:
                    self.changed.wait_for(lambda known=seen: painting.version != known, timeout=1.0)  # type: ignore[misc]
                    seen, is_over = painting.version, not painting.is_active
                yield
                if is_over:
                    return
        finally:
            if painting.is_watched is is_there:
                painting.is_watched = NEVER

    def close(self) -> None:
        """Stop everything; what was reached is kept."""
        with self.changed:
            self.closing = True
            for painting in [*self.line, *([self.current] if self.current else [])]:
                self._stop(painting, ENDED)
            self.changed.notify_all()
        self.thread.join(timeout=60)

    def _line_up(self, painting: Painting) -> None:
        self._drop_unwatched()
        if len(self.line) >= self.max_waiting + (self.current is None):
            raise OptionError(f"{len(self.line)} paintings are waiting already; try again later")
        painting.looked_at = time.monotonic()
        painting.wanted_end = None
        painting.enter("waiting")
        self.line.append(painting)
        self.changed.notify_all()

    def _stop(self, painting: Painting, reason: str) -> None:
        if painting in self.line:
            self.line.remove(painting)
            painting.enter("stopped", reason)
        elif painting is self.current:
            painting.wanted_end = reason
        self.changed.notify_all()

    def _drop_unwatched(self) -> None:
        """Whoever waited and is gone takes nobody's place in the line."""
        for painting in [painting for painting in self.line if self._is_unwatched(painting)]:
            self._stop(painting, LEFT_ALONE)

    def _is_unwatched(self, painting: Painting) -> bool:
        # Those who watch say so once a second, but on a busy machine they may be late.
        if painting.is_watched():
            painting.looked_at = time.monotonic()
        return time.monotonic() - painting.looked_at > self.max_unwatched

    def _forget(self) -> None:
        """Let go of what is long over: the memory of stopped runs first, then the paintings themselves."""
        over = [painting for painting in self.all.values() if not painting.is_active]
        for painting in [painting for painting in over if painting.can_go_on][:-KEPT]:
            painting.release()
        for painting in over[:-REMEMBERED]:
            del self.all[painting.key]

    def _work(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.closing or self.line, timeout=None)
                if self.closing:
                    return
                self._drop_unwatched()
                if not self.line:
                    continue
                self.current = painting = self.line.popleft()
                painting.enter("preparing")
                self.changed.notify_all()
            state, message = self._paint(painting)
            with self.changed:
                self.current = None
                painting.enter(state, message)
                if state != "stopped":
                    painting.release()
                self._forget()
                self.changed.notify_all()

    def _paint(self, painting: Painting) -> tuple[str, str]:
        """One painting's turn: the state in which it ends, and what its visitor is told."""
        ends = time.monotonic() + 60 * self.max_minutes
        try:
            painting.prepare(self._tell)
            reason = painting.paint(lambda: self._look(painting, ends))
            state, message = ("finished", "") if reason is None else ("stopped", reason)
        except NeuralartError as error:
            state, message = "failed", in_words(str(error))
        except (MemoryError, RuntimeError) as error:
            if out_of_memory(error):
                full = "there is not enough memory for a picture of this size; give a smaller 'Size'"
                state, message = "failed", full
            else:
                state, message = self._defect()
        except Exception:
            state, message = self._defect()
        with self.changed:
            painting.enter("finishing")
            self.changed.notify_all()
        try:
            painting.keep(self.gallery)
        except (NeuralartError, OSError) as error:
            state, message = "failed", f"{message + '; ' if message else ''}the picture could not be kept: {error}"
        except Exception:
            state, message = self._defect()
        return state, message

    @staticmethod
    def _defect() -> tuple[str, str]:
        """A visitor can do nothing about it; whoever runs the app sees where it happened."""
        log.exception("a defect in the program ended a painting")
        return "failed", "a defect in the program ended the painting; the terminal of the app says where"

    def _tell(self, painting: Painting) -> None:
        with self.changed:
            painting.version += 1
            self.changed.notify_all()

    def _look(self, painting: Painting, ends: float) -> str | None:
        """After every step: tell those who watch, and say why to stop, if there is a reason."""
        self._tell(painting)
        if painting.wanted_end is None and self._is_unwatched(painting):
            painting.wanted_end = LEFT_ALONE
        if painting.wanted_end is None and time.monotonic() > ends:
            painting.wanted_end = f"Stopped after {self.max_minutes:g} minutes, so that others have their turn."
        return painting.wanted_end
