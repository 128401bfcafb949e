"""Display: the reader of steps that feeds a viewer from a separate thread."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from types import TracebackType

from neuralart.run.step import Step
from neuralart.watch.display.frame import Frame, frame_of
from neuralart.watch.display.pace import Pace
from neuralart.watch.pictures import Above

log = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds that a finished run waits for its last picture to be shown


class ViewerClosedError(Exception):
    """Somebody closed the viewer, which is not a failure and needs no message."""


class Viewer:
    """One way of showing the painting. It is ready once created; creating it raises OptionError if it cannot work."""

    def begin(self) -> None:
        """Handle the start of the run, which is now prepared."""

    def share(self, above: Above) -> None:
        """Take the place for pictures, if the terminal has a progress bar."""

    def note(self, step: Step) -> None:
        """Take note of a step, on the run's thread; this must take no time."""

    def show(self, frame: Frame) -> float:
        """Show a frame, on the display's thread.

        Returns:
            Processor seconds that were spent outside that thread.

        Raises:
            ViewerClosedError: If the viewer was closed. This and any other error only end the display.
        """
        raise NotImplementedError

    def close(self, finished: bool) -> None:
        """Handle the end of the frames; finished: whether the painting reached its end."""


class Display:
    """Passes the newest frame to the viewer, and drops those for which it had no time."""

    def __init__(self, viewer: Viewer, interval: int) -> None:
        self.viewer, self.pace = viewer, Pace(interval)
        self.waiting: Frame | None = None
        self.unseen: Step | None = None
        self.is_over, self.is_shown, self.has_last = False, True, False
        self.news = threading.Condition()
        # A notebook finds its output cell through the context.
        context = contextvars.copy_context()
        self.thread = threading.Thread(target=context.run, args=(self._deliver,), name="display", daemon=True)

    def needs(self, step: Step) -> bool:
        """Whether to show this step."""
        return self.is_shown and self.pace.due(step)

    def __call__(self, step: Step) -> None:
        if not self.is_shown:
            return
        self.viewer.note(step)
        if not step.has_image:
            return
        self.unseen = step
        if self.pace.due(step):
            self.take(step)

    def take(self, step: Step) -> None:
        """Pass this step on."""
        self.unseen = None
        self.pace.take()
        begun = time.perf_counter()
        frame = frame_of(step)
        self.pace.spent(time.perf_counter() - begun)
        with self.news:
            self.waiting, self.has_last = frame, step.is_last
            self.news.notify()

    def __enter__(self) -> Display:
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is KeyboardInterrupt and self.unseen and self.is_shown:
            self.take(self.unseen)  # the last picture
        with self.news:
            self.is_over = True
            self.news.notify()
        self.thread.join(PATIENCE)
        try:
            self.viewer.close(finished=self.has_last and kind is None)
        except Exception as failure:
            self._give_up(failure)

    def _deliver(self) -> None:
        while self.is_shown:
            with self.news:
                self.news.wait_for(lambda: self.waiting is not None or self.is_over)
                frame, self.waiting = self.waiting, None
            if frame is None:
                return
            begun = time.thread_time()
            try:
                elsewhere = self.viewer.show(frame)
            except Exception as failure:
                self._give_up(failure)
                return
            self.pace.spent(time.thread_time() - begun + elsewhere)

    def _give_up(self, failure: Exception) -> None:
        if self.is_shown and not isinstance(failure, ViewerClosedError):
            reason = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
            log.warning("the painting is no longer shown (%s)%s", reason, "" if self.is_over else "; it goes on")
        self.is_shown = False
