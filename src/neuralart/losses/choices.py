"""The losses that `--style-loss` and `--content-loss` offer, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from neuralart.losses.content import Content
from neuralart.losses.gaussian import Gaussian
from neuralart.losses.gram import Gram, MappedGram
from neuralart.losses.laplacian import Laplacian
from neuralart.losses.loss import Loss
from neuralart.losses.neighbours import Neighbours
from neuralart.losses.similarity import Similarity
from neuralart.losses.sliced import Sliced


@dataclass(frozen=True)
class Choice:
    """A loss that is relative to the size of its own target.

    Attributes:
        loss: Makes the loss for any layer, with `rooted`.
        weight: Makes a style factor mean about the same strength for every loss. On average over the pairs of
            benchmarks/losses.py, a style loss leaves as much content error as `gram`, and a content loss as much style
            error as `features`.
        mapped: Makes the loss for a layer that is a linear map of another one, from the features of that one; None if
            the layer itself has to be computed.
        rounding: How far off its values may be, relative to them, because it finds them quickly.
        pixels: What is also compared on the pixels; None for nothing.
    """

    loss: Callable[..., Loss]
    weight: float = 1.0
    mapped: Callable[..., Loss] | None = None
    rounding: float = 0.0
    pixels: Choice | None = None

    def of(self, rooted: bool, matrix: torch.Tensor | None = None) -> Loss:
        """Return the loss; matrix: the linear map, if the layer is computed from another one."""
        if matrix is None or self.mapped is None:
            return self.loss(rooted=rooted)
        return self.mapped(matrix, rooted=rooted)


CONTENT_LOSSES = {
    "features": Choice(Content),
    "similarity": Choice(Similarity, 8.0),
    "laplacian": Choice(Content, pixels=Choice(Laplacian, 0.5)),
}
STYLE_LOSSES = {
    "gram": Choice(Gram, mapped=MappedGram),
    "gaussian": Choice(Gaussian, 0.85, mapped=Gaussian),
    "sliced": Choice(Sliced, 4.8),
    "neighbours": Choice(Neighbours, 0.9, rounding=2e-3),
}
