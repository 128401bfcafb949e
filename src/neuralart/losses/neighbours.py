"""Style: every feature near one of the style's (after Kolkin et al., arXiv 2203.13215, and Li and Wand, 1601.04589).

    d(F) = min over the style's features s of 1 - cos(F - m, s - m)

m is the style's mean. Statistics of whole pictures say which features there are and how often. This loss asks that each
feature be one that the style has, and brings out the style's shapes as well as textures. A cosine ignores length
and leaves the mean free along its own direction. As in STROTSS (Kolkin et al., arXiv 1904.12785), first and second
moments are therefore added, here those that cost nothing:

    mean d  +  |mean F - m|^2 / v  +  (r - sqrt v)^2 / v        r^2 = mean |F - m|^2,  v = mean |s - m|^2

Departs from the paper, which compares columns of features of all layers: a loss sees one layer, so this goes layer by
layer. It also looks for neighbours at every evaluation among `samples` features of the style, not once per scale among
all. The loss is then a function of the image alone, as L-BFGS and checkpoints need, and adds up over positions. The
search is quick and nearly exact (`nearest.py`): if it finds the next best feature, d is that feature's.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch

from neuralart.losses.loss import Loss, root, widened
from neuralart.losses.nearest import Directions, arranged
from neuralart.losses.rows import blocks, counted, put_back
from neuralart.reduce import AllReduce, alone

LOOKED_AT = 64  # numbers that features are recognised by
# Least length and variance, as shares of the style's: features that do not vary have no direction.
SHORT, STILL = 1e-3, 1e-4


@dataclass
class _Found:
    """What is known of the features of a part.

    Attributes:
        looks: What they are recognised by.
        nearest: Their neighbours, [n].
        inverse: One over their length, [n].
        along: Cosine by squared length, [n]: the part of d's gradient along F - m; 0 if they are too short to have any.
    """

    looks: torch.Tensor
    nearest: torch.Tensor
    inverse: torch.Tensor
    along: torch.Tensor


class Neighbours(Loss):
    """The formula above; with `rooted` its root. The statistic has the sums of d, F - m and |F - m|^2: [C + 2]."""

    compares = "samples"
    samples = 2**12
    fast = True
    weighable = True
    keeps = 3  # see `_Found`

    middle: torch.Tensor  # m [C]
    spread: torch.Tensor  # sqrt v
    variance: torch.Tensor  # v, or a small number if v is 0
    turned: torch.Tensor | None = None  # R' [C, C], to compare R (F - m) in place of F - m
    directions: Directions  # of s - m
    part = 0

    def __init__(self, matrix: torch.Tensor | None = None, *, rooted: bool = False) -> None:
        """Create the loss.

        Args:
            matrix: M [K, C + 1], to compare M [F; 1] without computing it; None to compare F itself.
            rooted: Whether to take the square root.
        """
        self.matrix, self.rooted = matrix, rooted
        self.found: dict[int, _Found] = {}  # by part

    def aimed(self, target: torch.Tensor, positions: float, all_reduce: AllReduce = alone) -> Any:
        result = super().aimed(target, positions)
        rows = widened(target)
        result.found, result.middle = {}, rows.mean(0)
        compared, away = rows, rows - result.middle
        if self.matrix is not None:
            # M [F - m; 0] has no constant, and all of its lengths and angles are those of R (F - m), a smaller matrix.
            kernel, bias = self.matrix.to(rows).split(rows.shape[1], 1)
            result.turned = torch.linalg.qr(kernel, mode="r")[1].T.contiguous()
            compared, away = rows @ kernel.T + bias.T, away @ result.turned
        own, size = away.square().sum(1).mean(), compared.square().sum(1).mean()
        result.spread = own.sqrt()
        result.variance = torch.maximum(own, size * STILL).clamp_min(torch.finfo(own.dtype).tiny)
        result.directions = arranged(away / result._usable(away.norm(dim=1))[:, None], positions)
        if result.turned is not None:
            result.directions = result.directions.seen_through(result.turned)
        return result

    def at(self, part: int) -> Any:
        result: Any = copy.copy(super().at(part))
        result.part = part
        return result

    def statistic(self, features: torch.Tensor) -> torch.Tensor:
        rows, weights = counted(features, self.here)
        middle, directions, turned = self._aims(features.device)
        directions = directions.narrow if features.dtype == torch.bfloat16 else directions
        width = len(middle) if turned is None else turned.shape[1]
        sums = torch.zeros(width + 2, dtype=middle.dtype, device=rows.device)
        empty = lambda dtype: rows.new_empty(len(rows), dtype=dtype)
        product, own, nearest = empty(middle.dtype), empty(middle.dtype), empty(torch.int32)
        here = torch.ones_like(own) if weights is None else weights.to(own)
        for place, block in blocks(rows, directions.each + 3 * rows.shape[1]):
            away = block - middle
            compared = away if turned is None else away @ turned
            torch.linalg.vector_norm(compared, dim=1, out=own[place])
            product[place], nearest[place] = directions.nearest(away)
            sums[1:-1] += here[place] @ compared
        length = self._usable(own)
        inverse = 1 / length
        cosine = product.mul_(inverse)
        # A dot product of so many numbers would lose digits.
        sums[0], sums[-1] = (1 - cosine).mul_(here).sum(), own.square().mul_(here).sum()
        along = (own == length).to(own).mul_(cosine).mul_(inverse).mul_(inverse)
        self.found[self.part] = _Found(_looks(features), nearest, inverse, along)
        return sums

    def penalty(self, statistic: torch.Tensor) -> torch.Tensor:
        return self.differentiate(statistic)[0]

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, variance = statistic / self.positions, self.variance.to(statistic)
        away, square, least = mean[1:-1], mean[-1], variance * SHORT**2
        length = square.clamp_min(least).sqrt()
        longer = length - self.spread.to(statistic)
        value = mean[0] + (away.square().sum() + longer.square()) / variance
        by_square = torch.where(square > least, longer / (length * variance), torch.zeros_like(length))
        cotangent = torch.cat([torch.ones_like(mean[:1]), 2 * away / variance, by_square[None]]) / self.positions
        return root(value, cotangent) if self.rooted else (value, cotangent)

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
        found = self._known(features)
        rows, weights = counted(features, self.here)
        middle, directions, turned = self._aims(features.device)
        constant = cotangent[1:-1]
        if turned is not None:
            squared, constant = turned @ turned.T, turned @ constant
        result = torch.empty_like(rows, memory_format=torch.contiguous_format)
        for place, block in blocks(rows, 3 * rows.shape[1]):
            along = cotangent[0] * found.along[place] + 2 * cotangent[-1]
            here = result[place]
            own = here if here.dtype == block.dtype else torch.empty_like(block)
            if turned is None:
                torch.sub(block, middle, out=own).mul_(along[:, None])
            else:
                torch.mm((block - middle).mul_(along[:, None]), squared, out=own)
            chosen = directions.rows.index_select(0, found.nearest[place])
            own.addcmul_(chosen, cotangent[0] * found.inverse[place, None], value=-1).add_(constant)
            if weights is not None:
                own.mul_(weights[place, None])
            if own is not here:
                here.copy_(own)
        return put_back(result, features, self.here)

    def _aims(self, device: torch.device) -> tuple[torch.Tensor, Directions, torch.Tensor | None]:
        """Return m, the directions and R' on a device."""
        turned = None if self.turned is None else self.turned.to(device)
        return self.middle.to(device), self.directions.to(device), turned

    def _usable(self, length: torch.Tensor) -> torch.Tensor:
        """Return what to divide rows of these lengths [n] by to make directions of them."""
        return length.clamp_min(self.variance.to(length).sqrt() * SHORT)

    def _known(self, features: torch.Tensor) -> _Found:
        """Return what `statistic` found for these features, or finds now."""
        before = self.found.pop(self.part, None)
        if before is None or not (before.looks == _looks(features)).all():
            self.statistic(features)
            before = self.found.pop(self.part)
        return before


def _looks(features: torch.Tensor) -> torch.Tensor:
    """Return a few of the numbers, spread over all of them; to flatten a part of a tile would copy it."""
    channels, width = features.shape[1], features.shape[3]
    at = torch.arange(0, features.numel(), max(1, features.numel() // LOOKED_AT), device=features.device)
    position = at // channels
    return features[0, at % channels, position // width, position % width]
