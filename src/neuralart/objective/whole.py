"""The objective evaluated on the whole image at once: features -> statistics -> penalties -> gradient."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Network
from neuralart.objective.objective import Evaluation, Term, checked, layers_of, pulls, statistics, weigh


class WholeObjective:
    """image -> Evaluation, the network seeing the whole image. Memory grows with the image."""

    def __init__(self, network: Network, terms: Sequence[Term]) -> None:
        self.network, self.terms, self.layers = network, checked(terms), layers_of(terms)

    @torch.no_grad()
    def __call__(self, image: torch.Tensor) -> Evaluation:
        trace = self.network.trace(image, self.layers)
        found = statistics(self.terms, trace.features | {IMAGE: image})
        total, values, cotangents = weigh(self.terms, found, self.network.pixel_dtype)
        back = pulls(self.terms, cotangents)
        gradient = trace.gradient(back).to(self.network.pixel_dtype).contiguous()
        if IMAGE in back:
            gradient += back[IMAGE](image)
        return Evaluation(total, values, gradient)
