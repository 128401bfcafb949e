"""The objective of an image whose rows are spread over several processes, exactly that of the whole image.

Each process owns a band of rows and evaluates it in tiles, as one process would (tiled.py). Two things travel: the
statistics, whose sum over the processes is that of the whole image, and the rows of pixels that a band's edge has to
see of its neighbours, with the gradient on them, which goes back.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from neuralart.distributed.rows import Span
from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Architecture, Network
from neuralart.networks.window import Region
from neuralart.objective.division import Division, with_neighbours
from neuralart.objective.objective import Evaluation, Term, reach_of
from neuralart.objective.tiled import TiledObjective
from neuralart.objective.topology import Topology


def needed(
    architecture: Architecture, layers: Sequence[str], size: tuple[int, int], rows: Span, reach: int = 0
) -> Span:
    """The rows of pixels that it takes to compute these layers on the rows of a band.

    They may begin before the image's first row, or end after its last, where it goes on from its other side.

    reach: of losses on the pixels, see `Loss`.
    """
    if rows[1] == rows[0]:
        return rows
    band = Region(rows, (0, size[0]))
    pixels = architecture.window(layers, size, band).regions.get(IMAGE)
    # The band itself, even where no layer sees it.
    begin, end = with_neighbours(architecture, size, band, reach)[0]
    return (min(begin, pixels.rows[0]), max(end, pixels.rows[1])) if pixels else (begin, end)


class BandedObjective:
    """band of the image [1, 3, h, W] -> Evaluation, whose gradient is on that band alone.

    division: of this process's band. Terms with targets of their own per part must be of the same division.
    """

    def __init__(
        self,
        network: Network,
        terms: Sequence[Term],
        division: Division,
        topology: Topology,
        others: Sequence[Network] = (),
    ) -> None:
        self.topology, self.group = topology, topology.group
        self.names = [term.name for term in terms]
        facts = (division.architecture, division.layers, division.size)
        self.owned = topology.owned(*facts)
        self.needed = [needed(*facts, rows, reach_of(terms)) for rows in self.owned]
        assert division.band == self.owned[self.group.rank]
        self.height = division.size[1]
        self.here = TiledObjective(network, terms, division, others, top=self.needed[self.group.rank][0])

    @torch.no_grad()
    def __call__(self, band: torch.Tensor) -> Evaluation:
        canvas = self.group.lend(band, self.owned, self.needed, self.height)
        found: dict[str, torch.Tensor] = {}
        with self.group.together():
            found = self.here.statistics(canvas)
        like = torch.empty(0, dtype=torch.float64, device=self.here.home)
        total, values, cotangents = self.here.weigh(self.topology.summed(found, self.names, like))
        # Processors of two kinds round differently; what the optimiser decides by has to be one number.
        total = self.group.first(total)
        gradient = canvas
        with self.group.together():
            gradient = self.here.gradient(canvas, cotangents)
        back = self.group.give_back(gradient, self.owned, self.needed, self.height)
        return Evaluation(total, values, back, self.group.all_reduce)
