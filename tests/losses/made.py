"""Random features and matrices, float64, seeded; and what a loss says of them."""

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


def value_of(loss, seen):
    """The loss's value."""
    return loss.penalty(loss.statistic(seen))


def pulled(loss, seen):
    """The gradient on the features that the loss gives."""
    return loss.pull(seen, loss.differentiate(loss.statistic(seen))[1])


def autograd_of(loss, seen):
    """The gradient on the features that its value has."""
    seen = seen.clone().requires_grad_()
    return torch.autograd.grad(value_of(loss, seen), seen)[0]
