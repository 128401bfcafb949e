"""Random features and matrices, float64, seeded."""

from __future__ import annotations

import torch


def features(channels: int, height: int, width: int, seed: int = 0) -> torch.Tensor:
    """[1, channels, height, width], some of them negative."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, channels, height, width, generator=generator, dtype=torch.float64) + 0.3


def symmetric(channels: int, seed: int = 5) -> torch.Tensor:
    """A Gram matrix of other features, as a mean over positions."""
    other = features(channels, 6, 6, seed)[0].flatten(1)
    return other @ other.T / 36
