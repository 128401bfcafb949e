"""The schedule of a run, as plain data: at which sizes to paint, for how many iterations each."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """One size of the coarse-to-fine pyramid.

    size: (width, height) in pixels. exact: whether it is computed in float32 even where the network computes in less.
    """

    size: tuple[int, int]
    iterations: int
    exact: bool = False

    @property
    def pixels(self) -> int:
        """Of the image at this scale."""
        return self.size[0] * self.size[1]


Schedule = tuple[Scale, ...]  # smallest first


def long_edges(last: int, base: int, scales: int | None = None) -> list[int]:
    """The pyramid's long edges in pixels, smallest first: equal ratios from `base` to `last`.

    `scales` fixes how many, each half the next; by default as many as bring the ratio nearest to 2. Beginning at the
    same `base` whatever the last size is what makes a large picture the same painting as a small one.

    >>> long_edges(1024, 128)
    [128, 256, 512, 1024]
    >>> long_edges(500, 128, scales=2)
    [250, 500]
    """
    if scales is not None:
        return [max(1, round(last / 2**k)) for k in reversed(range(scales))]
    count = max(0, round(math.log2(last / base)))
    return [round(base * (last / base) ** (k / count)) for k in range(count)] + [last]


def aligned(size: tuple[int, int], step: int, axes: str) -> tuple[int, int]:
    """A size near this one whose sides along these axes, x, y or both, are multiples of the step.

    >>> aligned((250, 125), 16, "both")
    (256, 128)
    """
    near = lambda side, axis: max(step, round(side / step) * step) if axes in (axis, "both") else side
    return near(size[0], "x"), near(size[1], "y")


def shares(iterations: int, scales: int, ratio: float) -> list[int]:
    """Iterations of each scale, each about 1/ratio of the one before; they sum to `iterations`.

    Where there are fewer iterations than scales the first scales get none, so that the result has the size asked for.

    >>> shares(70, 3, 2.0)
    [40, 20, 10]
    """
    weights = [ratio**-k for k in range(scales)]
    ends = [round(iterations * sum(weights[: k + 1]) / sum(weights)) for k in range(scales)]
    counts = [end - begin for begin, end in zip([0, *ends], ends)]
    if iterations < scales:
        return [0] * (scales - iterations) + [1] * iterations
    while 0 in counts:
        counts[counts.index(0)] += 1
        counts[counts.index(max(counts))] -= 1
    return counts
