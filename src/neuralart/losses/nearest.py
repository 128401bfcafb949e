"""Finds the nearest of many directions in two steps: first the best group of similar directions, then within it.

A search among n directions looks at about 2 sqrt n of them. Sometimes the nearest lies in another group, and the search
finds the next best. What it finds among 4096 is still nearer than the nearest of 1024, and those take longer one by one
(benchmarks/RESULTS.md). The groups come from k-means with cosines (Dhillon and Modha, Concept decompositions for
large sparse text data, Machine Learning 42, 2001). It starts the same way at every call, so only the rows matter.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from neuralart.losses.rows import rounds

ROUNDS = 8  # of k-means, after which hardly anything moves
FEW = 128  # directions that are searched one by one
SMALL = 2**22  # products of rows up to which groups save no time


class Directions(NamedTuple):
    """Rows of length 1, group after group.

    Attributes:
        rows: [n, C].
        middles: The groups' middles, [C, k].
        sizes: The groups' sizes, k numbers above 0.
    """

    rows: torch.Tensor
    middles: torch.Tensor
    sizes: list[int]

    @property
    def each(self) -> int:
        """How many numbers the search takes per row."""
        return len(self.sizes) if len(self.sizes) > 1 else len(self.rows)

    def to(self, device: torch.device) -> Directions:
        """Return these directions on another device; themselves if they are there already."""
        if device == self.rows.device:
            return self
        return Directions(self.rows.to(device), self.middles.to(device), self.sizes)

    def nearest(self, seen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a nearest direction of each row [m, C]: cosine times length, and place among `rows`, [m] each."""
        if len(self.sizes) == 1:
            return torch.max(seen @ self.rows.T, 1)
        order, counts = grouped(_best(seen @ self.middles), len(self.sizes))
        together = seen.index_select(0, order)
        found, places = torch.empty_like(seen[:, 0]), torch.empty_like(order)
        begin = first = 0
        for count, size in zip(counts, self.sizes):
            # No more cosines at once than with the groups' middles, even if most rows are in one group.
            step = max(1, len(seen) * len(self.sizes) // max(1, size))
            for part in range(begin, begin + count, step):
                here = slice(part, min(part + step, begin + count))
                found[here], place = torch.max(together[here] @ self.rows[first : first + size].T, 1)
                places[here] = place + first
            begin, first = begin + count, first + size
        return torch.empty_like(found).index_copy_(0, order, found), torch.empty_like(order).index_copy_(
            0, order, places
        )


def arranged(rows: torch.Tensor, seen: float = math.inf) -> Directions:
    """Group directions [n, C], n >= 1. seen: How many searches there will be; for few, one group is as quick."""
    if len(rows) <= FEW or len(rows) * seen <= SMALL:
        return Directions(rows, rows.mean(0)[:, None], [len(rows)])
    count = math.isqrt(len(rows))
    middles = rows[torch.arange(count, device=rows.device) * len(rows) // count]
    for _ in rounds(ROUNDS):
        sums = torch.zeros_like(middles).index_add_(0, _best(rows @ middles.T), rows)
        length = sums.norm(dim=1, keepdim=True)
        middles = torch.where(length > 0, sums / length, middles)  # a group may have lost all of its members
    order, sizes = grouped(_best(rows @ middles.T), count)
    inhabited = torch.tensor([place for place, size in enumerate(sizes) if size], device=rows.device)
    return Directions(rows[order], middles[inhabited].T.contiguous(), [size for size in sizes if size])


def _best(cosines: torch.Tensor) -> torch.Tensor:
    """Return the place of the largest number of each row. On a CPU, argmax takes 1.5 times as long."""
    return torch.max(cosines, 1).indices


def grouped(group: torch.Tensor, count: int) -> tuple[torch.Tensor, list[int]]:
    """Return, for the group of each (below `count`), an order that keeps groups together, and the groups' sizes."""
    sizes = torch.zeros(count, dtype=torch.int64, device=group.device).index_add_(0, group, torch.ones_like(group))
    return group.argsort(), sizes.tolist()
