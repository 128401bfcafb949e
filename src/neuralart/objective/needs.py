"""What painting one scale will need in all: program, pictures, network, optimiser and evaluation, in bytes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from neuralart.objective import cost
from neuralart.objective.allocator import LARGEST
from neuralart.objective.cost import Work
from neuralart.objective.plan import Plan

Size = tuple[int, int]

# Measured by benchmarks/memory.py.
PROGRAM = 300_000_000  # Python, PyTorch and libvips
SHAPE, SHAPES = 1_000_000, 1024  # what the CPU's convolutions keep for every shape they meet, and of how many at most
# Free memory in pieces too small for what is asked for: a share of what is used, up to where the allocator maps every
# piece by itself.
CRUMBS, MOST_CRUMBS = 0.15, 120_000_000
# Where freed memory is kept (objective/allocator.py), there are holes too small for others: as a multiple of what an
# evaluation takes, and in images, as long as an image is a block of those that are kept.
HOLES, IMAGES = 0.7, 4
# Image-sized, the loop's own among them: while the objective is evaluated, and between evaluations.
DURING, BETWEEN = {"lbfgs": 5, "adam": 5, "sgd": 4}, {"lbfgs": 9, "adam": 8, "sgd": 6}


@dataclass(frozen=True)
class Needs:
    """A run as far as it bears on memory.

    program: bytes that are taken before the first image: the program itself, weights, pictures as they were read.
    pairs: that L-BFGS remembers, each of two vectors of as many numbers as the image, `pair` bytes per number.
    """

    work: Work
    optimizer: str
    program: int
    pairs: int = 0
    pair: int = 4

    def scale(self, size: Size, style: Size, plan: Plan) -> int:
        """The peak while a scale of this (width, height) is painted, the style's picture being of that."""
        there, back, kept, shapes = _looks(self.work, size, style, plan.tile)
        image, painting = (math.prod(one) * 3 * self.work.pixel for one in (size, style))
        during = DURING[self.optimizer] * image + back + (0 if plan.tile is None else image)
        step = self.history(size) + max(during, BETWEEN[self.optimizer] * image)
        # While a scale is prepared there are both pictures at its size, the image itself, and what resizing takes.
        ahead = 3 * image + 2 * painting + there
        used = (0 if plan.on_disk else kept) + max(step, ahead)
        spilt = 0 if self.work.on_gpu else SHAPE * min(SHAPES, shapes)
        crumbs = min(CRUMBS * used, MOST_CRUMBS)
        if plan.keeps_freed:
            crumbs += HOLES * max(back, there) + (IMAGES * image if image <= LARGEST else 0)
        return self.program + used + int(crumbs) + spilt

    def history(self, size: Size) -> int:
        """Bytes of L-BFGS's pairs for an image of this size."""
        return 2 * self.pairs * self.pair * 3 * math.prod(size)

    def kept(self, size: Size) -> int:
        """Bytes of the content's features at this scale."""
        return cost.kept(self.work, size)


@lru_cache(maxsize=4096)
def _looks(work: Work, size: Size, style: Size, tile: int | None) -> tuple[int, int, int, int]:
    """(peak of a look at the larger picture, of an evaluation, bytes of content features, shapes of activations)."""
    division = work.division(size, tile)
    there = max(cost.looking(work, one) for one in {division, work.division(style, tile)})
    windows = [division.window(part).regions for part in cost.telling(division)]
    shapes = {(name, region.size) for regions in windows for name, region in regions.items()}
    return there, cost.evaluation(work, division), cost.kept(work, size), len(shapes)
