"""Smoothness: squared differences between neighbouring pixels (Mahendran and Vedaldi, arXiv 1412.0035, eq. 2, beta 2).

    E = 1/2 sum (dx^2 + dy^2)

Over a plane, E does not change when the same picture is sampled more finely: smaller differences, more of them.
"""

from __future__ import annotations

import torch

from neuralart.losses.loss import Loss


def energy(pixels: torch.Tensor) -> torch.Tensor:
    """E over the top-left (H-1) x (W-1) pixels of [1, 3, H, W], each with its right and lower neighbour."""
    dx, dy = differences(pixels)
    return (dx.square().sum() + dy.square().sum()) / 2


def differences(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """dx, dy [1, 3, H-1, W-1]: each pixel minus its right, and minus its lower neighbour."""
    corner = pixels[..., :-1, :-1]
    return corner - pixels[..., :-1, 1:], corner - pixels[..., 1:, :-1]


def energy_pull(pixels: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
    """slope times the gradient of E on the pixels."""
    dx, dy = differences(pixels)
    gradient = torch.zeros_like(pixels)
    gradient[..., :-1, :-1] += dx + dy
    gradient[..., :-1, 1:] -= dx
    gradient[..., 1:, :-1] -= dy
    return gradient * slope


class _Energy(Loss):
    reach = 1
    fast = True

    def statistic(self, features: torch.Tensor) -> torch.Tensor:
        return energy(features)

    def penalty(self, statistic: torch.Tensor) -> torch.Tensor:
        return self.differentiate(statistic)[0]

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
        return energy_pull(features, cotangent)


class Variation(_Energy):
    """E relative to the content's own E: without unit. The target is the content's E."""

    compares = "content"

    def summary(self, statistic: torch.Tensor, positions: int) -> torch.Tensor:
        # A picture of one flat colour has no variation to compare with; one grey level per pixel stands in.
        return statistic.clamp_min(positions)

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return statistic / self.target, 1 / self.target


class VariationTorch7(_Energy):
    """E itself. As in the original program its value is left out of the total, though its gradient is not."""

    compares = "nothing"
    reported = False

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return statistic, torch.ones_like(statistic)
