"""When the next frame may be taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from neuralart.run.step import Step

# Of the time between two frames, this much may be spent on showing one. Two hundredths are promised; what cannot be
# measured from here (a browser's or a terminal's own work, caches gone cold) has the other half.
SHARE = 0.01


class Pace:
    """Every `interval`-th step, but never so often that showing takes more than `SHARE` of the time.

    The first step and the last are always due. What the first frame costs is not counted: most of it is starting up,
    once. clock: seconds, as time.perf_counter tells them.
    """

    def __init__(self, interval: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self.interval, self.clock = interval, clock
        self.frames, self.taken, self.seconds = 0, 0.0, 0.0
        self.lock = threading.Lock()

    def due(self, step: Step) -> bool:
        """Whether this step is to be shown."""
        if step.iteration == 0 or step.is_last:
            return True
        with self.lock:
            is_rested = not self.frames or self.clock() >= self.taken + self.seconds / SHARE
            return step.iteration % self.interval == 0 and is_rested

    def take(self) -> None:
        """A frame is being taken now."""
        with self.lock:
            self.frames, self.taken, self.seconds = self.frames + 1, self.clock(), 0.0

    def spent(self, seconds: float) -> None:
        """So much work was done for the frame taken last, by the run's thread or for a viewer."""
        with self.lock:
            self.seconds += seconds if self.frames > 1 else 0.0
