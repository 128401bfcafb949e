"""Decides when to take the next frame."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from neuralart.run.step import Step

# The share of time between two frames that showing one may take. Two hundredths are promised; the other half is for
# what cannot be measured here (the work of a browser or a terminal, cold caches).
SHARE = 0.01


class Pace:
    """Takes every `interval`-th step, but never so often that showing takes more than `SHARE` of the time.

    The first step and the last are always due. The first frame's cost is not counted, since most of it is start-up.

    Args:
        interval: Steps between frames.
        clock: Returns seconds, like time.perf_counter.
    """

    def __init__(self, interval: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self.interval, self.clock = interval, clock
        self.frames, self.taken, self.seconds = 0, 0.0, 0.0
        self.lock = threading.Lock()

    def due(self, step: Step) -> bool:
        """Whether to show this step."""
        if step.iteration == 0 or step.is_last:
            return True
        with self.lock:
            is_rested = not self.frames or self.clock() >= self.taken + self.seconds / SHARE
            return step.iteration % self.interval == 0 and is_rested

    def take(self) -> None:
        """Note that a frame is taken now."""
        with self.lock:
            self.frames, self.taken, self.seconds = self.frames + 1, self.clock(), 0.0

    def spent(self, seconds: float) -> None:
        """Count the time spent on the last frame, by the run's thread or for a viewer."""
        with self.lock:
            self.seconds += seconds if self.frames > 1 else 0.0
