"""Finds the nearest of many directions in two steps: first the best group of similar directions, then within it.

A search among n directions looks at about 2 sqrt n of them. Sometimes the nearest lies in another group, and the search
finds the next best. What it finds among 4096 is still nearer than the nearest of 1024, and those take longer one by one
(benchmarks/RESULTS.md). The groups come from k-means with cosines (Dhillon and Modha, Concept decompositions for
large sparse text data, Machine Learning 42, 2001); those with too many members are halved until all fit into tables of
one width. It starts the same way at every call, so only the rows matter.

Searched one by one, groups are so small that most of the time goes into starting operations. So rows are laid out in
chunks that each look into one group, and a batched product searches all chunks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch.nn.functional import normalize

from neuralart.losses.loss import widened
from neuralart.losses.rows import growing, rounds, sorted_by

ROUNDS = 8  # of k-means, after which hardly anything moves
FEW = 128  # directions that are searched one by one
SMALL = 2**22  # products of rows up to which groups save no time
SAME = 1 - 1e-6  # cosine
WIDTH = 64  # directions in a group at most
USUAL, LEAST = 56, 40  # directions in a group on average before large ones are divided, and after it
CHUNK = 64  # rows that look into one group together
# oneDNN, which multiplies bfloat16, keeps a program for every number of chunks that it has met, of half a megabyte.
EVEN = 16
LANES = 32  # numbers whose largest PyTorch finds at once; a remainder takes six times as long


@dataclass(frozen=True, eq=False)
class Directions:
    """Rows of length 1.

    Attributes:
        rows: [n, C]; if there are groups, [k * WIDTH, C], group after group, each filled up with its last member.
        middles: The groups' middles, [C, k], the last of them repeated up to a multiple of LANES; None without groups.
        tables: The groups once more, laid out for the search, [k, C, WIDTH]; None without groups.
    """

    rows: torch.Tensor
    middles: torch.Tensor | None = None
    tables: torch.Tensor | None = None

    @property
    def each(self) -> int:
        """How many numbers the search takes per row."""
        return len(self.rows) if self.middles is None else self.middles.shape[1]

    def to(self, device: torch.device) -> Directions:
        """Return these directions on another device; themselves if they are there already."""
        if device == self.rows.device:
            return self
        return self._with(self.rows.to(device), lambda numbers: numbers.to(device))

    @cached_property
    def narrow(self) -> Directions:
        """These directions for a search that computes products in bfloat16, which finds nearly the same."""
        return self._with(self.rows, lambda numbers: numbers.bfloat16())

    def seen_through(self, turned: torch.Tensor) -> Directions:
        """Return directions whose products with rows [m, C] are those of these with rows @ turned: [C, C]."""
        return self._with(self.rows @ turned.T, lambda numbers: turned @ numbers)

    def _with(self, rows: torch.Tensor, change: Callable[[torch.Tensor], torch.Tensor]) -> Directions:
        """Return these directions with other rows, and with middles and tables, if there are any, changed."""
        return Directions(rows, *(None if one is None else change(one) for one in (self.middles, self.tables)))

    def nearest(self, seen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a nearest direction of each row [m, C]: cosine times length, and place among `rows`, [m] each."""
        if self.middles is None or self.tables is None:
            return torch.max(seen @ self.rows.T, 1)
        channels, rows = seen.shape[1], seen.to(self.tables.dtype)
        group = _best(rows, self.middles, len(self.tables))
        layout = laid_out(group, len(self.tables), EVEN if rows.dtype == torch.bfloat16 else 1)
        chunks = rows.index_select(0, layout.row).view(-1, CHUNK, channels)
        found = group.new_empty(chunks.shape[:2])
        # No more numbers at once than with the groups' middles, even if every row needs a chunk for itself.
        step = max(1, len(seen) * self.each // (WIDTH * max(CHUNK, channels)))
        for begin in range(0, len(chunks), step):
            here = slice(begin, begin + step)
            found[here] = _about_best(torch.bmm(chunks[here], self.tables.index_select(0, layout.group[here])))
        places = found.flatten().index_select(0, layout.place).add_(group, alpha=WIDTH)
        return self.rows.index_select(0, places).mul_(seen).sum(1), places


class Layout(NamedTuple):
    """Where rows are put so that every chunk of `CHUNK` places has rows of one group; some places stay empty.

    Attributes:
        place: The place of each row, [m].
        row: The row in each place, [chunks * CHUNK]; the first of them in empty places.
        group: Each chunk's group, [chunks].
    """

    place: torch.Tensor
    row: torch.Tensor
    group: torch.Tensor


def laid_out(group: torch.Tensor, count: int, even: int) -> Layout:
    """Lay out rows whose groups, below `count`, are given, [m], in a multiple of `even` chunks; some may be empty."""
    order, sizes = sorted_by(group, count)
    chunks = -(-sizes // CHUNK)
    chunks[-1] += -chunks.sum() % even
    total = int(chunks.sum())
    there = lambda numbers: torch.from_numpy(numbers).to(group.device)
    moved = there(CHUNK * (chunks.cumsum() - chunks) - (sizes.cumsum() - sizes))
    at = moved.repeat_interleave(there(sizes), output_size=len(group))
    at += torch.arange(len(group), device=group.device)
    place = torch.empty_like(order).index_copy_(0, order, at)
    row = order.new_zeros(CHUNK * total).index_copy_(0, at, order)
    return Layout(place, row, there(np.repeat(np.arange(count), chunks)))


def arranged(rows: torch.Tensor, seen: float = math.inf) -> Directions:
    """Group directions [n, C], n >= 1. seen: How many searches there will be; for few, one by one is as quick."""
    if len(rows) <= FEW or len(rows) * seen <= SMALL:
        return Directions(rows)
    count = growing(-(-len(rows) // USUAL), -(-len(rows) // LEAST))
    middles = _distinct(rows[torch.arange(count, device=rows.device) * len(rows) // count])
    for _ in rounds(ROUNDS):
        sums = torch.zeros_like(middles).index_add_(0, _best(rows, _filled(middles.T), len(middles)), rows)
        length = sums.norm(dim=1, keepdim=True)
        # A group may have lost all of its members.
        middles = _distinct(torch.where(length > 0, sums / length, middles))
    groups = _grouped(rows, middles)
    for _ in rounds(ROUNDS):
        if max(map(len, groups)) <= WIDTH:
            break
        middles = _distinct(torch.cat([_divided(*one) for one in zip(groups, middles)]))
        groups = _grouped(rows, middles)
    return _laid_out(groups, middles)


def _grouped(rows: torch.Tensor, middles: torch.Tensor) -> list[torch.Tensor]:
    """Return the rows [n, C] nearest to each of the middles [k, C]; there may be none."""
    group = _best(rows, _filled(middles.T), len(middles))
    order, sizes = sorted_by(group, len(middles))
    return list(rows[order].split(sizes.tolist()))


def _divided(group: torch.Tensor, middle: torch.Tensor) -> torch.Tensor:
    """Return the middles of a group's parts, each with at most WIDTH members."""
    if len(group) <= WIDTH:
        return middle[None]
    return normalize(torch.stack([part.mean(0) for part in _parts(group)]), dim=1)


def _parts(group: torch.Tensor) -> list[torch.Tensor]:
    """Halve a group where it is longest until no part has more than WIDTH members."""
    if len(group) <= WIDTH:
        return [group]
    outer = group[(group @ group.mean(0)).argmin()]
    opposite = group[(group @ outer).argmin()]
    halves = group[(group @ (outer - opposite)).argsort()].split(-(-len(group) // 2))
    return [part for half in halves for part in _parts(half)]


def _laid_out(groups: list[torch.Tensor], middles: torch.Tensor) -> Directions:
    """Lay out the groups that have members, of too large a group its outermost: the others are mostly its middle."""
    present = [k for k, one in enumerate(groups) if len(one)]
    middles = middles[present]
    outermost = lambda one, middle: one if len(one) <= WIDTH else one[(one @ middle).argsort()[:WIDTH]]
    groups = [outermost(groups[k], middle) for k, middle in zip(present, middles)]
    rows = torch.cat(groups)
    sizes = torch.tensor([len(one) for one in groups], device=rows.device)[:, None]
    ends = sizes.cumsum(0)
    members = rows[torch.minimum(ends - sizes + torch.arange(WIDTH, device=rows.device), ends - 1)]
    return Directions(members.flatten(0, 1), _filled(middles.T), members.transpose(1, 2).contiguous())


def _distinct(middles: torch.Tensor) -> torch.Tensor:
    """Leave out middles that are the same as earlier ones except for rounding, which would choose between them."""
    order = torch.arange(len(middles), device=middles.device)
    is_earlier = (middles @ middles.T > SAME) & (order[:, None] < order)
    return middles[is_earlier.sum(0) == 0]


def _best(rows: torch.Tensor, filled: torch.Tensor, count: int) -> torch.Tensor:
    """Return which of `count` middles, as `_filled` has them, is nearest to each row, or nearly so."""
    return _about_best(rows @ filled).clamp_max_(count - 1)


def _filled(middles: torch.Tensor) -> torch.Tensor:
    """Repeat the last of the middles [C, k] up to a multiple of LANES."""
    return torch.cat([middles, middles[:, -1:].expand(-1, -middles.shape[1] % LANES)], 1)


def _about_best(numbers: torch.Tensor) -> torch.Tensor:
    """Return the place of the largest number in the last dimension, or nearly so; the numbers may be overwritten.

    On a CPU, `torch.max` with places takes nine times as long as `torch.amax`. So each number's last bits become its
    place, and the largest tells where it is. Of 64 numbers in float32, those within 2^-17 of each other count as equal;
    in bfloat16, those that are rounded to the same.
    """
    numbers = widened(numbers)
    kind = torch.int32 if numbers.element_size() == 4 else torch.int64
    places = torch.arange(numbers.shape[-1], dtype=kind, device=numbers.device)
    mask = (1 << (len(places) - 1).bit_length()) - 1
    numbers.view(kind).bitwise_and_(~mask).bitwise_or_(places)
    return (numbers.amax(-1).view(kind) & mask).long()
