"""The objective of an image whose rows are spread over several processes, equal to that of the whole image.

Each process owns a band of rows and evaluates it in tiles, as one process would (tiled.py). The processes exchange two
things: the statistics, whose sum over the processes is that of the whole image, and the rows of pixels that a band
needs beyond its edges, whose gradient goes back to their owners.
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
    """Return the rows of pixels needed to compute these layers on the rows of a band.

    They may begin before the image's first row, or end after its last, if the image wraps around.

    Args:
        architecture: The network's architecture.
        layers: The layers.
        size: (width, height) of the image.
        rows: The band.
        reach: The reach of losses on pixels, see `Loss`.
    """
    if rows[1] == rows[0]:
        return rows
    band = Region(rows, (0, size[0]))
    pixels = architecture.window(layers, size, band).regions.get(IMAGE)
    # The band itself is always included, even if no layer sees it.
    begin, end = with_neighbours(architecture, size, band, reach)[0]
    return (min(begin, pixels.rows[0]), max(end, pixels.rows[1])) if pixels else (begin, end)


class BandedObjective:
    """Maps a band of the image [1, 3, h, W] to an Evaluation, whose gradient is on that band alone.

    Args:
        network: The network.
        terms: The terms with targets; targets that differ by part must belong to the same division.
        division: The division of this process's band.
        topology: The processes that share the image.
        others: The same network on further devices.
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
        sums: dict[str, torch.Tensor] = {}
        with self.group.together():
            sums = self.here.statistics(canvas)
        like = torch.empty(0, dtype=torch.float64, device=self.here.home)
        total, values, cotangents = self.here.weigh(self.topology.summed(sums, self.names, like))
        # Different processors round differently, but the optimiser must decide by the same number everywhere.
        total = self.group.first(total)
        gradient = canvas
        with self.group.together():
            gradient = self.here.gradient(canvas, cotangents)
        back = self.group.give_back(gradient, self.owned, self.needed, self.height)
        return Evaluation(total, values, back, self.group.all_reduce)
