"""The contract of every optimiser: pixels and gradient -> pixels.

    memory = optimiser.start(image)
    move   = optimiser.step(objective, image, memory)

An optimiser's memory is a value that is passed in and out, so that it can be saved, inspected and restarted. An
optimiser knows nothing about pictures; it is tested on quadratics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from neuralart.optim.state import State

# image -> an evaluation, of which only `total` (a scalar) and `gradient` (in the image's shape) are used.
Function = Callable[[torch.Tensor], Any]


@dataclass(frozen=True)
class Move:
    """The outcome of one step.

    Attributes:
        image: The image after the step.
        memory: The memory after the step.
        evaluated: The image that the step reports on: the first one for the original's optimisers, the last one for a
            safeguarded step.
        evaluation: Its evaluation.
        evaluations: How often the objective was evaluated.
    """

    image: torch.Tensor
    memory: Any
    evaluated: torch.Tensor
    evaluation: Any
    evaluations: int


class Optimiser(Protocol):
    """One way of moving the image downhill."""

    def start(self, image: torch.Tensor, learnt: Any = None) -> Any:
        """Return a new memory for an image of this size; learnt: what `learnt` returned at the previous size."""

    def learnt(self, memory: Any) -> Any:
        """Return the small part of a memory that is useful at another size; None if there is none."""

    def restart(self, memory: Any) -> Any:
        """Return an empty memory with half the step, after a numerical breakdown."""

    def save(self, memory: Any) -> State:
        """Return the memory as a state. Small parts are copied; large ones are not, and `step` may overwrite them."""

    def load(self, state: State, image: torch.Tensor) -> Any:
        """Return the saved memory for this image. Raises PictureError for an invalid state."""

    def step(self, objective: Function, image: torch.Tensor, memory: Any) -> Move:
        """Do one iteration. The image is not changed; the memory may be, and must not be used again."""
