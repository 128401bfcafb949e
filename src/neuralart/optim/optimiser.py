"""pixels + gradient -> pixels: the contract of every optimiser.

    memory = optimiser.start(image)
    move   = optimiser.step(objective, image, memory)

What an optimiser remembers is a value that is passed in and out, so that it can be saved, looked at and begun anew. An
optimiser knows nothing of pictures; it is tested on quadratics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch

# image -> an evaluation: its `total` (scalar) and `gradient` (in the image's shape) are all that is asked of it.
Function = Callable[[torch.Tensor], Any]


@dataclass(frozen=True)
class Move:
    """The outcome of one step.

    image: where the step ended. evaluated, evaluation: the point that the step reports on and what was found there;
    the first point for the original's optimisers, the last one for a safeguarded step. evaluations: how often the
    objective was asked.
    """

    image: torch.Tensor
    memory: Any
    evaluated: torch.Tensor
    evaluation: Any
    evaluations: int


class Optimiser(Protocol):
    """One way of moving the image downhill."""

    def start(self, image: torch.Tensor, before: Any = None) -> Any:
        """A new memory for an image of this size. before: the last one at another size, of which it may learn."""

    def restart(self, memory: Any) -> Any:
        """An empty memory that will move half as boldly: after the numbers broke down."""

    def step(self, objective: Function, image: torch.Tensor, memory: Any) -> Move:
        """One iteration. The given image is left as it is; the memory may be changed and must not be used again."""
