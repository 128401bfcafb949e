"""Style: the distribution of features along many directions (Heitz et al., arXiv 2006.07229).

Along one direction, the squared Wasserstein distance of two distributions is the squared distance of their quantile
functions:

    W^2 = integral over u in 0..1 of (Q(u) - T(u))^2

The mean over the directions compares whole distributions, while Gram matrices see only second moments. Departs from the
paper, which sorts all positions along directions that it draws anew at every evaluation:

- the directions are drawn once, since an optimiser with a history needs one fixed function;
- positions are counted in BINS bins instead of being sorted, and each is shared by the two bins around it. A picture is
  therefore exactly at its own target, and counts add up over tiles. Bins lie at m +- s (e^t - 1), with t evenly spaced:
  near the style's mean m they are a fortieth of its deviation s apart, and the outermost lie beyond any picture.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from neuralart.losses.loss import Loss, divide, exactly, widened
from neuralart.losses.rows import blocks, counted, put_back
from neuralart.reduce import AllReduce, alone
from neuralart.seeds import seeded

BINS = 512
# How far the bins reach, in deviations of the style; and the least deviation, as a share of the features' magnitude.
REACH, STILL = 1e3, 1e-2
# Per channel, as in the paper; more directions see more, at proportional cost.
DIRECTIONS = 1
STEP = 2 * math.log1p(REACH) / (BINS - 1)  # of t
AT_JUMP = 1e-6  # of all positions: the rounding error of a share


class Sliced(Loss):
    """Mean W^2 over the directions, relative to the style's mean square; with `rooted` its root.

    The statistic is the number of positions in each bin: [D, BINS], float64.
    """

    compares = "samples"
    samples = 2**14
    fast = True
    weighable = True

    directions: torch.Tensor  # [C, D]
    middle: torch.Tensor  # m [D]
    spread: torch.Tensor  # s [D]
    centres: torch.Tensor  # of the bins, [D, BINS], float64
    ends: torch.Tensor  # the share of the style's positions in a bin or an earlier one, [D, BINS], float64
    first: torch.Tensor  # the first bin in which the style has a position, [D, 1]
    last: torch.Tensor  # and the last
    size: torch.Tensor  # the style's mean square along the directions

    def __init__(self, *, rooted: bool = False) -> None:
        self.rooted = rooted

    def aimed(self, target: torch.Tensor, positions: float, all_reduce: AllReduce = alone) -> Any:
        result = super().aimed(target, positions)
        rows = widened(target)
        result.directions = directions(rows.shape[1]).to(rows)
        projected = rows @ result.directions
        least = (STILL * rows.square().mean().sqrt()).clamp_min(torch.finfo(rows.dtype).tiny)
        result.middle, result.spread = projected.mean(0), torch.maximum(projected.std(0, correction=0), least)
        places = (torch.arange(BINS).double() - (BINS - 1) / 2) * STEP
        places = places.abs().expm1().copysign(places).to(exactly(projected))
        result.centres = exactly(result.middle)[:, None] + exactly(result.spread)[:, None] * places
        result.size = exactly(projected).square().mean(0).sum().clamp_min(torch.finfo(rows.dtype).tiny)
        result.here = None
        ends = result.statistic(rows.T[None, :, :, None]).cumsum(1)
        result.ends = ends / ends[:, -1:]
        result.first = torch.searchsorted(result.ends, torch.zeros_like(ends[:, :1]), right=True).clamp_(max=BINS - 1)
        result.last = torch.searchsorted(result.ends, torch.ones_like(ends[:, :1])).clamp_(max=BINS - 1)
        return result

    def statistic(self, features: torch.Tensor) -> torch.Tensor:
        rows, weights = counted(features, self.here)
        ways, count = self.directions.to(features.device), self.directions.shape[1]
        table = torch.zeros(count * BINS, dtype=ways.dtype, device=features.device)
        total = torch.zeros_like(exactly(table))
        for place, block in blocks(rows, 4 * count):
            left, share = self._placed(block @ ways)
            more = 1 if weights is None else weights[place].to(share).repeat_interleave(count)
            table.index_add_(0, left, more * (1 - share))
            table.index_add_(0, left + 1, more * share)
            # From 2^22 positions on, a bin of float32 would lose their shares.
            total += exactly(table)
            table.zero_()
        return total.view(count, BINS)

    def penalty(self, statistic: torch.Tensor) -> torch.Tensor:
        """Return the mean W^2 over the directions, relative to `size`.

        With the shares h and t of bins at c, the cumulative shares H, and A(H) the integral of T from 0 to H:

        W^2 = sum of c^2 (h + t) - 2 c (A(H) - A(H of the bin before))
        """
        shares = statistic / self.positions
        centres, ends = self.centres, shares.cumsum(1)
        more = torch.diff(self._integral(ends), dim=1, prepend=torch.zeros_like(ends[:, :1]))
        own = torch.diff(self.ends, dim=1, prepend=torch.zeros_like(self.ends[:, :1]))
        value = (centres.square() * (shares + own) - 2 * centres * more).sum() / self.size
        return value.clamp_min(0).sqrt() if self.rooted else value.clamp_min(0)

    def differentiate(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        value, centres = self.penalty(statistic), self.centres
        ends = (statistic / self.positions).cumsum(1)[:, :-1]
        # If the style's quantiles jump here, take the middle of the jump: then nothing pulls at the target.
        there = (self._quantiles(ends - AT_JUMP) + self._quantiles(ends + AT_JUMP)) / 2
        slopes = (centres[:, 1:] + centres[:, :-1] - 2 * there) * torch.diff(centres, dim=1)
        cotangent = torch.cat([torch.zeros_like(slopes[:, :1]), slopes.cumsum(1)], 1)
        # The number of positions is fixed, so only differences count; this keeps them small where the features lie.
        cotangent = (cotangent - cotangent[:, BINS // 2, None]) / (self.size * self.positions)
        if self.rooted:
            cotangent = divide(cotangent, 2 * value)
        return value, cotangent

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
        rows, weights = counted(features, self.here)
        ways, count = self.directions.to(features.device), self.directions.shape[1]
        slopes = (torch.diff(cotangent, dim=1) / torch.diff(self.centres.to(cotangent), dim=1)).to(ways).flatten()
        result = torch.empty_like(rows, memory_format=torch.contiguous_format)
        for place, block in blocks(rows, 4 * count):
            left, _ = self._placed(block @ ways)
            # Slopes lie between bins, so there is one fewer per direction.
            left -= torch.arange(count, device=left.device, dtype=torch.int32).repeat(len(block))
            own = slopes.index_select(0, left).view(-1, count) @ ways.T
            result[place] = own if weights is None else own * weights[place, None]
        return put_back(result, features, self.here)

    def _placed(self, along: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Place projections [n, D] between bins.

        Returns:
            The index of the bin below, counted over all directions, and the share of the bin above, both [n D].
        """
        away = (along - self.middle.to(along)) / self.spread.to(along)
        place = away.abs().log1p_().copysign_(away).mul_(1 / STEP).add_((BINS - 1) / 2)
        below = place.clamp_(0, BINS - 2).int()
        below += BINS * torch.arange(along.shape[1], device=along.device, dtype=torch.int32)
        below, centres = below.flatten(), self.centres.to(along).flatten()
        low, high = centres.index_select(0, below), centres.index_select(0, below + 1)
        return below, (along.flatten() - low).div_(high - low).clamp_(0, 1)

    def _bins(self, shares: torch.Tensor) -> torch.Tensor:
        """Return the style's bin in which this share of its positions ends, of those in which it has any.

        Rounding and AT_JUMP take shares out of 0..1, and bins beyond the style's are up to REACH deviations away.
        """
        return torch.searchsorted(self.ends, shares.contiguous()).clamp_(self.first, self.last)

    def _quantiles(self, shares: torch.Tensor) -> torch.Tensor:
        """Return T at these shares."""
        return self.centres.gather(1, self._bins(shares))

    def _integral(self, shares: torch.Tensor) -> torch.Tensor:
        """Return the integral of T from 0 to these shares."""
        centres, before = self.centres, torch.nn.functional.pad(self.ends, (1, 0))[:, :-1]
        own = (self.ends - before) * centres
        until, bins = own.cumsum(1) - own, self._bins(shares.detach())
        return until.gather(1, bins) + (shares - before.gather(1, bins)) * centres.gather(1, bins)


def directions(channels: int) -> torch.Tensor:
    """Return sets of orthogonal directions, [C, D], the same ones at every call."""
    generator = seeded(0)
    drawn = torch.randn(DIRECTIONS, channels, channels, generator=generator, dtype=torch.float64)
    return torch.cat([torch.linalg.qr(one)[0] for one in drawn], 1)
