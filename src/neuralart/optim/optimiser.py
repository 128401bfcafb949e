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

from neuralart.optim.state import State

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

    def start(self, image: torch.Tensor, learnt: Any = None) -> Any:
        """A new memory for an image of this size. learnt: what `learnt` said of the last one, at another size."""

    def learnt(self, memory: Any) -> Any:
        """What of a memory is worth knowing at another size, and small; None for nothing."""

    def restart(self, memory: Any) -> Any:
        """An empty memory that will move half as boldly: after the numbers broke down."""

    def save(self, memory: Any) -> State:
        """The memory taken apart. What is small is copied; what is large is not, and may be written into by `step`."""

    def load(self, state: State, image: torch.Tensor) -> Any:
        """The memory that was saved, for this image. Raises PictureError for a state that is not one."""

    def step(self, objective: Function, image: torch.Tensor, memory: Any) -> Move:
        """One iteration. The given image is left as it is; the memory may be changed and must not be used again."""
