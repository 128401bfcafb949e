"""The losses that compare styles. Their names are what `--style-loss` knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from neuralart.losses.gaussian import Gaussian
from neuralart.losses.gram import Gram, MappedGram
from neuralart.losses.loss import Loss
from neuralart.losses.neighbours import Neighbours
from neuralart.losses.sliced import Sliced


@dataclass(frozen=True)
class StyleLoss:
    """A loss of styles, relative to the size of its own target.

    Attributes:
        loss: With `rooted`, for any layer.
        weight: What makes a style factor mean about the same strength for every loss: the content's error at the end is
            then that of `gram`, on average over the pairs of benchmarks/losses.py.
        mapped: For a layer that is a linear map of another one, from the features of that; None where the layer itself
            has to be computed.
    """

    loss: Callable[..., Loss]
    weight: float = 1.0
    mapped: Callable[..., Loss] | None = None

    def of(self, rooted: bool, matrix: torch.Tensor | None = None) -> Loss:
        """The loss; matrix: of a layer computed from another one."""
        if matrix is None or self.mapped is None:
            return self.loss(rooted=rooted)
        return self.mapped(matrix, rooted=rooted)


STYLE_LOSSES = {
    "gram": StyleLoss(Gram, mapped=MappedGram),
    "gaussian": StyleLoss(Gaussian, 0.85, mapped=Gaussian),
    "sliced": StyleLoss(Sliced, 3.0),
    "neighbours": StyleLoss(Neighbours, 0.9),
}
