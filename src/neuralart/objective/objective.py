"""image -> Evaluation: the contract that every way of evaluating keeps.

    objective(image) -> Evaluation(total, terms, gradient)

The value and the gradient come back together, as plain numbers. A returned autograd graph could not be evaluated in
tiles or on several devices; this can, and which of them it was cannot be told from the outside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from neuralart.losses.loss import Loss
from neuralart.networks.graph import IMAGE
from neuralart.networks.trace import Pull


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
    original program does not count. gradient: of the total on the pixels, [1, 3, H, W]. everywhere: adds up over the
    machines that share the image, where each has one part of the gradient.
    """

    total: torch.Tensor
    terms: dict[str, torch.Tensor]
    gradient: torch.Tensor
    everywhere: Callable[[torch.Tensor], torch.Tensor] = lambda here: here

    def is_finite(self) -> bool:
        """Whether value and gradient are numbers throughout."""
        # A sum is not finite if any summand is not, and costs one pass without a temporary.
        return bool(torch.isfinite(self.total + self.everywhere(self.gradient.sum())))


Objective = Callable[[torch.Tensor], Evaluation]


def layers_of(terms: Sequence[Term]) -> tuple[str, ...]:
    """The layers of the network that the terms look at; the pixels themselves are none."""
    return tuple(dict.fromkeys(term.layer for term in terms if term.layer != IMAGE))


def statistics(terms: Sequence[Term], seen: Mapping[str, torch.Tensor], part: int = 0) -> dict[str, torch.Tensor]:
    """Every term's statistic of one part of the image, by the term's name. seen: features and pixels by layer.

    A layer may have no position in a part; its terms are then left out.
    """
    return {term.name: term.loss.statistic(seen[term.layer], part) for term in terms if term.layer in seen}


def weigh(
    terms: Sequence[Term], found: Mapping[str, torch.Tensor], dtype: torch.dtype
) -> tuple[torch.Tensor, dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """(total, every term's weighted value, and by its name the weighted derivative by its statistic)."""
    values, cotangents, total = {}, {}, None
    for term in terms:
        value, cotangent = term.loss.penalty(found[term.name])
        values[term.name], cotangents[term.name] = term.weight * value, term.weight * cotangent
        if term.loss.reported:
            value = values[term.name].to(dtype)
            total = value if total is None else total + value
    if total is None:
        total = torch.zeros((), dtype=dtype, device=next(iter(found.values())).device)
    return total, values, cotangents


def pulls(terms: Sequence[Term], cotangents: Mapping[str, torch.Tensor], part: int = 0) -> dict[str, Pull]:
    """By layer, what turns its features on one part of the image into the gradient on them."""
    by_layer: dict[str, list[Term]] = {}
    for term in terms:
        by_layer.setdefault(term.layer, []).append(term)

    def pull(wanted: list[Term]) -> Pull:
        def gradient(features: torch.Tensor) -> torch.Tensor:
            first, *rest = (term.loss.pull(features, cotangents[term.name], part) for term in wanted)
            for other in rest:
                first += other
            return first

        return gradient

    return {layer: pull(wanted) for layer, wanted in by_layer.items()}
