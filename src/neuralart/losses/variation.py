"""Smoothness: squared differences between neighbouring pixels (Mahendran and Vedaldi, arXiv 1412.0035, eq. 2, beta 2).

    E = 1/2 sum (dx^2 + dy^2)

Over a plane, E does not change when the same picture is sampled more finely: smaller differences, more of them.
"""

from __future__ import annotations

import torch


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


class _Energy:
    additive = True

    def statistic(self, features: torch.Tensor, part: int = 0) -> torch.Tensor:
        return energy(features)

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor, part: int = 0) -> torch.Tensor:
        return energy_pull(features, cotangent)


class Variation(_Energy):
    """E relative to the content image's own E: without unit. target: the content's pixels [1, 3, H, W]."""

    reported = True

    def __init__(self, target: torch.Tensor) -> None:
        # A picture of one flat colour has no variation to compare with; one grey level per pixel stands in.
        self.size = energy(target).clamp_min(target[0, 0].numel())

    def penalty(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return statistic / self.size, 1 / self.size


class VariationTorch7(_Energy):
    """E itself. As in the original program its value is left out of the total, though its gradient is not."""

    reported = False

    def penalty(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return statistic, torch.ones_like(statistic)
