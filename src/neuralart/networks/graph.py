"""The architecture of our own networks, without weights: image -> named activations, written as a list of nodes.

Everything that is known about a network without numbers follows from this list: the convolutions that a file of weights
must contain, each layer's stride and reach, the smallest image it accepts, its cost. This module does not import torch,
so that options can be declared with these names and facts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuralart.errors import OptionError, suggest

if TYPE_CHECKING:
    from neuralart.networks.window import Region, Window

IMAGE = "image"
PADDINGS = ("zeros", "reflect", "replicate", "circular")  # what lies beyond an edge, see edges.py


@dataclass(frozen=True)
class Conv:
    """A convolution with bias; its activation is that after the ReLU, if it has one."""

    name: str
    source: str
    channels: int
    kernel: int = 3
    stride: int = 1
    pad: int = 1
    relu: bool = True


@dataclass(frozen=True)
class Pool:
    """Pooling in floor mode; average pooling counts the padding, as in Torch7. The user chooses the kind of pooling."""

    name: str
    source: str
    kernel: int = 2
    stride: int = 2
    pad: int = 0


@dataclass(frozen=True)
class Lrn:
    """Local response normalisation across channels: x / (k + alpha/size * sum of squares) ** beta."""

    name: str
    source: str
    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0


@dataclass(frozen=True)
class Concat:
    """The channels of several nodes, one after another."""

    name: str
    sources: tuple[str, ...]


Node = Conv | Pool | Lrn | Concat


@dataclass(frozen=True)
class Graph:
    """An `Architecture`: a network's nodes in order of evaluation, its pixels and its layers.

    Attributes:
        name: The name of the network.
        nodes: The nodes in order of evaluation.
        order: The channels that the first layer expects, "RGB" or "BGR".
        mean: The colour (red, green, blue) that is subtracted from sRGB pixels, 0..255.
        style_layers: The default layers for the style.
        content_layers: The default layers for the content.
        summary: One line for the reference page.
    """

    name: str
    nodes: tuple[Node, ...]
    order: str
    mean: tuple[float, float, float]  # red, green, blue
    style_layers: tuple[str, ...]
    content_layers: tuple[str, ...]
    summary: str
    normalised: bool = False
    """Whether the network's filters should be rescaled to mean activation 1; see `normalise`."""
    edges: tuple[str, str] = ("zeros", "zeros")
    """The padding of an image and its activations, from `PADDINGS`: above and below, and left and right."""

    @property
    def wraps(self) -> tuple[bool, bool]:
        """Whether an image wraps around: above and below, and left and right."""
        return self.edges[0] == "circular", self.edges[1] == "circular"

    @property
    def layers(self) -> tuple[str, ...]:
        """The names that `--style-layers` and `--content-layers` accept: activations, not poolings."""
        return tuple(node.name for node in self.nodes if isinstance(node, Conv | Concat))

    def kernels(self) -> dict[str, tuple[int, int, int, int]]:
        """Return the convolutions in order, with the shape of their weights [out, in, height, width]."""
        channels, shapes = self.channels(), {}
        for node in self.nodes:
            if isinstance(node, Conv):
                shapes[node.name] = (node.channels, channels[node.source], node.kernel, node.kernel)
        return shapes

    def channels(self) -> dict[str, int]:
        """Return the channels of every node's activation."""
        channels = {IMAGE: 3}
        for node in self.nodes:
            if isinstance(node, Conv):
                channels[node.name] = node.channels
            else:
                channels[node.name] = sum(channels[source] for source in sources(node))
        return channels

    def plan(self, layers: Iterable[str]) -> tuple[Node, ...]:
        """Return the nodes that have to be evaluated for these layers, in order."""
        needed = set(layers)
        chosen = []
        for node in reversed(self.nodes):
            if node.name in needed:
                chosen.append(node)
                needed.update(sources(node))
        return tuple(reversed(chosen))

    def linear(self, layer: str) -> str | None:
        """Return the layer of which this one is a linear map, position by position; None if it is not linear."""
        node = next(node for node in self.nodes if node.name == layer)
        if not isinstance(node, Conv) or node.relu or (node.kernel, node.stride, node.pad) != (1, 1, 0):
            return None
        return node.source if node.source != IMAGE else None

    def stride(self, layer: str) -> int:
        """Return the pixels of the image from one position of the layer to the next."""
        return self.strides(self.plan([layer]))[layer]

    @staticmethod
    def strides(plan: Iterable[Node]) -> dict[str, int]:
        """Return the stride of every node of a plan, and of the image itself."""
        strides = {IMAGE: 1}
        for node in plan:
            strides[node.name] = strides[sources(node)[0]] * getattr(node, "stride", 1)
        return strides

    def reach(self, layer: str) -> int:
        """Return how many pixels beyond a position's own cell of the image can influence it, on the wider side.

        The cell of position i is [i*stride, (i+1)*stride). Features computed from a part of the image are exact if that
        part extends at least this far beyond the cell, or to the image's true border.
        """
        before, after = {IMAGE: 0}, {IMAGE: 1}  # the pixels before position 0 that it sees, and the end of those after
        strides = {IMAGE: 1}
        for node in self.plan([layer]):
            kernel, pad = getattr(node, "kernel", 1), getattr(node, "pad", 0)
            step = strides[sources(node)[0]]
            before[node.name] = max(before[s] + pad * step for s in sources(node))
            after[node.name] = max(after[s] + (kernel - 1 - pad) * step for s in sources(node))
            strides[node.name] = step * getattr(node, "stride", 1)
        return max(before[layer], after[layer] - strides[layer])

    def step(self, layers: Iterable[str]) -> int:
        """Return the pixels on whose multiples parts of an image must begin to share no position of these layers."""
        return math.lcm(*(self.stride(layer) for layer in layers))

    def size(self, layer: str, width: int, height: int) -> tuple[int, int]:
        """Return (width, height) of the layer's activation for an image of this size; 0 if the image is too small."""
        return self.sizes(self.plan([layer]), width, height)[layer]

    def sizes(self, plan: Iterable[Node], width: int, height: int) -> dict[str, tuple[int, int]]:
        """Return (width, height) of the activation of every node of a plan, and of the image itself."""
        sizes, (down, across) = {IMAGE: (width, height)}, self.wraps
        for node in plan:
            w, h = sizes[sources(node)[0]]
            sizes[node.name] = (count(node, w, goes_round=across), count(node, h, goes_round=down))
        return sizes

    def smallest(self, layers: Iterable[str]) -> int:
        """Return the shortest side in pixels with which an image has all of these layers."""
        layers, side = list(layers), 1
        while any(0 in self.size(layer, side, side) for layer in layers):
            side += 1
        return side

    def multiplications(self, layers: Iterable[str]) -> float:
        """Return the multiply-adds per pixel of the image for one forward pass to these layers."""
        shapes = self.kernels()
        total = 0.0
        for node in self.plan(layers):
            if isinstance(node, Conv):
                out, into, kh, kw = shapes[node.name]
                total += out * into * kh * kw / self.stride(node.name) ** 2
        return total

    def check_layers(self, layers: Iterable[str]) -> tuple[str, ...]:
        """Return the layers by their own names, with aliases resolved.

        Raises:
            OptionError: For a layer that this network lacks, suggesting the nearest name.
        """
        aliases = self.aliases
        result = tuple(aliases.get(layer, layer) for layer in layers)
        for layer in result:
            if layer not in self.layers:
                raise OptionError(
                    f"network '{self.name}' has no layer '{layer}'{suggest(layer, [*self.layers, *aliases])}"
                    f" (it has {', '.join(self.layers)})"
                )
        return result

    @property
    def aliases(self) -> dict[str, str]:
        """Other names of layers: relu4_2, the name in Caffe and many papers, is conv4_2, which includes its ReLU."""
        numbered = re.compile(r"conv(\d+_\d+)")
        bent = [node.name for node in self.nodes if isinstance(node, Conv) and node.relu]
        return {f"relu{result[1]}": name for name in bent if (result := numbered.fullmatch(name))}

    def untileable(self, layers: Iterable[str]) -> str | None:
        """Return None: all our layers are exact in tiles."""
        return None

    # window.py imports this file, so these methods import it when they are called.

    def window(self, layers: Iterable[str], size: tuple[int, int], part: Region) -> Window:
        """Return what has to be computed for these layers' positions within `part` of an image of `size`."""
        from neuralart.networks import window

        return window.window(self, layers, size, part)

    def everything(self, layers: Iterable[str], size: tuple[int, int]) -> Window:
        """Return the window for the whole image of `size` (width, height)."""
        from neuralart.networks import window

        return window.everything(self, layers, size)


def count(node: Node, length: int, *, goes_round: bool) -> int:
    """Return the node's number of positions along an axis on which its source has `length`."""
    kernel, stride, pad = getattr(node, "kernel", 1), getattr(node, "stride", 1), getattr(node, "pad", 0)
    if goes_round:
        return length // stride  # whatever the kernel, since there are no edges
    return max(0, (length + 2 * pad - kernel) // stride + 1) if length else 0


def sources(node: Node) -> tuple[str, ...]:
    """Return the names of the node's inputs."""
    return node.sources if isinstance(node, Concat) else (node.source,)
