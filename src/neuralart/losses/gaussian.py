"""Style: mean and covariance, compared by the Wasserstein distance between Gaussians (Bures' metric).

    W^2 = |mu - m|^2 + tr S + tr T - 2 tr (T^1/2 S T^1/2)^1/2

mu, S are mean and covariance of the image's features, m, T those of the style (Olkin and Pukelsheim, Linear Algebra and
its Applications 48, 1982; Crowson's style-transfer-pytorch was the first to use it for style). A Gram matrix adds up
squared mean and variance and cannot tell them apart; this loss can. With K = (T^1/2 S T^1/2)^1/2,

    dW^2/dS = I - T^1/2 K^-1 T^1/2        dW^2/dmu = 2 (mu - m)

Both moments come from sums over positions, the Gram matrix of [F; 1], so the loss is exact in tiles.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from neuralart.losses.gram import OfProducts
from neuralart.losses.loss import exactly, root
from neuralart.reduce import AllReduce, alone

# EPSILON, a share of the style's mean variance, is added to every variance, since a covariance of fewer positions than
# channels has no inverse. FLOOR, a share of EPSILON, prevents division by values that float32 rounded below zero.
EPSILON, FLOOR = 1e-4, 1e-3


class Moments(NamedTuple):
    """Mean [K] and covariance [K, K], float64."""

    mean: torch.Tensor
    covariance: torch.Tensor


class Gaussian(OfProducts):
    """W^2 / (tr T + |m|^2): dimensionless, the same at every image size; with `rooted` its root."""

    with_one = True

    style: Moments
    half: torch.Tensor  # (T + e I)^1/2
    epsilon: torch.Tensor  # e
    size: torch.Tensor  # tr T + |m|^2

    def __init__(self, matrix: torch.Tensor | None = None, *, rooted: bool = False) -> None:
        """Create the loss.

        Args:
            matrix: M [K, C + 1], to compare M [F; 1] without computing it; None to compare F itself.
            rooted: Whether to take the square root.
        """
        self.matrix, self.rooted = matrix, rooted

    def aimed(self, target: torch.Tensor, positions: float, all_reduce: AllReduce = alone) -> Any:
        result = super().aimed(target, positions)
        style = result.style = self._moments(exactly(target))
        spread = style.covariance.trace()
        result.size = (spread + style.mean.square().sum()).clamp_min(torch.finfo(target.dtype).tiny)
        result.epsilon = (spread * (EPSILON / len(style.mean))).clamp_min(result.size * torch.finfo(target.dtype).eps)
        values, vectors = torch.linalg.eigh(_raised(style.covariance, result.epsilon))
        result.half = (vectors * values.clamp_min(result.epsilon * FLOOR).sqrt()) @ vectors.T
        return result

    def penalty(self, statistic: torch.Tensor) -> torch.Tensor:
        return self.differentiate(statistic)[0]

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, covariance = self._moments(exactly(statistic) / self.positions)
        there, half = self.style, self.half
        values, vectors = torch.linalg.eigh(half @ _raised(covariance, self.epsilon) @ half)
        roots = values.clamp_min((self.epsilon * FLOOR).square()).sqrt()
        spread = covariance.trace() + there.covariance.trace() + 2 * self.epsilon * len(mean) - 2 * roots.sum()
        value = ((mean - there.mean).square().sum() + spread).clamp_min(0) / self.size
        turned = half @ vectors
        second = -(turned / roots) @ turned.T
        second.diagonal().add_(1)
        first = 2 * (mean - there.mean - second @ mean)
        cotangent = self._taken_back(first, second) / (self.size * self.positions)
        if self.rooted:
            value, cotangent = root(value, cotangent)
        return value.to(statistic), cotangent.to(statistic)

    def _moments(self, sums: torch.Tensor) -> Moments:
        """Return mean and covariance from the means of [F; 1] [F; 1]'."""
        if self.matrix is None:
            mean, products = sums[:-1, -1], sums[:-1, :-1]
        else:
            matrix = self.matrix.to(sums)
            mean, products = matrix @ sums[:, -1], matrix @ sums @ matrix.T
        return Moments(mean, products - torch.outer(mean, mean))

    def _taken_back(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        """Return the derivative by the sums, from those by the mean [K] and the products [K, K]."""
        if self.matrix is None:
            size = len(first) + 1
            result = second.new_zeros(size, size)
            result[:-1, :-1], result[:-1, -1] = second, first
            return result
        matrix = self.matrix.to(second)
        result = matrix.T @ second @ matrix
        result[:, -1] += matrix.T @ first
        return result


def _raised(covariance: torch.Tensor, epsilon: torch.Tensor) -> torch.Tensor:
    """Return the covariance with `epsilon` more variance in every direction."""
    return covariance + epsilon * torch.eye(len(covariance)).to(covariance)
