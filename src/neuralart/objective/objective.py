"""image -> Evaluation: the contract that every way of evaluating keeps.

    objective(image) -> Evaluation(total, terms, gradient)

The value and the gradient come back together, as plain numbers. A returned autograd graph could not be evaluated in
tiles or on several devices; this can, and which of them it was cannot be told from the outside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from neuralart.errors import OptionError
from neuralart.losses.loss import Loss, widened
from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Network, Pull
from neuralart.reduce import AllReduce, alone


@dataclass(frozen=True)
class Term:
    """One summand of the objective: a loss on one layer's features, times a weight.

    name: unique among the terms; its first word is the kind that curves add up by, as in "style conv1_1". layer: of the
    network, or "image" for the pixels themselves. sees: the layer that is compared, where `layer` is only what it is
    computed from. region: which part of the image it is about, by a number; None for all of it.
    """

    name: str
    layer: str
    loss: Loss
    weight: float = 1.0
    sees: str = ""
    region: int | None = None

    @property
    def compared(self) -> str:
        """The layer that is compared."""
        return self.sees or self.layer


@dataclass(frozen=True)
class Evaluation:
    """What the objective says of an image [1, 3, H, W].

    total: scalar. terms: each term's weighted value, by name, scalars; the total is their sum, but for terms that the
    original program does not count. gradient: of the total on the pixels, [1, 3, H, W]. all_reduce: adds up over the
    processes that share the image, where each has one part of the gradient.
    """

    total: torch.Tensor
    terms: dict[str, torch.Tensor]
    gradient: torch.Tensor
    all_reduce: AllReduce = alone

    def is_finite(self) -> bool:
        """Whether value and gradient are numbers throughout."""
        # A sum is not finite if any summand is not, and costs one pass without a temporary.
        return bool(torch.isfinite(self.total + self.all_reduce(self.gradient.sum())))


Objective = Callable[[torch.Tensor], Evaluation]


def layers_of(terms: Sequence[Term]) -> tuple[str, ...]:
    """The layers of the network that the terms need; the pixels themselves are none."""
    return tuple(dict.fromkeys(term.layer for term in terms if term.layer != IMAGE))


def reach_of(terms: Sequence[Term]) -> int:
    """How far the terms on the pixels reach beyond a pixel."""
    return max((term.loss.reach for term in terms if term.layer == IMAGE), default=0)


def checked(terms: Sequence[Term]) -> tuple[Term, ...]:
    """The terms. Raises OptionError where two of them have one name, or there are none."""
    names = [term.name for term in terms]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise OptionError(f"two terms are called '{twice}'; give every term a name of its own")
    if not names:
        raise OptionError("there are no terms; an objective needs one at least")
    return tuple(terms)


def inseparable(terms: Sequence[Term]) -> Term | None:
    """The first term that can only be evaluated on the whole image; None where there is none."""
    return next((term for term in terms if not term.loss.additive), None)


def whole_only(network: Network, terms: Sequence[Term]) -> str | None:
    """Why these terms can only be evaluated on the whole image, of their own or of the network; None where tiles do."""
    if term := inseparable(terms):
        return f"the term '{term.name}' needs the whole image at once"
    return network.architecture.untileable(layers_of(terms))


def statistic(term: Term, features: torch.Tensor, part: int = 0) -> torch.Tensor:
    """A term's statistic of one part of the image, from its layer's features there."""
    loss = term.loss.at(part)
    return loss.statistic(features if loss.fast else widened(features))


def statistics(terms: Sequence[Term], features: Mapping[str, torch.Tensor], part: int = 0) -> dict[str, torch.Tensor]:
    """Every term's statistic of one part of the image, by the term's name. features: by layer.

    A layer may have no position in a part; its terms are then left out.
    """
    return {term.name: statistic(term, features[term.layer], part) for term in terms if term.layer in features}


def weigh(
    terms: Sequence[Term], found: Mapping[str, torch.Tensor], dtype: torch.dtype
) -> tuple[torch.Tensor, dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """(total, every term's weighted value, and by its name the weighted derivative by its statistic)."""
    values, cotangents, total = {}, {}, None
    for term in terms:
        value, cotangent = term.loss.differentiate(found[term.name])
        values[term.name], cotangents[term.name] = term.weight * value, term.weight * cotangent
        if term.loss.reported:
            value = values[term.name].to(dtype)
            total = value if total is None else total + value
    if total is None:
        total = torch.zeros((), dtype=dtype, device=next(iter(found.values())).device)
    return total, values, cotangents


def pull(term: Term, features: torch.Tensor, cotangent: torch.Tensor, part: int = 0) -> torch.Tensor:
    """The gradient that a term has on its layer's features; memory that the caller may write into."""
    loss = term.loss.at(part)
    if loss.fast:
        return loss.pull(features, cotangent)
    # A foreign loss may return a tensor that it keeps, or one number expanded to many.
    result = loss.pull(widened(features), cotangent)
    return torch.empty_like(features).copy_(result)


def pulls(terms: Sequence[Term], cotangents: Mapping[str, torch.Tensor], part: int = 0) -> dict[str, Pull]:
    """By layer, what turns its features on one part of the image into the gradient on them."""
    by_layer: dict[str, list[Term]] = {}
    for term in terms:
        by_layer.setdefault(term.layer, []).append(term)

    def together(wanted: list[Term]) -> Pull:
        def gradient(features: torch.Tensor) -> torch.Tensor:
            first, *rest = (pull(term, features, cotangents[term.name], part) for term in wanted)
            for other in rest:
                first += other
            return first

        return gradient

    return {layer: together(wanted) for layer, wanted in by_layer.items()}
