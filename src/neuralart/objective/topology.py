"""Where one image is evaluated: by which processes, and on which devices of this one."""

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
    """group: the processes that share the image. devices: those among which this process deals out its parts, the first
    being the network's; empty for that one alone."""

    group: Group = ALONE
    devices: tuple[torch.device, ...] = ()

    def owned(self, architecture: Architecture, layers: Sequence[str], size: tuple[int, int]) -> list[Span]:
        """The rows of an image of `size` (width, height) that each process owns."""
        return bands(size[1], self.group.count, architecture.step(layers))

    def divide(
        self, architecture: Architecture, layers: Sequence[str], size: tuple[int, int], tile: int | None
    ) -> Division:
        """The parts in which this process evaluates an image of `size` (width, height)."""
        division = Division(architecture, tuple(layers), size, tile, least=len(self.devices) or 1)
        if self.group.count == 1:
            return division
        return replace(division, band=self.owned(architecture, layers, size)[self.group.rank])

    def summed(
        self, found: Mapping[str, torch.Tensor], names: Sequence[str], like: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Statistics by name, added up over the processes: all of them in one message.

        A process whose rows have no position of a layer lacks that layer's; the first process has all of them. like: a
        tensor of the precision and the device in which they are added.
        """
        if self.group.count == 1:
            return {name: found[name] for name in names}
        shapes = self._shapes(found, names)
        empty = lambda name: like.new_zeros(shapes[name])
        flat = torch.cat([found.get(name, empty(name)).to(like).flatten() for name in names])
        pieces = self.group.all_reduce(flat).split([math.prod(shapes[name]) for name in names])
        return {name: piece.view(shapes[name]) for name, piece in zip(names, pieces)}

    def _shapes(self, found: Mapping[str, torch.Tensor], names: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """The shapes of all statistics, of any rank, as process 0 has them."""
        own = [tuple(found[name].shape) if name in found else () for name in names]
        ranks = self.group.first(torch.tensor([len(shape) for shape in own])).tolist()
        sides = torch.zeros(sum(ranks), dtype=torch.int64)
        if self.group.is_first:
            sides = torch.tensor([side for shape in own for side in shape], dtype=torch.int64)
        pieces = self.group.first(sides).split(ranks) if sum(ranks) else [sides] * len(ranks)
        return {name: tuple(piece.tolist()) for name, piece in zip(names, pieces)}


HERE = Topology()
