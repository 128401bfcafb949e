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
            benchmarks/losses.py (of benchmarks/look.py for `neighbours`), a style loss leaves as much content error as
            `gram`, and a content loss as much style error as `features`.
        strongest: Strength 1 multiplies the style factor by this, and strength 0 divides by it. The content's error
            changes about evenly with the logarithm of the factor, equally at every size (benchmarks/RESULTS.md).
        mapped: Makes the loss for a layer that is a linear map of another one, from the features of that one; None if
            the layer itself has to be computed.
        rounding: How far off its values may be, relative to them, because it finds them quickly.
        sgd_rate: The rate of gradient descent, in grey levels per pixel and iteration; larger ones overshoot on some
            pairs (benchmarks/RESULTS.md).
        tolerance: At what a scale ends by default, with L-BFGS; 0 (never) where that has not been measured.
        pixels: What is also compared on the pixels; None for nothing.
    """

    loss: Callable[..., Loss]
    weight: float = 1.0
    strongest: float = 32.0
    mapped: Callable[..., Loss] | None = None
    rounding: float = 0.0
    sgd_rate: float = 1.0
    tolerance: float = 0.0
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
    "neighbours": Choice(
        Neighbours, 0.32, mapped=Neighbours, strongest=8.0, rounding=2e-3, sgd_rate=16.0, tolerance=0.003
    ),
    "gram": Choice(Gram, mapped=MappedGram, tolerance=0.002),
    "gaussian": Choice(Gaussian, 0.85, mapped=Gaussian),
    "sliced": Choice(Sliced, 4.8),
}
