"""One scale of the schedule, ready to be painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from neuralart.objective.objective import Objective
from neuralart.run.schedule import Scale


@dataclass(frozen=True)
class Stage:
    """enter: the image so far, of any size -> the image that the scale begins with. objective: makes what is minimised;
    called when the scale begins, so that the targets of large scales take no memory while small ones are painted."""

    scale: Scale
    enter: Callable[[torch.Tensor], torch.Tensor]
    objective: Callable[[], Objective]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.scale.size

    @property
    def iterations(self) -> int:
        """To be done at this scale."""
        return self.scale.iterations

    @property
    def pixels(self) -> int:
        """Of the image at this scale."""
        return self.scale.pixels
