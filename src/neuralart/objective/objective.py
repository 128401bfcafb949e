"""image -> Evaluation: the contract that every way of evaluating keeps.

    objective(image) -> Evaluation(total, terms, gradient)

The value and the gradient come back together, as plain numbers. A returned autograd graph could not be evaluated in
tiles or on several devices; this can, and which of them it was cannot be told from the outside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from neuralart.losses.loss import Loss


@dataclass(frozen=True)
class Term:
    """One summand of the objective: a loss on one layer's features, times a weight."""

    name: str
    layer: str
    loss: Loss
    weight: float


@dataclass(frozen=True)
class Evaluation:
    """What the objective says of an image [1, 3, H, W].

    total: scalar. terms: each term's weighted value, by name, scalars; the total is their sum, but for terms that the
    original program does not count. gradient: of the total on the pixels, [1, 3, H, W].
    """

    total: torch.Tensor
    terms: dict[str, torch.Tensor]
    gradient: torch.Tensor

    def is_finite(self) -> bool:
        """Whether value and gradient are numbers throughout."""
        # A sum is not finite if any summand is not, and costs one pass without a temporary.
        return bool(torch.isfinite(self.total + self.gradient.sum()))


Objective = Callable[[torch.Tensor], Evaluation]
