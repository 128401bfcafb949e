"""How quickly a run goes, and when it will end."""

from __future__ import annotations

from neuralart.run.step import Step


class Speed:
    """Iterations per second at the present scale, and the time that is left.

    An iteration at a larger scale takes longer in proportion to its pixels, and so the time left is counted.
    """

    def __init__(self) -> None:
        self.scale, self.first, self.rate, self.count, self.pixels = 0, 0.0, 0.0, 0, 1

    def look_at(self, step: Step) -> None:
        if step.scale != self.scale:
            pixels = step.size[0] * step.size[1]
            self.rate *= self.pixels / pixels
            self.scale, self.first, self.count, self.pixels = step.scale, step.seconds, 0, pixels
        else:
            self.count += 1
            self.rate = self.count / max(step.seconds - self.first, 1e-9)

    def told(self) -> str:
        """12.3/s, or 4.5 s each where it takes longer than a second."""
        if not self.rate:
            return ""
        return f"{self.rate:.1f}/s" if self.rate >= 1 else f"{1 / self.rate:.1f} s each"

    def left(self, step: Step) -> float:
        """Seconds until the run ends, at the pixels per second of now."""
        width, height = step.size
        return step.work_left / (self.rate * width * height) if self.rate else 0.0
