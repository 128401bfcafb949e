"""Three losses as a user would write them: one on pixels, one of rank 3, one whose statistic does not add up."""

from __future__ import annotations

import torch

from neuralart import Loss


class Squares(Loss):
    """On pixels: the mean square, for which every pixel counts once."""

    compares = "content"

    def statistic(self, features):
        return features.square().sum()

    def penalty(self, statistic):
        return (statistic / self.positions / self.target - 1).square()


class Histogram(Loss):
    """Of rank 3: how channels go together, at each of four soft levels."""

    def statistic(self, features):
        rows = features.flatten(2)[0]
        levels = torch.linspace(-1, 2, 4, dtype=rows.dtype, device=rows.device)
        near = torch.exp(-(rows[None] / 50 - levels[:, None, None]).square())
        return near @ near.transpose(1, 2)

    def penalty(self, statistic):
        return (statistic / self.positions - self.target).square().sum() / self.target.square().sum()


class Range(Loss):
    """Does not add up: the largest value of every channel."""

    additive = False

    def statistic(self, features):
        return features.amax((0, 2, 3))

    def penalty(self, statistic):
        return (statistic - self.target).square().sum() / self.target.square().sum()
