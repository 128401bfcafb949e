"""The objective of an image whose rows are spread over several processes, exactly that of the whole image.

Each process owns a band of rows and looks at it in tiles, as one process would (tiled.py). Two things travel: the
statistics, whose sum over the processes is that of the whole image, and the rows of pixels that a band's edge has to
see of its neighbours, with the gradient on them, which goes back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from neuralart.distributed.group import Group
from neuralart.distributed.rows import Span, bands
from neuralart.networks.graph import IMAGE, Architecture
from neuralart.networks.network import Network
from neuralart.networks.window import Region, window
from neuralart.objective.division import Division
from neuralart.objective.objective import Evaluation, Term
from neuralart.objective.tiled import TiledObjective


def owned(architecture: Architecture, layers: Sequence[str], size: tuple[int, int], count: int) -> list[Span]:
    """The rows of an image of `size` (width, height) that each of `count` processes owns."""
    return bands(size[1], count, architecture.step(layers))


def seen(architecture: Architecture, layers: Sequence[str], size: tuple[int, int], rows: Span) -> Span:
    """The rows that have to be looked at to see these layers on the rows of a band."""
    if rows[1] == rows[0]:
        return rows
    pixels = window(architecture, layers, size, Region(rows, (0, size[0]))).regions.get(IMAGE)
    # One more for losses on neighbouring pixels, and the band itself even where no layer sees it.
    begin, end = rows[0], min(rows[1] + 1, size[1])
    return (min(begin, pixels.rows[0]), max(end, pixels.rows[1])) if pixels else (begin, end)


class BandedObjective:
    """band of the image [1, 3, h, W] -> Evaluation, whose gradient is on that band alone.

    division: of this process's band. Terms with targets of their own per part must be of the same division.
    """

    def __init__(
        self, network: Network, terms: Sequence[Term], division: Division, group: Group, others: Sequence[Network] = ()
    ) -> None:
        self.group, self.terms = group, tuple(terms)
        facts = (division.architecture, division.layers, division.size)
        self.owned = owned(*facts, group.count)
        self.seen = [seen(*facts, rows) for rows in self.owned]
        assert division.band == self.owned[group.rank]
        self._shapes: dict[str, tuple[int, ...]] = {}
        self.here = TiledObjective(network, terms, division, others, top=self.seen[group.rank][0])

    @torch.no_grad()
    def __call__(self, band: torch.Tensor) -> Evaluation:
        canvas = self.group.lend(band, self.owned, self.seen)
        found: dict[str, torch.Tensor] = {}
        with self.group.together():
            found = self.here.statistics(canvas)
        total, values, cotangents = self.here.weigh(self._total(found))
        # Processors of two kinds round differently; what the optimiser decides by has to be one number.
        total = self.group.first(total)
        gradient = canvas
        with self.group.together():
            gradient = self.here.gradient(canvas, cotangents)
        return Evaluation(total, values, self.group.give_back(gradient, self.owned, self.seen), self.group.total)

    def _total(self, found: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """The statistics of the whole image: all of them in one message."""
        shapes = self._shapes or self._agree(found)
        device = self.here.network.device
        empty = lambda name: torch.zeros(shapes[name], dtype=torch.float64, device=device)
        flat = torch.cat([found.get(term.name, empty(term.name)).flatten() for term in self.terms])
        pieces = self.group.total(flat).split([math.prod(shapes[term.name]) for term in self.terms])
        return {term.name: piece.view(shapes[term.name]) for term, piece in zip(self.terms, pieces)}

    def _agree(self, found: Mapping[str, torch.Tensor]) -> dict[str, tuple[int, ...]]:
        """The shapes of all statistics, from process 0: the first band has positions of every layer."""
        rows = [(*(*shape, 0, 0)[:2], len(shape)) for term in self.terms for shape in [self._shape(found, term)]]
        for term, (*sides, dimensions) in zip(self.terms, self.group.first(torch.tensor(rows)).tolist()):
            self._shapes[term.name] = tuple(sides[:dimensions])
        return self._shapes

    @staticmethod
    def _shape(found: Mapping[str, torch.Tensor], term: Term) -> tuple[int, ...]:
        return tuple(found[term.name].shape) if term.name in found else ()


def of_band(division: Division, group: Group) -> Division:
    """The same division, of the rows that this process owns."""
    if group.count == 1:
        return division
    rows = owned(division.architecture, division.layers, division.size, group.count)
    return replace(division, band=rows[group.rank])
