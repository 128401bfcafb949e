"""One look of a network, remembered just well enough to take a gradient back to the pixels.

Features that somebody asked for stay whole, and so does, in half precision, what a ReLU lets through; else only where
it was above zero stays, one byte instead of four; of the rest nothing. Taken back, each is let go once it was used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch

from neuralart.networks import nodes
from neuralart.networks.graph import IMAGE, Conv, Node, sources
from neuralart.networks.network import Pull
from neuralart.networks.window import Region, Window


def run(
    plan: Iterable[Node],
    layers: Iterable[str],
    window: Window,
    pixels: torch.Tensor,
    weights: nodes.Weights,
    pooling: str,
    trace: GraphTrace | None = None,
) -> dict[str, torch.Tensor]:
    """Look at `pixels`, the window's part of the image; the layers' features on their own part of it.

    Without a trace, what nobody will look at again is let go at once, and the features are differentiable.
    """
    plan = [node for node in plan if node.name in window.regions]
    last_use = {source: node.name for node in plan for source in sources(node)}
    values = {IMAGE: pixels}
    for node in plan:
        looks, region = window.looks(node), window.regions[node.name]
        inputs = [cut(values[look.source], window.regions[look.source], look.region) for look in looks]
        count = region.size[::-1]
        border = nodes.Border(looks[0].padding, window.edges)
        values[node.name] = nodes.forward(node, inputs, border, count, weights, pooling)
        if trace is not None:
            trace.remember(node, inputs, values[node.name])
        for source in set(sources(node)):
            if last_use[source] == node.name and source not in layers:
                del values[source]
    return {layer: cut(values[layer], window.regions[layer], own) for layer, own in window.own.items()}


class GraphTrace:
    """What it takes to go back; good for one gradient."""

    def __init__(self, network_weights: nodes.Weights, pooling: str, layers: Iterable[str], window: Window) -> None:
        self.weights, self.pooling, self.window = network_weights, pooling, window
        self.layers = set(layers)
        self._steps: list[tuple[Node, list[torch.Tensor], torch.Tensor | None]] = []
        self.features: dict[str, torch.Tensor] = {}

    def remember(self, node: Node, inputs: list[torch.Tensor], value: torch.Tensor) -> None:
        """Keep of a node what its way back will need."""
        if not nodes.looks_back(node, self.pooling):
            # Their shapes count, not their numbers: memory that is never written to takes no room on the CPU.
            inputs = [torch.empty_like(x, device="meta") for x in inputs]
        bent = None
        if isinstance(node, Conv) and node.relu:
            # After a ReLU not 0 is above 0, and found in half the time.
            bent = value if node.name in self.layers or keeps_numbers(value.dtype) else value.bool()
        self._steps.append((node, inputs, bent))

    def gradient(self, pulls: Mapping[str, Pull]) -> torch.Tensor:
        """The gradient on the pixels [1, 3, h, w] of the window, from the gradients on features.

        pulls: by layer, the layer's features on its own part -> the gradient on them.
        """
        arriving: dict[str, torch.Tensor] = {}
        while self._steps:
            node, inputs, bent = self._steps.pop()
            name = node.name
            if name in pulls and name in self.features:
                self._arrive(arriving, name, self.window.own[name], pulls[name](self.features.pop(name)))
            if name not in arriving:
                continue
            gradient = arriving.pop(name)
            if bent is not None:
                gradient, bent = nodes.unbend(gradient, bent), None
            looks = self.window.looks(node)
            given = [x if x.device == gradient.device else _hollow(x, gradient) for x in inputs]
            border = nodes.Border(looks[0].padding, self.window.edges)
            back = nodes.backward(node, gradient, given, border, self.weights, self.pooling)
            del gradient, inputs, given
            for look, part in zip(looks, back):
                self._arrive(arriving, look.source, look.region, part)
        if IMAGE not in arriving:
            some = next(iter(self.weights.values()))
            return some.new_zeros(1, 3, *self.window.pixels.size[::-1])
        return arriving[IMAGE]

    def _arrive(self, arriving: dict[str, torch.Tensor], name: str, part: Region, gradient: torch.Tensor) -> None:
        """Add a gradient on part of an activation to what has arrived there; it is ours, and changed in place."""
        whole = self.window.regions[name]
        if name not in arriving:
            if part == whole:
                arriving[name] = gradient
                return
            shape = (1, gradient.shape[1], *whole.size[::-1])
            arriving[name] = gradient.new_zeros(shape).contiguous(memory_format=torch.channels_last)
        cut(arriving[name], whole, part).add_(gradient)


def keeps_numbers(dtype: torch.dtype) -> bool:
    """Whether a ReLU's activation is remembered itself: in half precision a mask is half as large, but far slower."""
    return dtype.itemsize <= 2


def cut(value: torch.Tensor, region: Region, inner: Region) -> torch.Tensor:
    """The part `inner` of an activation known on `region`; itself where they are the same."""
    if inner == region:
        return value
    rows, columns = region.cut(inner)
    return value[:, :, rows, columns]


def _hollow(shape: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """A tensor of that shape whose numbers mean nothing."""
    return torch.empty(shape.shape, dtype=like.dtype, device=like.device, memory_format=torch.channels_last)
