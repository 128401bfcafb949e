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

ROUNDS = 8  # of k-means, after which hardly anything moves
FEW = 128  # directions that are searched one by one
SMALL = 2**22  # products of rows up to which groups save no time
NEVER = -4.0  # less than any cosine


class Directions(NamedTuple):
    """Rows of length 1, group after group.

    Attributes:
        rows: [n, C].
        middles: The groups' middles, [C, k].
        handicap: Added to the groups' cosines, [k], so that no empty group is chosen.
        sizes: The groups' sizes, k numbers.
    """

    rows: torch.Tensor
    middles: torch.Tensor
    handicap: torch.Tensor
    sizes: list[int]

    @property
    def each(self) -> int:
        """How many numbers the search takes per row."""
        return len(self.sizes) if len(self.sizes) > 1 else len(self.rows)

    def to(self, device: torch.device) -> Directions:
        """Return these directions on another device; themselves if they are there already."""
        if device == self.rows.device:
            return self
        return Directions(self.rows.to(device), self.middles.to(device), self.handicap.to(device), self.sizes)

    def nearest(self, seen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a nearest direction of each row of length 1, [m, C]: cosine and place among `rows`, [m] each."""
        if len(self.sizes) == 1:
            return torch.max(seen @ self.rows.T, 1)
        order, counts = grouped(torch.addmm(self.handicap, seen, self.middles).argmax(1), len(self.sizes))
        together = seen.index_select(0, order)
        found, places = torch.empty_like(seen[:, 0]), torch.empty_like(order)
        begin = first = 0
        for count, size in zip(counts, self.sizes):
            if count:
                here = slice(begin, begin + count)
                found[here], place = torch.max(together[here] @ self.rows[first : first + size].T, 1)
                places[here] = place + first
            begin, first = begin + count, first + size
        return torch.empty_like(found).index_copy_(0, order, found), torch.empty_like(order).index_copy_(
            0, order, places
        )


def arranged(rows: torch.Tensor, seen: float = math.inf) -> Directions:
    """Group directions [n, C], n >= 1. seen: How many searches there will be; for few, one group is as quick."""
    if len(rows) <= FEW or len(rows) * seen <= SMALL:
        return Directions(rows, rows.mean(0)[:, None], rows.new_zeros(1), [len(rows)])
    count = math.isqrt(len(rows))
    middles = rows[torch.arange(count, device=rows.device) * len(rows) // count]
    for _ in range(ROUNDS):
        sums = torch.zeros_like(middles).index_add_(0, (rows @ middles.T).argmax(1), rows)
        length = sums.norm(dim=1, keepdim=True)
        middles = torch.where(length > 0, sums / length, middles)  # a group may have lost all of its members
    order, sizes = grouped((rows @ middles.T).argmax(1), count)
    handicap = torch.tensor([0.0 if size else NEVER for size in sizes]).to(rows)
    return Directions(rows[order], middles.T.contiguous(), handicap, sizes)


def grouped(group: torch.Tensor, count: int) -> tuple[torch.Tensor, list[int]]:
    """Return, for the group of each (below `count`), an order that keeps groups together, and the groups' sizes."""
    sizes = torch.zeros(count, dtype=torch.int64, device=group.device).index_add_(0, group, torch.ones_like(group))
    return group.argsort(), sizes.tolist()
