"""A forward pass of a network that keeps just what the backward pass to the pixels needs.

Requested features are kept in full, and so are, in half precision, the activations of ReLUs. In other precisions, only
a mask of where a ReLU is above zero is kept, one byte instead of four. Nothing else is kept. The backward pass frees
everything as soon as it has been used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

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
    """Evaluate `pixels`, the window's part of the image, and return the layers' features at their own positions.

    Without a trace, activations are freed as soon as no later node needs them, and the features are differentiable.
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
    """What the backward pass needs; it gives one gradient."""

    def __init__(self, network_weights: nodes.Weights, pooling: str, layers: Iterable[str], window: Window) -> None:
        self.weights, self.pooling, self.window = network_weights, pooling, window
        self.layers = set(layers)
        self._steps: list[tuple[Node, list[torch.Tensor], torch.Tensor | None]] = []
        self.features: dict[str, torch.Tensor] = {}

    def remember(self, node: Node, inputs: list[torch.Tensor], value: torch.Tensor) -> None:
        """Keep what the backward pass of a node will need."""
        if not nodes.looks_back(node, self.pooling):
            # Only their shapes are needed, so they need no memory.
            inputs = [torch.empty_like(x, device="meta") for x in inputs]
        bent = None
        if isinstance(node, Conv) and node.relu:
            # After a ReLU, "not 0" means "above 0", and takes half the time to compute.
            bent = value if node.name in self.layers or keeps_numbers(value.dtype) else value.bool()
        self._steps.append((node, inputs, bent))

    def gradient(self, pulls: Mapping[str, Pull]) -> torch.Tensor:
        """Return the gradient on the pixels [1, 3, h, w] of the window; see `Trace`."""
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
            given = [x if x.device == gradient.device else _hollow(x.shape, gradient) for x in inputs]
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
        """Add a gradient on part of an activation to what has arrived there; the gradient may be overwritten."""
        whole = self.window.regions[name]
        if name in arriving:
            cut(arriving[name], whole, part).add_(gradient)
        else:
            arriving[name] = _placed(gradient, whole, part)


def keeps_numbers(dtype: torch.dtype) -> bool:
    """Whether a ReLU's activation itself is kept: in half precision a mask is half as large, but far slower."""
    return dtype.itemsize <= 2


def cut(value: torch.Tensor, region: Region, inner: Region) -> torch.Tensor:
    """Return the part `inner` of an activation that covers `region`; itself if both are the same."""
    if inner == region:
        return value
    rows, columns = region.cut(inner)
    return value[:, :, rows, columns]


def _placed(gradient: torch.Tensor, region: Region, inner: Region) -> torch.Tensor:
    """Return the gradient on an activation that covers `region` from that on its part `inner`, the inverse of `cut`."""
    if inner == region:
        return gradient
    rows, columns = region.cut(inner)
    result = _hollow((1, gradient.shape[1], *region.size[::-1]), gradient)
    for margin in (slice(rows.start), slice(rows.stop, None)):
        result[:, :, margin] = 0
    for margin in (slice(columns.start), slice(columns.stop, None)):
        result[:, :, rows, margin] = 0
    result[:, :, rows, columns] = gradient
    return result


def _hollow(shape: Sequence[int], like: torch.Tensor) -> torch.Tensor:
    """Return an uninitialised tensor of this shape."""
    return torch.empty(shape, dtype=like.dtype, device=like.device, memory_format=torch.channels_last)
