"""One scale of the schedule, ready to paint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from neuralart.objective.objective import Objective
from neuralart.run.schedule import Scale


@dataclass(frozen=True)
class Stage:
    """One scale, ready to paint.

    Attributes:
        scale: Size and iterations.
        enter: Turns the image so far, of any size, into the image that the scale begins with.
        objective: Makes the objective; called when the scale begins, so that the targets of large scales take no memory
            while small ones are painted.
    """

    scale: Scale
    enter: Callable[[torch.Tensor], torch.Tensor]
    objective: Callable[[], Objective]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.scale.size

    @property
    def iterations(self) -> int:
        """The number of iterations at this scale."""
        return self.scale.iterations
