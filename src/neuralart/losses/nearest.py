"""Finds the nearest of many directions in two steps: first the best group of similar directions, then within it.

A search among n directions looks at about 2 sqrt n of them. Sometimes the nearest lies in another group, and the search
finds the next best. What it finds among 4096 is still nearer than the nearest of 1024, and those take longer one by one
(benchmarks/RESULTS.md). The groups come from k-means with cosines (Dhillon and Modha, Concept decompositions for
large sparse text data, Machine Learning 42, 2001). It starts the same way at every call, so only the rows matter.

Groups differ in size, and so does the number of rows that look into one. Searched one by one, they are so small that
most of the time goes into starting operations. So rows are laid out in chunks that each look into one group, and groups
of similar size are padded to one width; a few batched products then search all of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import NamedTuple

import torch

from neuralart.losses.rows import rounds, sizes_of

ROUNDS = 8  # of k-means, after which hardly anything moves
FEW = 128  # directions that are searched one by one
SMALL = 2**22  # products of rows up to which groups save no time
SAME = 1 - 1e-6  # cosine
CHUNK = 64  # rows that look into one group together
LANES = 32  # numbers whose largest PyTorch finds at once; a remainder takes six times as long


class Table(NamedTuple):
    """Groups of similar size. first: The first one's number. padded: Their directions, [groups, C, width]."""

    first: int
    padded: torch.Tensor


@dataclass(frozen=True, eq=False)
class Directions:
    """Rows of length 1, group after group, the largest group first.

    Attributes:
        rows: [n, C].
        middles: The groups' middles, [C, k].
        sizes: The groups' sizes, numbers above 0.
        tables: The groups once more, laid out for the search; none for a single group.
    """

    rows: torch.Tensor
    middles: torch.Tensor
    sizes: list[int]
    tables: tuple[Table, ...] = ()

    @property
    def each(self) -> int:
        """How many numbers the search takes per row."""
        return len(self.sizes) if self.tables else len(self.rows)

    def to(self, device: torch.device) -> Directions:
        """Return these directions on another device; themselves if they are there already."""
        if device == self.rows.device:
            return self
        tables = tuple(Table(first, padded.to(device)) for first, padded in self.tables)
        return Directions(self.rows.to(device), self.middles.to(device), self.sizes, tables)

    def nearest(self, seen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a nearest direction of each row [m, C]: cosine times length, and place among `rows`, [m] each."""
        if not self.tables:
            return torch.max(seen @ self.rows.T, 1)
        group = _best(seen @ self.middles)
        layout, channels = laid_out(group, len(self.sizes)), seen.shape[1]
        chunks = layout.of(seen)
        found = group.new_empty(chunks.shape[:2])
        for first, padded in self.tables:
            begin, end = layout.first[first], layout.first[first + len(padded)]
            # No more numbers at once than with the groups' middles, even if most rows look into one group.
            step = max(1, len(seen) * self.each // (padded.shape[2] * max(CHUNK, channels)))
            for part in range(begin, end, step):
                here = slice(part, min(part + step, end))
                cosines = torch.bmm(chunks[here], padded.index_select(0, layout.group[here] - first))
                found[here] = _about_best(cosines)
        sizes = torch.tensor(self.sizes, device=group.device)
        within = found.flatten().index_select(0, layout.place)
        within = torch.minimum(within, sizes.index_select(0, group) - 1)
        places = (sizes.cumsum(0) - sizes).index_select(0, group).add_(within)
        return self.rows.index_select(0, places).mul_(seen).sum(1), places


class Layout(NamedTuple):
    """Where rows are put so that every chunk of `CHUNK` places has rows of one group; some places stay empty.

    Attributes:
        place: The place of each row, [m].
        group: Each chunk's group, [chunks].
        first: Each group's first chunk, and the number of chunks.
    """

    place: torch.Tensor
    group: torch.Tensor
    first: list[int]

    def of(self, rows: torch.Tensor) -> torch.Tensor:
        """Return rows [m, C] in their places, [chunks, CHUNK, C]; the first of them fills empty places."""
        chosen = self.place.new_zeros(len(self.group) * CHUNK)
        chosen.index_copy_(0, self.place, torch.arange(len(rows), device=rows.device))
        return rows.index_select(0, chosen).view(-1, CHUNK, rows.shape[1])


def laid_out(group: torch.Tensor, count: int) -> Layout:
    """Lay out rows whose groups, below `count`, are given: [m]."""
    order, sizes = group.argsort(), sizes_of(group, count)
    chunks = [-(-size // CHUNK) for size in sizes]
    begin, first = ([0, *accumulate(numbers)] for numbers in (sizes, chunks))
    tensor = lambda numbers: torch.tensor(numbers, device=group.device)
    moved = tensor([CHUNK * there - here for here, there in zip(begin, first[:-1])])
    at = torch.arange(len(group), device=group.device).add_(moved.index_select(0, group.index_select(0, order)))
    owner = torch.arange(count, device=group.device).repeat_interleave(tensor(chunks), output_size=first[-1])
    return Layout(torch.empty_like(order).index_copy_(0, order, at), owner, first)


def arranged(rows: torch.Tensor, seen: float = math.inf) -> Directions:
    """Group directions [n, C], n >= 1. seen: How many searches there will be; for few, one group is as quick."""
    if len(rows) <= FEW or len(rows) * seen <= SMALL:
        return Directions(rows, rows.mean(0)[:, None], [len(rows)])
    count = math.isqrt(len(rows))
    middles = _distinct(rows[torch.arange(count, device=rows.device) * len(rows) // count])
    for _ in rounds(ROUNDS):
        sums = torch.zeros_like(middles).index_add_(0, _best(rows @ middles.T), rows)
        length = sums.norm(dim=1, keepdim=True)
        # A group may have lost all of its members.
        middles = _distinct(torch.where(length > 0, sums / length, middles))
    group = _best(rows @ middles.T)
    groups = rows[group.argsort()].split(sizes_of(group, len(middles)))
    largest = sorted((k for k, one in enumerate(groups) if len(one)), key=lambda k: -len(groups[k]))
    groups = tuple(groups[k] for k in largest)
    sizes = [len(one) for one in groups]
    return Directions(torch.cat(groups), middles[largest].T.contiguous(), sizes, _tables(groups))


def _distinct(middles: torch.Tensor) -> torch.Tensor:
    """Leave out middles that are the same as earlier ones except for rounding, which would choose between them."""
    order = torch.arange(len(middles), device=middles.device)
    is_earlier = (middles @ middles.T > SAME) & (order[:, None] < order)
    return middles[is_earlier.sum(0) == 0]


def _tables(groups: tuple[torch.Tensor, ...]) -> tuple[Table, ...]:
    """Lay out groups, the largest first."""
    if len(groups) == 1:
        return ()
    result, first = [], 0
    for width, here in groupby(groups, lambda one: -(-len(one) // LANES) * LANES):
        padded = torch.stack([_repeated(one.T, width) for one in here])
        result.append(Table(first, padded))
        first += len(padded)
    return tuple(result)


def _repeated(columns: torch.Tensor, count: int) -> torch.Tensor:
    """Repeat the last column until there are so many."""
    return torch.cat([columns, columns[:, -1:].expand(-1, count - columns.shape[1])], 1)


def _best(numbers: torch.Tensor) -> torch.Tensor:
    """Return the place of the largest number of each row. On a CPU, argmax takes 1.5 times as long."""
    return torch.max(numbers, 1).indices


def _about_best(numbers: torch.Tensor) -> torch.Tensor:
    """Return the place of the largest number in the last dimension, or nearly so; the numbers are overwritten.

    On a CPU, `torch.max` with places takes nine times as long as `torch.amax`. So each number's last bits become its
    place, and the largest tells where it is. Of 64 numbers in float32, those within 2^-17 of each other count as equal.
    """
    kind = torch.int32 if numbers.element_size() == 4 else torch.int64
    places = torch.arange(numbers.shape[-1], dtype=kind, device=numbers.device)
    mask = places.new_tensor((1 << (len(places) - 1).bit_length()) - 1)
    numbers.view(kind).bitwise_and_(~mask).bitwise_or_(places)
    return (numbers.amax(-1).view(kind) & mask).long()
