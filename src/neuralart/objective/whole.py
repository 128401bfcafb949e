"""The objective evaluated on the whole image at once: features -> statistics -> penalties -> gradient."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Network
from neuralart.objective.objective import Evaluation, Term


class WholeObjective:
    """image -> Evaluation, the network seeing the whole image. Memory grows with the image."""

    def __init__(self, network: Network, terms: Sequence[Term]) -> None:
        self.network, self.terms = network, tuple(terms)
        self.layers = tuple(dict.fromkeys(term.layer for term in terms if term.layer != IMAGE))

    def __call__(self, image: torch.Tensor) -> Evaluation:
        centred = self.network.centred(image.detach()).requires_grad_()
        with torch.enable_grad():
            features = self.network.look(centred, self.layers)
        with torch.no_grad():
            total, values, pulls = self._penalties({IMAGE: image} | features, centred)
        on_pixels = pulls.pop(IMAGE, None)
        (gradient,) = torch.autograd.grad([features[layer] for layer in pulls], centred, list(pulls.values()))
        return Evaluation(total, values, gradient if on_pixels is None else gradient + on_pixels.to(gradient.dtype))

    def _penalties(
        self, features: dict[str, torch.Tensor], like: torch.Tensor
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        """The total, every term's weighted value, and by layer the gradient on its features."""
        total = torch.zeros((), dtype=like.dtype, device=like.device)
        values: dict[str, torch.Tensor] = {}
        pulls: dict[str, torch.Tensor] = {}
        for term in self.terms:
            seen = features[term.layer].detach()
            value, cotangent = term.loss.penalty(term.loss.statistic(seen))
            values[term.name] = term.weight * value
            if term.loss.reported:
                total = total + values[term.name].to(total.dtype)
            pull = term.loss.pull(seen, term.weight * cotangent)
            pulls[term.layer] = pulls[term.layer] + pull if term.layer in pulls else pull
        return total, values, pulls
