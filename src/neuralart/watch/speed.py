"""The speed of a run, and when it will end."""

from __future__ import annotations

from neuralart.run.step import Step


class Speed:
    """Iterations per second at the current scale, and the time left.

    The time of an iteration is assumed to be proportional to its pixels.
    """

    def __init__(self) -> None:
        self.scale, self.first, self.rate, self.count, self.pixels = 0, 0.0, 0.0, 0, 1

    def update(self, step: Step) -> None:
        """Take a step into account."""
        if step.scale != self.scale:
            pixels = step.size[0] * step.size[1]
            self.rate *= self.pixels / pixels
            self.scale, self.first, self.count, self.pixels = step.scale, step.seconds, 0, pixels
        else:
            self.count += 1
            self.rate = self.count / max(step.seconds - self.first, 1e-9)

    def __str__(self) -> str:
        """Return the speed, such as 12.3/s, or 4.5 s each if an iteration takes longer than a second."""
        if not self.rate:
            return ""
        return f"{self.rate:.1f}/s" if self.rate >= 1 else f"{1 / self.rate:.1f} s each"

    def left(self, step: Step) -> float:
        """Return the seconds until the run ends, at the current pixels per second."""
        width, height = step.size
        return step.work_left / (self.rate * width * height) if self.rate else 0.0
