"""Where one image is evaluated: the processes, and the devices of this process."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from neuralart.distributed.group import ALONE, Group
from neuralart.distributed.rows import Span, bands
from neuralart.networks.network import Architecture
from neuralart.objective.division import Division


@dataclass(frozen=True)
class Topology:
    """Where one image is evaluated.

    Attributes:
        group: The processes that share the image.
        devices: The devices that share this process's parts, the network's first; empty for that one alone.
    """

    group: Group = ALONE
    devices: tuple[torch.device, ...] = ()

    def owned(self, architecture: Architecture, layers: Sequence[str], size: tuple[int, int]) -> list[Span]:
        """Return the rows of an image of `size` (width, height) that each process owns."""
        return bands(size[1], self.group.count, architecture.step(layers))

    def divide(
        self, architecture: Architecture, layers: Sequence[str], size: tuple[int, int], tile: int | None
    ) -> Division:
        """Return the parts in which this process evaluates an image of `size` (width, height)."""
        division = Division(architecture, tuple(layers), size, tile, least=len(self.devices) or 1)
        if self.group.count == 1:
            return division
        return replace(division, band=self.owned(architecture, layers, size)[self.group.rank])

    def entire(
        self, architecture: Architecture, layers: Sequence[str], size: tuple[int, int], tile: int | None
    ) -> Division:
        """Return the parts in which every process evaluates all of an image of `size` (width, height)."""
        return Division(architecture, tuple(layers), size, tile)

    def summed(
        self, sums: Mapping[str, torch.Tensor], names: Sequence[str], like: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Add up statistics over the processes, all in one message.

        Args:
            sums: The statistics of this process, by name. If its rows have no position of a layer, those of the layer
                are missing; the first process has all of them.
            names: The names of all statistics.
            like: A tensor with the precision and the device in which they are added.
        """
        if self.group.count == 1:
            return {name: sums[name] for name in names}
        shapes = self._shapes(sums, names)
        empty = lambda name: like.new_zeros(shapes[name])
        flat = torch.cat([sums.get(name, empty(name)).to(like).flatten() for name in names])
        pieces = self.group.all_reduce(flat).split([math.prod(shapes[name]) for name in names])
        return {name: piece.view(shapes[name]) for name, piece in zip(names, pieces)}

    def _shapes(self, sums: Mapping[str, torch.Tensor], names: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Return the shapes of all statistics, of any rank, from process 0."""
        own = [tuple(sums[name].shape) if name in sums else () for name in names]
        ranks = self.group.first(torch.tensor([len(shape) for shape in own])).tolist()
        sides = torch.zeros(sum(ranks), dtype=torch.int64)
        if self.group.is_first:
            sides = torch.tensor([side for shape in own for side in shape], dtype=torch.int64)
        pieces = self.group.first(sides).split(ranks) if sum(ranks) else [sides] * len(ranks)
        return {name: tuple(piece.tolist()) for name, piece in zip(names, pieces)}


HERE = Topology()
