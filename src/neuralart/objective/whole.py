"""The objective evaluated on the whole image at once: features -> statistics -> penalties -> gradient."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from neuralart.networks.edges import add_part, part_of
from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Network
from neuralart.networks.window import Region, Span
from neuralart.objective.division import with_neighbours
from neuralart.objective.objective import (
    Evaluation,
    Term,
    checked,
    layers_of,
    pull,
    pulls,
    statistic,
    statistics,
    weigh,
)


class WholeObjective:
    """Maps an image to an Evaluation on the whole image. Memory grows with the image."""

    def __init__(self, network: Network, terms: Sequence[Term]) -> None:
        self.network, self.terms, self.layers = network, checked(terms), layers_of(terms)
        self.on_features = [term for term in self.terms if term.layer != IMAGE]
        self.on_pixels = [term for term in self.terms if term.layer == IMAGE]

    @torch.no_grad()
    def __call__(self, image: torch.Tensor) -> Evaluation:
        trace = self.network.trace(image, self.layers)
        sums = statistics(self.on_features, trace.features)
        places = {term.name: self._pixels(image, term) for term in self.on_pixels}
        sums |= {term.name: statistic(term, part_of(image, *places[term.name])) for term in self.on_pixels}
        total, values, cotangents = weigh(self.terms, sums, self.network.pixel_dtype)
        gradient = trace.gradient(pulls(self.on_features, cotangents)).to(self.network.pixel_dtype).contiguous()
        pixels = trace.window.pixels
        if pixels.size != (image.shape[3], image.shape[2]):  # if the image wraps around
            here, gradient = gradient, torch.zeros_like(image, dtype=gradient.dtype)
            add_part(gradient, pixels.rows, pixels.columns, here)
        for term in self.on_pixels:
            place = places[term.name]
            add_part(gradient, *place, pull(term, part_of(image, *place), cotangents[term.name]))
        return Evaluation(total, values, gradient)

    def _pixels(self, image: torch.Tensor, term: Term) -> tuple[Span, Span]:
        """Return the rows and columns of the image, and those of its opposite side that the term reaches."""
        height, width = image.shape[2:]
        whole = Region((0, height), (0, width))
        return with_neighbours(self.network.architecture, (width, height), whole, term.loss.reach)
