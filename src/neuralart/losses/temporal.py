"""Against flicker: the squared distance to the frame before, moved along with the film.

    T = sum c |x - w|^2 / (sum c s^2)

x are the image's pixels, w those of another painted frame, warped along the optical flow, and c, 0..1, is how far these
can be trusted (Ruder, Dosovitskiy and Brox, arXiv 1604.08610, equation 7). Departs from the paper, which divides by the
number of pixels. Here s^2 is the variance of the photograph's own pixels, and sum c counts those trusted, so T has no
unit, and one weight serves every size and film.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from neuralart.losses.loss import Loss
from neuralart.reduce import AllReduce, alone


class Temporal(Loss):
    """The formula above. The target is [w; c], [1, 4, H, W], for each part of the image."""

    compares = "pixels"
    fast = True

    size: torch.Tensor  # 3 sum c s^2, for three colours

    def __init__(self, pixels: torch.Tensor, variance: float) -> None:
        """Create the loss; pixels: [w; c], [1, 4, H, W], of the whole image. variance: s^2."""
        self.pixels, self.variance = pixels, variance

    def aimed(self, target: Sequence[torch.Tensor], positions: float, all_reduce: AllReduce = alone) -> Any:
        result = super().aimed(target, positions)
        trusted = torch.stack([part[:, 3].double().sum() for part in target]).sum() if target else torch.zeros(())
        result.size = (all_reduce(trusted.double()) * 3 * self.variance).clamp_min(1e-9).to(self.pixels)
        return result

    def statistic(self, features: torch.Tensor) -> torch.Tensor:
        warped, trust = self._beside(features)
        return ((features - warped).square() * trust).sum()

    def penalty(self, statistic: torch.Tensor) -> torch.Tensor:
        return self.differentiate(statistic)[0]

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        slope = 1 / self.size.to(statistic)
        return statistic * slope, slope

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
        warped, trust = self._beside(features)
        return (features - warped) * trust * (2 * cotangent)

    def _beside(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        here = self.target.to(features)
        return here[:, :3], here[:, 3:]
