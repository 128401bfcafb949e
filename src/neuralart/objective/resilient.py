"""An objective that survives a full memory: it goes on in smaller tiles, from where it was.

Whoever asks for an evaluation gets it, and does not learn that it took two attempts.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from typing import TypeVar

import torch

from neuralart.errors import out_of_memory
from neuralart.objective.allocator import give_back, keep_freed
from neuralart.objective.objective import Evaluation, Objective
from neuralart.objective.plan import Plan

log = logging.getLogger(__name__)

Outcome = TypeVar("Outcome")


class Resilient:
    """The objective that `make` makes, by the given plan, or by lesser ones should it not suffice.

    size: (width, height) of the image. whole_only: why it cannot be evaluated in tiles, None where it can;
    asked when it comes to that, since it may take seconds to find out.
    """

    def __init__(
        self,
        make: Callable[[Plan], Objective],
        plan: Plan,
        size: tuple[int, int],
        *,
        whole_only: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.make, self.plan, self.size, self.whole_only = make, plan, size, whole_only
        self.objective: Objective | None = None
        keep_freed(plan.keeps_freed)
        self._persist(self._made)

    def __call__(self, image: torch.Tensor) -> Evaluation:
        return self._persist(lambda: self._made()(image))

    def _made(self) -> Objective:
        if self.objective is None:
            self.objective = self.make(self.plan)
        return self.objective

    def _persist(self, attempt: Callable[[], Outcome]) -> Outcome:
        while True:
            try:
                return attempt()
            except (MemoryError, RuntimeError) as error:
                smaller = self.plan.smaller(self.size)
                if not out_of_memory(error) or smaller is None or self.whole_only():
                    raise
            # Only here, where the error no longer holds on to what was being computed, can its memory be had back.
            self.plan, self.objective = smaller, None
            keep_freed(smaller.keeps_freed)
            log.warning("the memory is full; going on in tiles of %d pixels", smaller.tile)
            gc.collect()
            give_back()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
