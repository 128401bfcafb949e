"""What an evaluation will need, in bytes, found out beforehand by arithmetic alone.

The network's plan is walked exactly as `networks/trace.py` walks it, forwards and backwards, and a ledger is kept of
what lies in memory at every moment; the peak is what has to fit. `benchmarks/memory.py` compares it with measurements.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from neuralart.losses.products import band_of
from neuralart.networks.graph import IMAGE, Conv, Graph, Lrn, Node, Pool, sources
from neuralart.networks.nodes import looks_back
from neuralart.networks.window import Region, Window
from neuralart.objective.division import Division


@dataclass(frozen=True)
class Work:
    """What is looked at, and in how many bytes.

    number: bytes of one feature, in the network's precision; pixel: of one channel of a pixel. on_gpu: whether memory
    that is set aside but never written to counts, as it does on GPUs.
    """

    architecture: Graph
    style_layers: tuple[str, ...]
    content_layers: tuple[str, ...]
    number: int = 4
    pixel: int = 4
    pooling: str = "average"
    on_gpu: bool = False

    @property
    def layers(self) -> tuple[str, ...]:
        """All layers that are looked at."""
        return tuple(dict.fromkeys([*self.style_layers, *self.content_layers]))

    @cached_property
    def channels(self) -> dict[str, int]:
        """Of every node's activation."""
        return self.architecture.channels()

    def division(self, size: tuple[int, int], tile: int | None) -> Division:
        """An image of `size` (width, height) as this work sees it; tile None for whole."""
        return Division(self.architecture, self.layers, size, tile)


class Ledger:
    """What lies in memory, by name, and the most that ever did; bytes."""

    def __init__(self) -> None:
        self.held: dict[str, int] = {}
        self.peak = 0

    def take(self, name: str, amount: int) -> None:
        self.held[name] = self.held.get(name, 0) + amount
        self.touch(0)

    def give(self, name: str) -> int:
        return self.held.pop(name, 0)

    def touch(self, amount: int) -> None:
        """Something taken and given back at once."""
        self.peak = max(self.peak, sum(self.held.values()) + amount)


def evaluation(work: Work, division: Division) -> int:
    """The peak of one evaluation of the whole division: of its most demanding part, there and back."""
    return max((_there_and_back(work, division.window(part)) for part in telling(division)), default=0)


def looking(work: Work, division: Division) -> int:
    """The peak of a pass that only looks, as for Gram matrices: of the most demanding part."""
    return max(
        (_there(work, division.window(part), Ledger(), traced=False).peak for part in telling(division)), default=0
    )


def telling(division: Division) -> list[int]:
    """Parts such that every other is as one of them: corners, edges and middle."""
    columns = len({part.columns for part in division.parts})
    rows = len(division.parts) // columns
    of = lambda count: sorted({0, count // 2, count - 1})
    return [row * columns + column for row in of(rows) for column in of(columns)]


def kept(work: Work, size: tuple[int, int]) -> int:
    """Bytes of the content's features, kept for as long as a scale is painted."""
    channels = work.channels
    return sum(
        work.number * channels[layer] * math.prod(work.architecture.size(layer, *size)) for layer in work.content_layers
    )


def multiplications(work: Work, division: Division) -> float:
    """Multiply-adds of one evaluation. Taking a gradient back costs what looking does; tiles are looked at twice."""
    passes = 2 if len(division.parts) == 1 else 3
    kernels = work.architecture.kernels()
    plan = [node for node in work.architecture.plan(work.layers) if isinstance(node, Conv)]
    parts = telling(division)
    found = 0.0
    for part in parts:
        regions = division.window(part).regions
        here = sum(math.prod(kernels[node.name]) * _pixels(regions[node.name]) for node in plan if node.name in regions)
        # Most parts are inner ones, and of these one is asked for all.
        found = max(found, here)
    return passes * found * len(division.parts)


def _there_and_back(work: Work, window: Window) -> int:
    ledger = _there(work, window, Ledger(), traced=True)
    _back(work, window, ledger)
    return ledger.peak


def _there(work: Work, window: Window, ledger: Ledger, *, traced: bool) -> Ledger:
    """Forwards, as `trace.run` goes; what a trace remembers stays in the ledger."""
    plan = [node for node in work.architecture.plan(work.layers) if node.name in window.regions]
    last_use = {source: node.name for node in plan for source in sources(node)}
    amount = _amounts(work, window)
    lasting = {*work.layers, *_lasting(work, plan)} if traced else set(work.layers)
    ledger.take(IMAGE, amount[IMAGE])
    ledger.touch(2 * _pixels(window.pixels) * 3 * work.pixel)
    for node in plan:
        ledger.take(node.name, amount[node.name])
        ledger.touch(_copies(work, window, node) + _room(work, node, amount))
        if traced:
            if isinstance(node, Conv) and node.relu and node.name not in lasting:
                ledger.take(f"{node.name} > 0", amount[node.name] // work.number)
            if looks_back(node, work.pooling):
                # The numbers of its inputs are needed again: they live on, whoever else lets go of them.
                for source in sources(node):
                    ledger.take(f"{node.name} < {source}", 0 if source in lasting else amount[source])
        for source in set(sources(node)):
            if last_use[source] == node.name and source not in lasting:
                ledger.give(source)
    for layer, own in window.own.items():
        ledger.touch(_statistic(work, layer, own, cut=own != window.regions[layer]))
    return ledger


def _back(work: Work, window: Window, ledger: Ledger) -> None:
    """Backwards, as `Trace.gradient` goes."""
    amount, channels = _amounts(work, window), work.channels
    arriving: set[str] = set()
    for node in reversed([node for node in work.architecture.plan(work.layers) if node.name in window.regions]):
        name, arrived = node.name, f"d {node.name}"
        if name in window.own:
            own = work.number * channels[name] * _pixels(window.own[name])
            ledger.touch(2 * own + _statistic(work, name, window.own[name], cut=own != amount[name]))
            if own != amount[name] or name in arriving:
                ledger.touch(own + (0 if name in arriving else amount[name]))
            if name not in arriving:
                ledger.take(arrived, amount[name])
                arriving.add(name)
        if name not in arriving:
            ledger.give(name)
            continue
        given = sum(amount[source] for source in sources(node))
        hollow = given if work.on_gpu and not looks_back(node, work.pooling) else 0
        ledger.give(f"{name} > 0")
        ledger.give(name)
        ledger.touch(given + hollow + _copies(work, window, node) + _room(work, node, amount, back=True))
        ledger.give(arrived)
        for source in sources(node):
            ledger.give(f"{name} < {source}")
            if source not in arriving:
                ledger.take(f"d {source}", amount[source])
                arriving.add(source)
    ledger.touch(_pixels(window.pixels) * 3 * work.pixel)


def _lasting(work: Work, plan: Iterable[Node]) -> Iterator[str]:
    """The activations that a trace remembers themselves, see `trace.keeps_numbers`."""
    return (node.name for node in plan if isinstance(node, Conv) and node.relu and work.number <= 2)


def _amounts(work: Work, window: Window) -> dict[str, int]:
    """Bytes of every activation of the window."""
    channels = work.channels
    return {name: work.number * channels[name] * _pixels(region) for name, region in window.regions.items()}


def _pixels(region: Region) -> int:
    return math.prod(region.size)


def _copies(work: Work, window: Window, node: Node) -> int:
    """What is copied of the inputs before the node can work on them: parts, and borders that are alike on one side."""
    channels, found = work.channels, 0
    for look in window.looks(node):
        above, below, left, right = look.padding
        if isinstance(node, Conv | Pool) and (
            look.region != window.regions[look.source] or above != below or left != right
        ):
            found += work.number * channels[look.source] * _pixels(look.region)
    return found


def _room(work: Work, node: Node, amount: Mapping[str, int], *, back: bool = False) -> int:
    """What a node's own arithmetic needs beside its inputs and its result."""
    if isinstance(node, Lrn):
        return (9 if back else 3) * amount[node.name]
    if isinstance(node, Pool) and work.pooling == "max":
        return (1 + 8 // work.number) * amount[node.name]  # positions of the largest, eight bytes each
    if isinstance(node, Conv) and back and work.number == 2 and not work.on_gpu:
        return 2 * amount[node.source]  # the CPU sums up in float32
    if isinstance(node, Conv) and node.kernel > 1 and work.number == 8 and not work.on_gpu:
        # In float64 the CPU multiplies matrices: every position's neighbourhood, spread out.
        return node.kernel**2 * amount[node.source] // node.stride**2
    return 0


def _statistic(work: Work, layer: str, own: Region, *, cut: bool) -> int:
    """What it takes to sum up a layer's features: bands for Gram matrices, differences for content."""
    numbers = work.channels[layer] * _pixels(own)
    wide = max(4, work.number)
    # A band is worked on as it lies, where it lies in one piece and in float32.
    copies = 2 if cut or work.number == 2 else 1
    found = copies * wide * min(band_of(on_gpu=work.on_gpu), numbers) if layer in work.style_layers else 0
    return max(found, (2 * wide + work.number) * numbers if layer in work.content_layers else 0)
