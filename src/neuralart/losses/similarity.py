"""Content: the self-similarity of a picture (Kolkin, Salavon, Shakhnarovich, arXiv 1904.12785).

    D_ij = 1 - cos(F_i, F_j)        between all pairs of positions of a grid

Features say which colours and textures a photograph has at each place, and a style has different ones. Whether two
places look alike can stay the same in any style, and this is what defines shapes. With every column of D scaled to sum
1 over i, the loss is

    sum (D - D of the content)^2 / sum (D of the content)^2

Departs from the paper, which adds up absolute differences: these pull as strongly near the target as far from it, which
misleads an optimiser that fits parabolas. A pair of places may lie in two tiles, so the statistic does not add up.
"""

from __future__ import annotations

import math

import torch

from neuralart.losses.loss import Loss

SIDE = 32  # positions of the grid along an axis, at most: a million pairs
FLAT = 1e-3  # mean distance from all positions below which there is hardly more than rounding


class Similarity(Loss):
    """The formula above; with `rooted` its root. The statistic is D, its columns divided by their sums."""

    compares = "content"
    additive = False

    def __init__(self, *, rooted: bool = False) -> None:
        self.rooted = rooted

    def statistic(self, features: torch.Tensor) -> torch.Tensor:
        rows, columns = (grid(side) for side in features.shape[2:])
        picked = features[0][:, rows][:, :, columns].flatten(1).T
        length = picked.square().sum(1, keepdim=True).clamp_min(torch.finfo(picked.dtype).tiny).sqrt()
        unit = picked / length
        distance = (1 - unit @ unit.T).clamp_min(0)
        return distance / distance.sum(0).clamp_min(FLAT * len(picked))

    def penalty(self, statistic: torch.Tensor) -> torch.Tensor:
        # Columns that sum to 1 have squares that sum to at least 1 together; those of a flat photograph are 0.
        size = self.target.square().sum().clamp_min(1)
        value = (statistic - self.target).square().sum() / size
        return value.clamp_min(torch.finfo(statistic.dtype).tiny).sqrt() if self.rooted else value


def grid(side: int) -> list[int]:
    """Return at most SIDE evenly spaced positions along an axis, in the middle of their cells.

    >>> grid(3)
    [0, 1, 2]
    >>> grid(64)[:3]
    [1, 3, 5]
    """
    step = math.ceil(side / SIDE)
    return list(range(min(step // 2, side - 1), side, step))
