"""The speed of a run, and when it will end."""

from __future__ import annotations

from neuralart.run.schedule import work
from neuralart.run.step import Step


class Speed:
    """Iterations per second at the current scale, and the time left.

    The time of an iteration is assumed to be proportional to its work.
    """

    def __init__(self) -> None:
        self.scale, self.first, self.rate, self.count, self.work, self.is_new = 0, 0.0, 0.0, 0, 1, True

    def update(self, step: Step) -> None:
        """Take a step into account."""
        if step.scale != self.scale:
            here = work(step.size)
            self.rate *= self.work / here
            self.scale, self.first, self.count, self.work = step.scale, step.seconds, 0, here
            return
        self.count += 1
        self.rate = self.count / max(step.seconds - self.first, 1e-9)
        if self.is_new:
            # The run's first iteration also prepares, so it counts only until the next one is known.
            self.first, self.count, self.is_new = step.seconds, 0, False

    def __str__(self) -> str:
        """Return the speed, such as 12.3/s, or 4.5 s each if an iteration takes longer than a second."""
        if not self.rate:
            return ""
        return f"{self.rate:.1f}/s" if self.rate >= 1 else f"{1 / self.rate:.1f} s each"

    def left(self, step: Step) -> float:
        """Return the seconds until the run ends, at the current speed."""
        return step.work_left / (self.rate * self.work) if self.rate else 0.0
