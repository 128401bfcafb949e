"""Content: the squared distance between features (Gatys, Ecker, Bethge, arXiv 1508.06576, equations 1 and 2).

The statistic is [sum of squares, sum of absolute values] of F - P, with P the content's features at the same
positions. Both add up over positions, each weighted if positions have weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from neuralart.losses.loss import Loss, divide, root, widened
from neuralart.reduce import AllReduce, alone


class _Distance(Loss):
    compares = "features"
    fast = True
    weighable = True

    def statistic(self, features: torch.Tensor) -> torch.Tensor:
        difference = self._difference(features)
        # One after the other, since each is as large as the features.
        return torch.stack([self._sum(difference.square()), self._sum(difference.abs())])

    def _sum(self, numbers: torch.Tensor) -> torch.Tensor:
        return numbers.sum() if self.here is None else (numbers * self.here.weights_like(numbers)).sum()

    def penalty(self, statistic: torch.Tensor) -> torch.Tensor:
        return self.differentiate(statistic)[0]

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
        result = (2 * cotangent[0]) * self._difference(features)
        if self.here is not None:
            result *= self.here.weights_like(result)
        return result.to(features.dtype)

    def _difference(self, features: torch.Tensor) -> torch.Tensor:
        return widened(features - self.target.to(features.device))


class Content(_Distance):
    """|F - P|^2 / |P|^2: dimensionless, the same at every image size.

    Departs from the paper, whose 1/2 |F - P|^2 grows with the image and with the scale of the network's activations.
    With `rooted` it is |F - P| / |P|, which pulls on F as strongly near the target as far from it.
    """

    size: torch.Tensor

    def __init__(self, *, rooted: bool = False) -> None:
        self.rooted = rooted

    def aimed(self, target: Sequence[torch.Tensor], positions: float, all_reduce: AllReduce = alone) -> Any:
        result = super().aimed(target, positions)
        sizes = [widened(part).square().sum() for part in target]
        size = all_reduce(torch.stack([one.to(sizes[0]) for one in sizes]).sum() if sizes else torch.zeros(()))
        result.size = size.clamp_min(torch.finfo(size.dtype).tiny)
        return result

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        slope = 1 / self.size
        result = statistic[0] * slope, torch.stack([slope, torch.zeros_like(slope)])
        return root(*result) if self.rooted else result


class ContentTorch7(_Distance):
    """sum (F - P)^2, gradient 2 (F - P), as the original program computes it (the paper has a factor 1/2).

    With `rescaled` (GoogLeNet), gradient and value are divided by the mean absolute value of the gradient, which is
    recomputed at every evaluation.
    """

    features: int

    def __init__(self, *, rescaled: bool = False) -> None:
        self.rescaled = rescaled

    def aimed(self, target: Sequence[torch.Tensor], positions: float, all_reduce: AllReduce = alone) -> Any:
        result = super().aimed(target, positions)
        here = torch.tensor(float(sum(part.numel() for part in target)), dtype=torch.float64)
        result.features = int(all_reduce(here))
        return result

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        one = torch.ones_like(statistic[0])
        slope = divide(one, 2 * statistic[1] / self.features) if self.rescaled else one
        return statistic[0] * slope, torch.stack([slope, torch.zeros_like(slope)])
