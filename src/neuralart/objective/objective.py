"""The contract that every objective keeps.

    objective(image) -> Evaluation(total, terms, gradient)

Value and gradient are returned together, as plain numbers. An autograd graph could not be evaluated in tiles or on
several devices; this can, and the caller sees no difference.
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

    Attributes:
        name: Unique among the terms. Its first word is the kind by which curves add terms up, as in "style conv1_1".
        layer: A layer of the network, or "image" for the pixels themselves.
        loss: The loss.
        weight: Its weight.
        sees: The layer that is compared, if it is computed from `layer`.
        region: The number of the region of the image that the term is about; None for the whole image.
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
    """The value and gradient of the objective for an image [1, 3, H, W].

    Attributes:
        total: A scalar.
        terms: The weighted value of each term by name, scalars. The total is their sum, except for terms that the
            original program does not count.
        gradient: The gradient of the total on the pixels, [1, 3, H, W].
        all_reduce: Adds up over the processes that share the image, each of which has one part of the gradient.
    """

    total: torch.Tensor
    terms: dict[str, torch.Tensor]
    gradient: torch.Tensor
    all_reduce: AllReduce = alone

    def is_finite(self) -> bool:
        """Whether value and gradient are finite everywhere."""
        # A sum is not finite if any summand is not; it takes one pass and no temporary tensor.
        return bool(torch.isfinite(self.total + self.all_reduce(self.gradient.sum())))


Objective = Callable[[torch.Tensor], Evaluation]


def layers_of(terms: Sequence[Term]) -> tuple[str, ...]:
    """Return the layers of the network that the terms need, without the pixels themselves."""
    return tuple(dict.fromkeys(term.layer for term in terms if term.layer != IMAGE))


def reach_of(terms: Sequence[Term]) -> int:
    """Return how far the terms on the pixels reach beyond a pixel."""
    return max((term.loss.reach for term in terms if term.layer == IMAGE), default=0)


def checked(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Return the terms.

    Raises:
        OptionError: If two of them have the same name, there are none, or a loss asks for no samples.
    """
    names = [term.name for term in terms]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise OptionError(f"two terms are called '{twice}'; give every term its own name")
    if not names:
        raise OptionError("there are no terms; an objective needs at least one")
    if idle := next((term for term in terms if term.loss.compares == "samples" and term.loss.samples < 1), None):
        raise OptionError(
            f"the loss of term '{idle.name}' compares with samples, but asks for {idle.loss.samples} of them; set its"
            " `samples`, such as to 4096"
        )
    return tuple(terms)


def inseparable(terms: Sequence[Term]) -> Term | None:
    """Return the first term that can only be evaluated on the whole image; None if there is none."""
    return next((term for term in terms if not term.loss.additive), None)


def whole_only(network: Network, terms: Sequence[Term]) -> str | None:
    """Return why these terms or this network can only be evaluated on the whole image; None if tiles work."""
    if term := inseparable(terms):
        return f"the term '{term.name}' needs the whole image at once"
    return network.architecture.untileable(layers_of(terms))


def statistic(term: Term, features: torch.Tensor, part: int = 0) -> torch.Tensor:
    """Return a term's statistic of one part of the image, from its layer's features there."""
    loss = term.loss.at(part)
    return loss.statistic(features if loss.fast else widened(features))


def statistics(terms: Sequence[Term], features: Mapping[str, torch.Tensor], part: int = 0) -> dict[str, torch.Tensor]:
    """Return every term's statistic of one part of the image, by the term's name.

    Terms whose layer has no position in the part are left out.
    """
    return {term.name: statistic(term, features[term.layer], part) for term in terms if term.layer in features}


def weigh(
    terms: Sequence[Term], sums: Mapping[str, torch.Tensor], dtype: torch.dtype
) -> tuple[torch.Tensor, dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """Compute the penalties from the statistics of the whole image.

    Args:
        terms: The terms.
        sums: The statistics, by the name of a term.
        dtype: The precision of the total.

    Returns:
        The total; the weighted value of every term; and its weighted derivative by the statistic, both by name.
    """
    values, cotangents, total = {}, {}, None
    for term in terms:
        value, cotangent = term.loss.differentiate(sums[term.name])
        values[term.name], cotangents[term.name] = term.weight * value, term.weight * cotangent
        if term.loss.reported:
            value = values[term.name].to(dtype)
            total = value if total is None else total + value
    if total is None:
        total = torch.zeros((), dtype=dtype, device=next(iter(sums.values())).device)
    return total, values, cotangents


def pull(term: Term, features: torch.Tensor, cotangent: torch.Tensor, part: int = 0) -> torch.Tensor:
    """Return a term's gradient on its layer's features, in memory that the caller may overwrite."""
    loss = term.loss.at(part)
    if loss.fast:
        return loss.pull(features, cotangent)
    # A user's loss may return a tensor that it keeps, or one number expanded to many.
    result = loss.pull(widened(features), cotangent)
    return torch.empty_like(features).copy_(result)


def pulls(terms: Sequence[Term], cotangents: Mapping[str, torch.Tensor], part: int = 0) -> dict[str, Pull]:
    """Return, by layer, the function that turns its features on one part of the image into the gradient on them."""
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
