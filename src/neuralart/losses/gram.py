"""Style: the distance between Gram matrices (Gatys, Ecker, Bethge, arXiv 1508.06576, equations 3 to 5).

G = F F'        [C, C], F the features [C, N], flattened over their N positions
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

import torch

from neuralart.losses.loss import Loss, divide, root
from neuralart.losses.products import gram, gram_pull, gram_with_one


class OfProducts(Loss):
    """A loss whose statistic is F F', or with `with_one` the same of [F; 1]: sums of products and of features."""

    fast = True
    weighable = True
    with_one: ClassVar[bool] = False
    plain: ClassVar[bool] = False  # whether to use matrix products, with their order of summation

    def statistic(self, features: torch.Tensor) -> torch.Tensor:
        here = self.here
        picked = features if here is None else here.pick(features)
        if self.with_one:
            return gram_with_one(picked, None if here is None else here.roots)
        return gram(picked, plain=self.plain)

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
        here = self.here
        if here is None:
            return gram_pull(features, cotangent, plain=self.plain)
        picked = here.pick(features)
        return here.put_back(gram_pull(picked, cotangent, ones=here.roots, plain=self.plain), features)


class Gram(OfProducts):
    """|G - A|^2 / |A|^2, where G and A are means over positions: dimensionless, the same at every image size.

    Departs from the paper, which divides by 4 C^2 N^2 and so depends on the scale of the network's activations. With
    `rooted` it is |G - A| / |A|, which pulls on G as strongly near the target as far from it.
    """

    def __init__(self, target: torch.Tensor | None = None, positions: float = 1, *, rooted: bool = False) -> None:
        """Create the loss; `stylize` sets target and positions.

        Args:
            target: A [C, C].
            positions: N, the number of positions of the image being made at this layer.
            rooted: Whether to take the square root.
        """
        self.target, self.positions, self.rooted = target, positions, rooted

    @cached_property
    def size(self) -> torch.Tensor:
        """|A|^2."""
        target: torch.Tensor = self.target
        return target.square().sum().clamp_min(torch.finfo(target.dtype).tiny)

    def penalty(self, statistic: torch.Tensor) -> torch.Tensor:
        value = (statistic / self.positions - self.target).square().sum() / self.size
        return value.sqrt() if self.rooted else value

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        difference = statistic / self.positions - self.target
        result = difference.square().sum() / self.size, difference * (2 / (self.size * self.positions))
        return root(*result) if self.rooted else result


class MappedGram(Gram):
    """`Gram` of features M [F; 1], computed from F: with S the Gram matrix of [F; 1], it is M S M'.

    A layer that is a linear map of another one can therefore be compared without being computed.
    """

    with_one = True

    def __init__(
        self, matrix: torch.Tensor, target: torch.Tensor | None = None, positions: float = 1, *, rooted: bool = False
    ) -> None:
        """Create the loss; matrix: M [K, C + 1]. target: [K, K]."""
        super().__init__(target, positions, rooted=rooted)
        self.matrix = matrix

    def summary(self, statistic: torch.Tensor, positions: float) -> torch.Tensor:
        return (self.matrix @ statistic @ self.matrix.T) / positions

    def penalty(self, statistic: torch.Tensor) -> torch.Tensor:
        return super().penalty(self.matrix @ statistic @ self.matrix.T)

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        value, cotangent = super().differentiate(self.matrix @ statistic @ self.matrix.T)
        return value, self.matrix.T @ cotangent @ self.matrix


class GramTorch7(OfProducts):
    """sum (G - A)^2 / (C N)^2, as the original program computes it: Gram matrices are plain sums.

    C N is the number of features of the image being made, for both matrices. Two departures from the paper are kept
    because they made the original's pictures:

    - the gradient on F is 2 (G - A) F / (C N)^2, half of the value's true gradient 4 (G - A) F / (C N)^2;
    - with `rescaled` (GoogLeNet), the gradient 2 (G - A) is divided by the mean of its absolute values, recomputed at
      every evaluation, and the value by the same number.

    Products are plain matrix products, as in Torch7: the first steps of L-BFGS depend on the last digit of float32.
    """

    plain = True

    def __init__(self, target: torch.Tensor | None = None, positions: float = 1, *, rescaled: bool = False) -> None:
        """Create the loss; target: A [C, C]. positions: N, of the image being made, at this layer."""
        self.target, self.positions, self.rescaled = target, positions, rescaled

    @property
    def size(self) -> float:
        """(C N)^2."""
        return float(self.target.shape[0] * self.positions) ** 2

    def summary(self, statistic: torch.Tensor, positions: float) -> torch.Tensor:
        return statistic

    def penalty(self, statistic: torch.Tensor) -> torch.Tensor:
        return self.differentiate(statistic)[0]

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        difference = statistic - self.target
        value, gradient = difference.square().sum(), 2 * difference
        norm = self.size * (gradient.abs().mean() if self.rescaled else 1.0)
        value, gradient = divide(value, norm), divide(gradient, norm)
        # <M, F F'> pulls back to (M + M') F = 2 M F; the original multiplies by its gradient only once.
        return value, gradient / 2
