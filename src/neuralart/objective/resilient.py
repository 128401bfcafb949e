"""An objective that survives a full memory: it continues in smaller tiles, and the caller does not notice."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from typing import TypeVar

import torch

from neuralart.errors import out_of_memory
from neuralart.objective import afresh
from neuralart.objective.allocator import give_back, keep_freed
from neuralart.objective.objective import Evaluation, Objective
from neuralart.objective.plan import Plan

log = logging.getLogger(__name__)

Outcome = TypeVar("Outcome")


class Resilient:
    """An objective that falls back to smaller plans when the memory is full.

    Args:
        make: Makes the objective for a plan.
        plan: The plan to begin with.
        size: (width, height) of the image.
        whole_only: Returns why the image cannot be evaluated in tiles, or None. It is called only when needed, since
            finding out may take seconds.
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
                return afresh.run(attempt)
            except (MemoryError, RuntimeError) as error:
                afresh.note(error)
                smaller = self.plan.smaller(self.size)
                if not out_of_memory(error) or smaller is None or self.whole_only():
                    raise
            # Outside the handler, the error no longer keeps the computation alive, so its memory can be freed.
            self.plan, self.objective = smaller, None
            keep_freed(smaller.keeps_freed)
            log.warning("the memory is full; continuing in tiles of %d pixels", smaller.tile)
            gc.collect()
            give_back()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
