"""The parts of all activations that are needed to compute some layers exactly on one part of the image.

They are traced backwards through the network's nodes, axis by axis: each node needs exactly the positions of its source
that its kernel reads. The halo around the part is therefore exactly as wide as each layer needs, and only the image's
true borders are padded. No stride, reach or halo is a constant here.

An image that wraps around has no border. Its windows may begin before the first row or column and end after the last,
as on an endless image. Only if a window covers a whole axis, and every node has a whole number of positions on it, is
each activation padded with its own opposite side instead, which gives the same result without a halo.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from neuralart.networks.graph import IMAGE, Graph, Node, sources

Span = tuple[int, int]  # first position, position after the last
ENDLESS = "endless"  # in place of a padding, if the axis has no border


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
        """Return the place of `inner` in this region, as slices of rows and columns."""
        return (
            slice(inner.rows[0] - self.rows[0], inner.rows[1] - self.rows[0]),
            slice(inner.columns[0] - self.columns[0], inner.columns[1] - self.columns[0]),
        )


@dataclass(frozen=True)
class Look:
    """What a node reads: a region of its source, and padding (rows above, below, columns left, right)."""

    source: str
    region: Region
    padding: tuple[int, int, int, int]


@dataclass(frozen=True)
class Window:
    """What has to be computed for a part of the image.

    Attributes:
        regions: The region to compute of every node, and of the image.
        own: The positions of each layer that belong to the part; layers without any are missing.
        sizes: (width, height) of every whole activation.
        edges: What lies beyond the image's borders, above and below, and left and right: one of `PADDINGS`, or
            `ENDLESS`.
    """

    regions: Mapping[str, Region]
    own: Mapping[str, Region]
    sizes: Mapping[str, tuple[int, int]]
    edges: tuple[str, str] = ("zeros", "zeros")

    @property
    def pixels(self) -> Region:
        """The part of the image that is needed."""
        return self.regions[IMAGE]

    def looks(self, node: Node) -> list[Look]:
        """Return what the node reads of each of its sources to compute its region."""
        region = self.regions[node.name]
        result = []
        for source in sources(node):
            width, height = self.sizes[source]
            rows, above, below = read(node, region.rows, height, self.edges[0])
            columns, left, right = read(node, region.columns, width, self.edges[1])
            result.append(Look(source, Region(rows, columns), (above, below, left, right)))
        return result


def window(architecture: Graph, layers: Iterable[str], size: tuple[int, int], part: Region) -> Window:
    """Return the window for these layers' positions within `part` of an image of `size` (width, height).

    Parts that tile the image must begin on multiples of `architecture.step(layers)`; every position of every layer then
    belongs to exactly one of them.
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
    needed.setdefault(IMAGE, part)  # if no layer has a position in the part
    return Window(needed, own, sizes, edges)


def everything(architecture: Graph, layers: Iterable[str], size: tuple[int, int]) -> Window:
    """Return the window for the whole image of `size` (width, height), with all positions, even if unneeded."""
    layers, whole = tuple(layers), Region((0, size[1]), (0, size[0]))
    plan = architecture.plan(layers)
    edges = edges_of(architecture, plan, size, whole)
    if ENDLESS in edges:
        return window(architecture, layers, size, whole)
    sizes = architecture.sizes(plan, *size)
    regions = {name: Region((0, height), (0, width)) for name, (width, height) in sizes.items()}
    return Window(regions, {layer: regions[layer] for layer in layers}, sizes, edges)


def edges_of(architecture: Graph, plan: Sequence[Node], size: tuple[int, int], part: Region) -> tuple[str, str]:
    """Return what lies beyond the borders for a window on this part: above and below, and left and right."""
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
    """Return which of a layer's `count` positions along an axis of `length` pixels belong to a span of pixels."""
    last = count if pixels[1] >= length else min(count, pixels[1] // stride)
    return min(count, pixels[0] // stride), last


def read(node: Node, span: Span, length: int, edge: str = "zeros") -> tuple[Span, int, int]:
    """Return (span of the source, padding before, padding after) that a span of the node's positions reads.

    Args:
        node: The node.
        span: Positions of the node.
        length: The length of the source along the axis.
        edge: What lies beyond its ends, see `Window`.
    """
    kernel, stride, pad = getattr(node, "kernel", 1), getattr(node, "stride", 1), getattr(node, "pad", 0)
    first, last = span[0] * stride - pad, (span[1] - 1) * stride - pad + kernel
    if edge == ENDLESS:
        return (first, last), 0, 0
    return (max(0, first), min(length, last)), max(0, -first), max(0, last - length)


def hull(one: Region, other: Region) -> Region:
    """Return the smallest region that contains both."""
    join = lambda a, b: (min(a[0], b[0]), max(a[1], b[1]))
    return Region(join(one.rows, other.rows), join(one.columns, other.columns))
