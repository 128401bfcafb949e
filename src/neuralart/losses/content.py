"""Content: the squared distance between features (Gatys, Ecker, Bethge, arXiv 1508.06576, equations 1 and 2).

The statistic is [sum of squares, sum of absolute values] of F - P; both add up over positions.
"""

from __future__ import annotations

import torch

from neuralart.losses.gram import divide, widened


class _Distance:
    additive, reported = True, True

    def __init__(self, target: torch.Tensor) -> None:
        self.target = target

    def statistic(self, features: torch.Tensor) -> torch.Tensor:
        difference = self._difference(features)
        return torch.stack([difference.square().sum(), difference.abs().sum()])

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
        return ((2 * cotangent[0]) * self._difference(features)).to(features.dtype)

    def _difference(self, features: torch.Tensor) -> torch.Tensor:
        return widened(features - self.target)


class Content(_Distance):
    """|F - P|^2 / |P|^2: without unit, the same at every image size.

    Departs from the paper, whose 1/2 |F - P|^2 grows with the image and with the loudness of the network.
    target: the content's features P [1, C, H, W].
    """

    def __init__(self, target: torch.Tensor) -> None:
        super().__init__(target)
        size = widened(target)
        self.size = size.square().sum().clamp_min(torch.finfo(size.dtype).tiny)

    def penalty(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        slope = 1 / self.size
        return statistic[0] * slope, torch.stack([slope, torch.zeros_like(slope)])


class ContentTorch7(_Distance):
    """sum (F - P)^2, gradient 2 (F - P), as the original program computes it (the paper has a factor 1/2).

    With `rescaled` (GoogLeNet), gradient and value are divided by the mean absolute value of the gradient, anew at
    every evaluation.
    """

    def __init__(self, target: torch.Tensor, *, rescaled: bool = False) -> None:
        super().__init__(target)
        self.rescaled, self.features = rescaled, target.numel()

    def penalty(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        one = torch.ones_like(statistic[0])
        slope = divide(one, 2 * statistic[1] / self.features) if self.rescaled else one
        return statistic[0] * slope, torch.stack([slope, torch.zeros_like(slope)])
