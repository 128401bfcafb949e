"""Smoothness: differences between neighbouring pixels (Mahendran and Vedaldi, arXiv 1412.0035, equation 2).

    E = 1/2 sum (dx^2 + dy^2)^(beta/2)

beta is the power, usually 2. E then stays the same when a picture is sampled more finely: there are more differences,
but smaller ones. With beta = 1, the total variation, an edge costs no more than a slope of the same height.
"""

from __future__ import annotations

import torch

from neuralart.losses.loss import Loss

# Squared grey levels, added under a power other than 2: they smooth the kink of the root at 0, invisibly.
SOFT = 1.0


def energy(pixels: torch.Tensor, power: float = 2.0) -> torch.Tensor:
    """Return E over the top-left (H-1) x (W-1) pixels of [1, 3, H, W], each with its right and lower neighbour."""
    dx, dy = differences(pixels)
    if power == 2:
        return (dx.square().sum() + dy.square().sum()) / 2
    return ((dx.square() + dy.square() + SOFT).pow(power / 2) - SOFT ** (power / 2)).sum() / 2


def differences(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return dx, dy [1, 3, H-1, W-1]: each pixel minus its right and minus its lower neighbour."""
    corner = pixels[..., :-1, :-1]
    return corner - pixels[..., :-1, 1:], corner - pixels[..., 1:, :-1]


def energy_pull(pixels: torch.Tensor, slope: torch.Tensor, power: float = 2.0) -> torch.Tensor:
    """Return slope times the gradient of E on the pixels."""
    dx, dy = differences(pixels)
    if power != 2:
        stiffness = (dx.square() + dy.square() + SOFT).pow(power / 2 - 1) * (power / 2)
        dx, dy = dx * stiffness, dy * stiffness
    gradient = torch.zeros_like(pixels)
    gradient[..., :-1, :-1] += dx + dy
    gradient[..., :-1, 1:] -= dx
    gradient[..., 1:, :-1] -= dy
    return gradient * slope


class _Energy(Loss):
    reach = 1
    fast = True
    everywhere = True

    def __init__(self, power: float = 2.0) -> None:
        """Create the loss; power: beta."""
        self.power = power

    def statistic(self, features: torch.Tensor) -> torch.Tensor:
        return energy(features, self.power)

    def penalty(self, statistic: torch.Tensor) -> torch.Tensor:
        return self.differentiate(statistic)[0]

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
        return energy_pull(features, cotangent, self.power)


class Variation(_Energy):
    """E relative to the content's E: dimensionless. The target is the content's E."""

    compares = "content"

    def summary(self, statistic: torch.Tensor, positions: float) -> torch.Tensor:
        # A picture of one flat colour has no variation to compare with; use one grey level per pixel instead.
        return statistic.clamp_min(positions)

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return statistic / self.target, 1 / self.target


class StyleVariation(_Energy):
    """E per pixel relative to the styles' average E per pixel, which is the target; for images without content."""

    compares = "style"

    def summary(self, statistic: torch.Tensor, positions: float) -> torch.Tensor:
        return (statistic / positions).clamp_min(1.0)

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        slope = 1 / (self.target * self.positions)
        return statistic * slope, slope


class VariationTorch7(_Energy):
    """E itself. As in the original program, its value is left out of the total, but its gradient counts."""

    compares = "nothing"
    reported = False

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return statistic, torch.ones_like(statistic)
