"""Content: the squared distance between features (Gatys, Ecker, Bethge, arXiv 1508.06576, equations 1 and 2).

The statistic is [sum of squares, sum of absolute values] of F - P; both add up over positions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from neuralart.losses.gram import divide, widened

Total = Callable[[torch.Tensor], torch.Tensor]


def _alone(here: torch.Tensor) -> torch.Tensor:
    return here


class _Distance:
    additive, reported = True, True

    def __init__(self, target: torch.Tensor | Sequence[torch.Tensor]) -> None:
        self.target = [target] if isinstance(target, torch.Tensor) else target

    def statistic(self, features: torch.Tensor, part: int = 0) -> torch.Tensor:
        difference = self._difference(features, part)
        return torch.stack([difference.square().sum(), difference.abs().sum()])

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor, part: int = 0) -> torch.Tensor:
        return ((2 * cotangent[0]) * self._difference(features, part)).to(features.dtype)

    def _difference(self, features: torch.Tensor, part: int) -> torch.Tensor:
        return widened(features - self.target[part].to(features.device))


class Content(_Distance):
    """|F - P|^2 / |P|^2: without unit, the same at every image size.

    Departs from the paper, whose 1/2 |F - P|^2 grows with the image and with the loudness of the network.
    target: the content's features P [1, C, H, W], or those of its parts, one after another. total: adds up over the
    machines that share the image, each of which has some of its parts.
    """

    def __init__(self, target: torch.Tensor | Sequence[torch.Tensor], total: Total = _alone) -> None:
        super().__init__(target)
        sizes = [widened(part).square().sum() for part in self.target]
        size = total(torch.stack([one.to(sizes[0]) for one in sizes]).sum() if sizes else torch.zeros(()))
        self.size = size.clamp_min(torch.finfo(size.dtype).tiny)

    def penalty(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        slope = 1 / self.size
        return statistic[0] * slope, torch.stack([slope, torch.zeros_like(slope)])


class ContentTorch7(_Distance):
    """sum (F - P)^2, gradient 2 (F - P), as the original program computes it (the paper has a factor 1/2).

    With `rescaled` (GoogLeNet), gradient and value are divided by the mean absolute value of the gradient, anew at
    every evaluation.
    """

    def __init__(
        self, target: torch.Tensor | Sequence[torch.Tensor], *, rescaled: bool = False, total: Total = _alone
    ) -> None:
        super().__init__(target)
        here = torch.tensor(float(sum(part.numel() for part in self.target)), dtype=torch.float64)
        self.rescaled, self.features = rescaled, int(total(here))

    def penalty(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        one = torch.ones_like(statistic[0])
        slope = divide(one, 2 * statistic[1] / self.features) if self.rescaled else one
        return statistic[0] * slope, torch.stack([slope, torch.zeros_like(slope)])
