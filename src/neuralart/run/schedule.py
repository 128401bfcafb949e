"""The schedule of a run as plain data: the sizes to paint at, and the iterations of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

WHILE = 10  # iterations over which progress is judged: a single iteration is too uneven
# A scale that is not the last ends at so many times the tolerance: what it would still gain, the next does as well.
EARLIER = 10
# What so many iterations lower the total by, relative to as many before them (measured with L-BFGS: 0.75 to 0.85).
DECAY = 0.85
# An iteration of any size costs as much as so many more pixels (compact, two threads; with one thread hardly any).
FIXED = 10_000


def work(size: tuple[int, int]) -> int:
    """Return what an iteration at this size costs, in pixels.

    >>> work((500, 375))
    197500
    """
    return size[0] * size[1] + FIXED


@dataclass(frozen=True)
class Scale:
    """One size of the coarse-to-fine pyramid.

    Attributes:
        size: (width, height) in pixels.
        iterations: How many iterations to paint at this size.
        exact: Whether it is computed in float32 even if the network computes in less.
    """

    size: tuple[int, int]
    iterations: int
    exact: bool = False


Schedule = tuple[Scale, ...]  # smallest first


def tolerance_of(tolerance: float, scale: int, scales: int) -> float:
    """Return the tolerance of one scale, counted from 1, from that of the last."""
    return tolerance * (1 if scale == scales else EARLIER)


def least(tolerance: float, left: int) -> float:
    """Return the share of the total that the last `WHILE` iterations must have gained, so that a scale goes on.

    It is the tolerance if there is no end to the iterations. If gains shrink by DECAY, those that are `left` bring only
    a part of what all would, and it takes so much more to make them worth while. The last few are always painted.

    >>> [round(least(0.003, left), 4) for left in (1000, 100, 20, 10, 9)]
    [0.003, 0.0037, 0.0108, 0.02, 0.0]
    """
    return tolerance / (1 - DECAY ** (left / WHILE)) if left >= WHILE else 0.0


@lru_cache
def expected(iterations: int, tolerance: float) -> int:
    """Return about how many of a scale's iterations are painted until it settles, see `run.loop.paint`.

    Fitted to the style loss `neighbours` with L-BFGS, five pairs at 256 pixels, tolerances from 0.005 to 0.1. With Gram
    matrices it takes about twice as many.
    """
    if not tolerance:
        return iterations
    settled = (n for n in range(WHILE + 1, iterations) if (n / 10) ** (-1 / 0.34) < least(tolerance, iterations - n))
    return next(settled, iterations)


def long_edges(last: int, base: int, scales: int | None = None) -> list[int]:
    """Return the pyramid's long edges in pixels, smallest first, in equal ratios from `base` to `last`.

    `scales` sets their number, each half the next; by default the number brings the ratio nearest to 2. Since every
    pyramid begins at the same `base`, a large picture becomes the same painting as a small one.

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
    """Return a size near this one whose sides along these axes, x, y or both, are multiples of the step.

    >>> aligned((250, 125), 16, "both")
    (256, 128)
    """
    near = lambda side, axis: max(step, round(side / step) * step) if axes in (axis, "both") else side
    return near(size[0], "x"), near(size[1], "y")


def shares(iterations: int, scales: int, ratio: float) -> list[int]:
    """Return the iterations of each scale, about 1/ratio of the one before; they sum to `iterations`.

    If there are fewer iterations than scales, the first scales get none, so that the result has the requested size.

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
