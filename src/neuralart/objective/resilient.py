"""An objective that survives a full memory: it goes on in smaller tiles, from where it was.

Whoever asks for an evaluation gets it, and does not learn that it took two attempts.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import torch

from neuralart.errors import out_of_memory
from neuralart.objective.allocator import give_back, keep_freed
from neuralart.objective.objective import Evaluation, Objective

log = logging.getLogger(__name__)

Outcome = TypeVar("Outcome")

SMALLEST = 128  # pixels; below it a tile is mostly halo


@dataclass(frozen=True)
class Means:
    """How an image is evaluated. tile: longest side in pixels, None for whole. on_disk: where content features are.
    keeps_freed: there is room for the process to keep the memory that it frees, which is quicker."""

    tile: int | None = None
    on_disk: bool = False
    keeps_freed: bool = False

    def smaller(self, size: tuple[int, int]) -> Means | None:
        """The means that take about a quarter of the memory for an image of this size; None if there are none."""
        tile = (min(self.tile, max(size)) if self.tile else max(size)) // 2
        return replace(self, tile=tile, keeps_freed=False) if tile >= SMALLEST else None


WHOLE = Means()


class Resilient:
    """The objective that `make` makes, with the given means, or with lesser ones should they not suffice.

    size: (width, height) of the image.
    """

    def __init__(self, make: Callable[[Means], Objective], means: Means, size: tuple[int, int]) -> None:
        self.make, self.means, self.size = make, means, size
        self.objective: Objective | None = None
        keep_freed(means.keeps_freed)
        self._persist(self._made)

    def __call__(self, image: torch.Tensor) -> Evaluation:
        return self._persist(lambda: self._made()(image))

    def _made(self) -> Objective:
        if self.objective is None:
            self.objective = self.make(self.means)
        return self.objective

    def _persist(self, attempt: Callable[[], Outcome]) -> Outcome:
        while True:
            try:
                return attempt()
            except (MemoryError, RuntimeError) as error:
                smaller = self.means.smaller(self.size)
                if not out_of_memory(error) or smaller is None:
                    raise
            # Only here, where the error no longer holds on to what was being computed, can its memory be had back.
            self.means, self.objective = smaller, None
            keep_freed(smaller.keeps_freed)
            log.warning("the memory is full; going on in tiles of %d pixels", smaller.tile)
            gc.collect()
            give_back()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
