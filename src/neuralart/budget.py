"""How a run is made to fit: whole or in tiles, what L-BFGS remembers and in how many bits, what is put on disk.

From the best to the most frugal, and the first that fits is taken. Tiles and disk change nothing but the time; a
history in half precision, and then a shorter one, hardly anything; the network's own precision comes last, and only
where the user leaves it open.
"""

from __future__ import annotations

import bisect
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from neuralart.errors import OptionError
from neuralart.image.sizes import fit
from neuralart.networks.graph import IMAGE
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.network import Network
from neuralart.networks.precision import at_least_float32
from neuralart.objective.cost import Work
from neuralart.objective.needs import PROGRAM, Needs, Size
from neuralart.objective.objective import Term, whole_only
from neuralart.objective.plan import Plan
from neuralart.values import in_words

log = logging.getLogger(__name__)

TILES = (8192, 6144, 4096, 3072, 2048, 1536, 1024, 768, 512, 384, 256, 192, 128, 64)
ROOMY = 512  # pixels; smaller tiles are mostly halo, and much is given up before it comes to them
SHARE = 4  # beside tiles, content features take no more than this part of the memory; else they go to disk
FEWEST = 3  # pairs; with less L-BFGS is hardly better than descent


@dataclass(frozen=True)
class Scale:
    """One scale that is painted: (width, height) of image and style, and the pairs that L-BFGS can come by in it.

    exact: computed in float32 even where the network computes in less.
    """

    size: Size
    style: Size
    pairs: int
    exact: bool = False


@dataclass(frozen=True)
class Choice:
    """What was chosen. plans: by the size of a scale. need: bytes by the size of a scale. history: None if unused."""

    plans: Mapping[Size, Plan]
    need: Mapping[Size, int]
    dtype: torch.dtype
    history: int | None = None
    history_dtype: torch.dtype | None = None

    @property
    def peak(self) -> int:
        """Bytes of the most demanding scale."""
        return max(self.need.values())


@dataclass(frozen=True)
class Wishes:
    """A run that is to be fitted into memory.

    pictures: bytes of content and style where they lie in the memory that counts. pairs: that L-BFGS would remember,
    and whether the user said so. tile: that the user asks for. lower: whether the network may compute in less than
    float32.
    """

    network: Network
    terms: Sequence[Term]
    optimizer: str
    scales: tuple[Scale, ...]
    pictures: int
    pairs: int
    pairs_are_given: bool = False
    tile: int | None = None
    lower: bool = False

    def fitted(self, limit: int) -> Choice | None:
        """The best choice that takes at most `limit` bytes; None where there is none."""
        for dtype in self._precisions():
            for least in (ROOMY, 0):
                for pairs, stored in self._histories():
                    if found := self._within(limit, dtype, pairs, stored, least):
                        return found
        return None

    def frugal(self, optimizer: str | None = None) -> Choice:
        """The choice that takes least, whatever that is."""
        asking = self if optimizer is None else replace(self, optimizer=optimizer)
        pairs, stored = list(asking._histories())[-1]
        dtype = list(asking._precisions())[-1]
        least = Plan() if whole_only(self.network, self.terms) else Plan(asking.tile or TILES[-1], on_disk=True)
        plans = {scale.size: least for scale in asking.scales}
        return asking._chosen(plans, dtype, pairs, stored)

    def whole(self) -> Choice:
        """Everything at its best, whatever that takes."""
        pairs, stored = next(self._histories())
        plan = Plan(keeps_freed=self._keeping()[0])
        return self._chosen({scale.size: plan for scale in self.scales}, self.network.dtype, pairs, stored)

    def untold(self) -> Choice:
        """As the user asks: the cost is counted from nodes, which a foreign module does not have."""
        plans = {scale.size: Plan(self.tile) for scale in self.scales}
        pairs, stored = next(self._histories())
        return Choice(plans, dict.fromkeys(plans, 0), self.network.dtype, pairs or None, stored)

    def largest(self, limit: int) -> int | None:
        """The longest edge that would fit, in pixels; None if not even 64 would."""
        last = self.scales[-1]
        fits, fails = 0, max(last.size)
        while fails - fits > max(8, fails // 50):
            edge = (fits + fails) // 2
            scale = Scale(fit(*last.size, edge), fit(*last.style, edge), last.pairs)
            smaller = replace(self, scales=(scale,))
            fits, fails = (edge, fails) if smaller.frugal().peak <= limit else (fits, edge)
        return fits if fits >= 64 else None

    def needs(self, dtype: torch.dtype, pairs: int, stored: torch.dtype | None) -> Needs:
        """What the run needs in this precision, with so many pairs stored in that one."""
        network = self.network
        assert isinstance(network, GraphNetwork)
        number, pixel = dtype.itemsize, 8 if dtype == torch.float64 else 4
        work = Work(
            network.architecture,
            tuple(dict.fromkeys(t.layer for t in self.terms if t.layer != IMAGE and t.loss.compares != "features")),
            tuple(dict.fromkeys(t.layer for t in self.terms if t.layer != IMAGE and t.loss.compares == "features")),
            number=number,
            pixel=pixel,
            pooling=network.pooling,
            on_gpu=network.device.type != "cpu",
        )
        count = sum(weight.numel() for weight in network.weights.values())
        loaded = sum(weight.numel() * weight.itemsize for weight in network.weights.values())
        # Of a GPU only what lies in its own memory counts.
        program = loaded + count * number + (0 if network.device.type == "cuda" else PROGRAM + self.pictures)
        return Needs(work, self.optimizer, program, pairs, stored.itemsize if stored else pixel)

    def _within(
        self, limit: int, dtype: torch.dtype, pairs: int, stored: torch.dtype | None, least: int
    ) -> Choice | None:
        plans = {}
        # The largest first, which decides.
        for scale in reversed(self.scales):
            needs = self._at(scale, dtype, pairs, stored)
            # Most that can be said against a choice is said by arithmetic that takes no time.
            if needs.program + needs.history(scale.size) > limit:
                return None
            found = self._plans(needs, scale, limit, least)
            if found is None:
                return None
            plans[scale.size] = found
        return self._chosen(plans, dtype, pairs, stored)

    def _plans(self, needs: Needs, scale: Scale, limit: int, least: int) -> Plan | None:
        """Whole if that fits, else the largest tile that does; content features on disk if that is what it takes."""
        fits = lambda one: needs.scale(scale.size, scale.style, one) <= limit
        whole = [Plan(keeps_freed=keeps) for keeps in self._keeping()]
        if self.tile is None and (found := next(filter(fits, whole), None)):
            return found
        if whole_only(self.network, self.terms):
            return None
        tiles = [tile for tile in TILES if least <= tile < max(scale.size)] if self.tile is None else [self.tile]
        for keeps in self._keeping():
            # The larger the tile the more it needs: the first that fits is found by halving.
            ways = [Plan(tile, on_disk=True, keeps_freed=keeps) for tile in tiles]
            place = bisect.bisect_left(ways, True, key=fits)
            if place < len(tiles):
                here = replace(ways[place], on_disk=False)
                return here if needs.kept(scale.size) * SHARE <= limit and fits(here) else ways[place]
        return None

    def _chosen(self, plans: Mapping[Size, Plan], dtype: torch.dtype, pairs: int, stored: torch.dtype | None) -> Choice:
        need = {
            scale.size: self._at(scale, dtype, pairs, stored).scale(scale.size, scale.style, plans[scale.size])
            for scale in self.scales
        }
        return Choice(plans, need, dtype, pairs or None, stored)

    def _at(self, scale: Scale, dtype: torch.dtype, pairs: int, stored: torch.dtype | None) -> Needs:
        # Memory for pairs that never come is set aside, but not touched; on GPUs that is taking it.
        pairs = pairs if self.network.device.type != "cpu" else min(pairs, scale.pairs)
        return self.needs(at_least_float32(dtype) if scale.exact else dtype, pairs, stored)

    def _keeping(self) -> tuple[bool, ...]:
        """Whether freed memory is kept, from the best to the most frugal; of a GPU, PyTorch always keeps it."""
        return (True, False) if self.network.device.type == "cpu" else (False,)

    def _precisions(self) -> Iterator[torch.dtype]:
        yield self.network.dtype
        if self.lower and self.network.dtype == torch.float32:
            yield torch.bfloat16

    def _histories(self) -> Iterator[tuple[int, torch.dtype | None]]:
        """(pairs, their precision), from the best to the most frugal."""
        if self.optimizer != "lbfgs":
            yield 0, None
            return
        yield self.pairs, None
        yield self.pairs, torch.bfloat16
        if not self.pairs_are_given:
            for fewer in (self.pairs // 2, self.pairs // 4, FEWEST):
                if FEWEST <= fewer < self.pairs:
                    yield fewer, torch.bfloat16


def choose(wishes: Wishes, limit: int, source: str) -> Choice:
    """The best choice that fits into `limit` bytes, told in one line unless it is the usual one.

    A foreign network is taken to fit: it is evaluated whole, and in tiles where the user asks for them or the memory
    turns out to be full.

    source: where the limit comes from, for the message. Raises OptionError if nothing fits, saying what would.
    """
    if not isinstance(wishes.network, GraphNetwork):
        return wishes.untold()
    found = wishes.fitted(limit)
    if found is None:
        raise OptionError(refusal(wishes, limit, source))
    if told := different(wishes, found):
        log.info("memory: %s; about %s of %s", told, in_words(found.peak), in_words(limit))
    return found


def refusal(wishes: Wishes, limit: int, source: str) -> str:
    """What is needed, what there is, and what would fit."""
    width, height = wishes.scales[-1].size
    least = wishes.frugal()
    ways = []
    if wishes.optimizer == "lbfgs" and (descent := wishes.frugal("sgd").peak) <= limit:
        ways.append(f"--optimizer adam or sgd (about {in_words(descent)})")
    if edge := wishes.largest(limit):
        ways.append(f"--size {edge}")
    if wishes.tile and wishes.tile > TILES[-1]:
        ways.append("a smaller --tile, or none")
    if wishes.pairs_are_given and wishes.pairs > FEWEST and wishes.optimizer == "lbfgs":
        ways.append("a smaller --history, or none")
    cure = f"give more, or {', or '.join(ways)}" if ways else "give more"
    if why := whole_only(wishes.network, wishes.terms):
        cure += f"; tiles are no way out, since {why}"
    return (
        f"{width} x {height} pixels need about {in_words(least.peak)} with network"
        f" '{wishes.network.architecture.name}' at the very least, and {source} is {in_words(limit)}; {cure}"
    )


def different(wishes: Wishes, found: Choice) -> str:
    """What is not as it would be if memory were no matter; empty where everything is."""
    said = []
    tiled = {size: plan for size, plan in found.plans.items() if plan.tile and plan.tile < max(size)}
    for size, plan in tiled.items():
        said.append(f"{size[0]} x {size[1]} in tiles of {plan.tile} pixels")
    if any(plan.on_disk for plan in found.plans.values()):
        said.append("content features on disk")
    if found.history_dtype is not None or (found.history is not None and found.history != wishes.pairs):
        kind = " in bfloat16" if found.history_dtype else ""
        said.append(f"L-BFGS remembers {found.history} steps{kind}")
    if found.dtype != wishes.network.dtype:
        said.append("the network computes in bfloat16")
    return ", ".join(said)
