"""Which part of every activation it takes to see some layers exactly on one part of the image.

Followed backwards through the network's own nodes, axis by axis: each node asks of its source just the positions that
its kernel reads. What lies beyond the part (the halo) is thus as wide as each layer needs and no wider, and only the
image's true borders are padded. No stride, reach or halo is a constant here.

An image that goes on from its other side has no border. Its windows lie on it as on an endless one: they may begin
before the first row or column, and end after the last. Only where a window goes all the way round, and every node has a
whole number of positions there, each activation is padded with its own other side, which comes to the same and spares
the halo.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from neuralart.networks.graph import IMAGE, Graph, Node, sources

Span = tuple[int, int]  # first position, first position no longer
ENDLESS = "endless"  # in place of a padding: the axis has no border


@dataclass(frozen=True)
class Region:
    """A rectangle of positions of one activation."""

    rows: Span
    columns: Span

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.columns[1] - self.columns[0], self.rows[1] - self.rows[0]

    def cut(self, inner: Region) -> tuple[slice, slice]:
        """Where `inner` lies within this region, as slices of rows and columns."""
        return (
            slice(inner.rows[0] - self.rows[0], inner.rows[1] - self.rows[0]),
            slice(inner.columns[0] - self.columns[0], inner.columns[1] - self.columns[0]),
        )


@dataclass(frozen=True)
class Look:
    """What one node reads: this region of its source, and so much padding (rows above, below, columns left, right)."""

    source: str
    region: Region
    padding: tuple[int, int, int, int]


@dataclass(frozen=True)
class Window:
    """The regions to be computed, by node, the image among them; and of each layer the positions that were asked for.

    A layer that has no position of its own in the part is missing from `own`. edges: what lies beyond the image's
    borders, above and below, and on the left and right: one of `PADDINGS`, or `ENDLESS`.
    """

    regions: Mapping[str, Region]
    own: Mapping[str, Region]
    sizes: Mapping[str, tuple[int, int]]
    edges: tuple[str, str] = ("zeros", "zeros")

    @property
    def pixels(self) -> Region:
        """The part of the image that has to be looked at."""
        return self.regions[IMAGE]

    def looks(self, node: Node) -> list[Look]:
        """What the node reads of each of its sources to compute its region."""
        region = self.regions[node.name]
        result = []
        for source in sources(node):
            width, height = self.sizes[source]
            rows, above, below = read(node, region.rows, height, self.edges[0])
            columns, left, right = read(node, region.columns, width, self.edges[1])
            result.append(Look(source, Region(rows, columns), (above, below, left, right)))
        return result


def window(architecture: Graph, layers: Iterable[str], size: tuple[int, int], part: Region) -> Window:
    """The window that sees these layers on their positions within `part` of an image of `size` (width, height).

    Parts that tile the image must begin on multiples of `architecture.step(layers)`; then every position of every
    layer belongs to exactly one of them.
    """
    layers = tuple(layers)
    plan = architecture.plan(layers)
    sizes, edges = architecture.sizes(plan, *size), edges_of(architecture, plan, size, part)
    own = {}
    for layer in layers:
        stride, (width, height) = architecture.stride(layer), sizes[layer]
        region = Region(positions(part.rows, stride, size[1], height), positions(part.columns, stride, size[0], width))
        if min(region.size) > 0:
            own[layer] = region
    needed = dict(own)
    for node in reversed(plan):
        if node.name in needed:
            region = needed[node.name]
            for source in sources(node):
                width, height = sizes[source]
                down, across = read(node, region.rows, height, edges[0]), read(node, region.columns, width, edges[1])
                reads = Region(down[0], across[0])
                needed[source] = hull(needed[source], reads) if source in needed else reads
    needed.setdefault(IMAGE, part)  # where no layer has a position in the part
    return Window(needed, own, sizes, edges)


def everything(architecture: Graph, layers: Iterable[str], size: tuple[int, int]) -> Window:
    """The window that is the whole image of `size` (width, height); also what no layer needs is computed."""
    layers, whole = tuple(layers), Region((0, size[1]), (0, size[0]))
    plan = architecture.plan(layers)
    edges = edges_of(architecture, plan, size, whole)
    if ENDLESS in edges:
        return window(architecture, layers, size, whole)
    sizes = architecture.sizes(plan, *size)
    regions = {name: Region((0, height), (0, width)) for name, (width, height) in sizes.items()}
    return Window(regions, {layer: regions[layer] for layer in layers}, sizes, edges)


def edges_of(architecture: Graph, plan: Sequence[Node], size: tuple[int, int], part: Region) -> tuple[str, str]:
    """What lies beyond the borders for a window on this part: above and below, and on the left and right."""
    if not any(architecture.wraps):
        return architecture.edges
    step = math.lcm(*architecture.strides(plan).values())
    goes_round = lambda span, length: span == (0, length) and length % step == 0
    kept = goes_round(part.rows, size[1]), goes_round(part.columns, size[0])
    rows, columns = (
        edge if keeps or not wraps else ENDLESS
        for edge, wraps, keeps in zip(architecture.edges, architecture.wraps, kept)
    )
    return rows, columns


def positions(pixels: Span, stride: int, length: int, count: int) -> Span:
    """The positions of a layer, of `count` along an axis of `length` pixels, that belong to a span of pixels."""
    last = count if pixels[1] >= length else min(count, pixels[1] // stride)
    return min(count, pixels[0] // stride), last


def read(node: Node, span: Span, length: int, edge: str = "zeros") -> tuple[Span, int, int]:
    """(span of the source, padding before it, padding after it) that a span of the node's positions reads.

    length: of the source along that axis. edge: what lies beyond its ends, see `Window`.
    """
    kernel, stride, pad = getattr(node, "kernel", 1), getattr(node, "stride", 1), getattr(node, "pad", 0)
    first, last = span[0] * stride - pad, (span[1] - 1) * stride - pad + kernel
    if edge == ENDLESS:
        return (first, last), 0, 0
    return (max(0, first), min(length, last)), max(0, -first), max(0, last - length)


def hull(one: Region, other: Region) -> Region:
    """The smallest region that holds both."""
    join = lambda a, b: (min(a[0], b[0]), max(a[1], b[1]))
    return Region(join(one.rows, other.rows), join(one.columns, other.columns))
