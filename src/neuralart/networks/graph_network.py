"""Our own kind of network: a graph of nodes with weights, and a hand-written backward pass.

The image is sRGB, [1, 3, H, W], 0 to 255. The network itself converts it to what the first layer expects (channel
order, mean), so that this cannot be forgotten or mismatched. Features are after the ReLU, [1, C, h, w].
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property

import torch

from neuralart.errors import OptionError
from neuralart.networks.edges import part_of
from neuralart.networks.graph import IMAGE, Conv, Graph
from neuralart.networks.network import Network
from neuralart.networks.trace import GraphTrace, run
from neuralart.networks.window import Window


class GraphNetwork(Network):
    """A graph with weights, on one device, in one precision.

    Weights are tensors keyed "<layer>.weight" [out, in, kh, kw] and "<layer>.bias" [out]. They may end early: a file
    with conv1_1 to conv3_4 makes a network with only these layers. If the network computes in a lower precision than
    that of the weights, they are stored in the lower one.
    """

    def __init__(
        self,
        architecture: Graph,
        weights: Mapping[str, torch.Tensor],
        *,
        pooling: str = "average",
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.architecture = architecture
        self.pooling = pooling
        self.device, self.dtype = torch.device(device), dtype
        # In the layout and precision that convolutions read, so that there is only one copy.
        self.weights = {
            key: _laid_out(value.to(self.device, _lower(value.dtype, dtype))) for key, value in weights.items()
        }
        self._first = {n.name for n in architecture.nodes if isinstance(n, Conv) and n.source == IMAGE}
        mean = torch.tensor(architecture.mean, dtype=torch.float64).view(1, 3, 1, 1)
        self._mean = mean.to(self.device, self.pixel_dtype)

    @cached_property
    def _prepared(self) -> dict[str, torch.Tensor]:
        # This is a second copy only if the network computes in a higher precision than that of its weights.
        return {key: self._prepare(key, value) for key, value in self.weights.items()}

    def _prepare(self, key: str, value: torch.Tensor) -> torch.Tensor:
        # Reorder the first convolution to RGB once, instead of every image to BGR.
        if self.architecture.order == "BGR" and key.removesuffix(".weight") in self._first:
            value = value.flip(1)
        return _laid_out(value.to(self.dtype))

    def features(
        self, image: torch.Tensor, layers: Iterable[str], window: Window | None = None, top: int = 0
    ) -> dict[str, torch.Tensor]:
        """Return the features of these layers; see `Network`."""
        named = dict(zip(layers := tuple(layers), self.check(layers)))
        result = self._look(image, tuple(named.values()), window, top)
        return {layer: result[own] for layer, own in named.items() if own in result}

    def trace(
        self, image: torch.Tensor, layers: Iterable[str], window: Window | None = None, top: int = 0
    ) -> GraphTrace:
        """Return the same features, in `trace.features`, with what the backward pass needs; see `Network`."""
        layers = self.check(layers)
        window = window or self.architecture.everything(layers, (image.shape[3], image.shape[2]))
        trace = GraphTrace(self._prepared, self.pooling, layers, window)
        with torch.no_grad():
            trace.features = self._look(image, layers, window, top, trace)
        return trace

    def _look(
        self,
        image: torch.Tensor,
        layers: tuple[str, ...],
        window: Window | None,
        top: int,
        trace: GraphTrace | None = None,
    ) -> dict[str, torch.Tensor]:
        window = window or self.architecture.everything(layers, (image.shape[3], image.shape[2]))
        rows, columns = window.pixels.rows, window.pixels.columns
        pixels = self.centred(part_of(image, (rows[0] - top, rows[1] - top), columns))
        pixels = pixels.to(self.device, self.dtype).contiguous(memory_format=torch.channels_last)
        return run(self.architecture.plan(layers), layers, window, pixels, self._prepared, self.pooling, trace)

    def centred(self, image: torch.Tensor) -> torch.Tensor:
        """Return the image minus the network's mean colour, rounded to float32 (or float64 if the network uses it)."""
        return (image - self._mean.to(image)).to(self._mean.dtype)

    def matrix(self, layer: str) -> torch.Tensor:
        """Return the weights of a linear layer (`Graph.linear`) with the bias as last column, [K, C + 1]."""
        weight, bias = self.weights[f"{layer}.weight"], self.weights[f"{layer}.bias"]
        return torch.cat([weight.flatten(1), bias[:, None]], dim=1).to(self.pixel_dtype)

    def check(self, layers: Iterable[str]) -> tuple[str, ...]:
        """Return the layers by their own names. Raises OptionError if the architecture or the weights lack one."""
        layers = self.architecture.check_layers(layers)
        for layer in layers:
            if lacking := self._lacking(layer):
                here = [name for name in self.architecture.layers if not self._lacking(name)]
                raise OptionError(
                    f"these weights of '{self.architecture.name}' do not reach layer '{layer}': '{lacking}' is"
                    f" missing; choose among {', '.join(here)} with --style-layers and --content-layers,"
                    " or give a complete file with --weights"
                )
        return layers

    def _lacking(self, layer: str) -> str | None:
        """Return the first convolution on the way to this layer that the weights lack."""
        plan = self.architecture.plan([layer])
        return next((n.name for n in plan if isinstance(n, Conv) and f"{n.name}.weight" not in self.weights), None)

    def to(self, device: torch.device | str, dtype: torch.dtype) -> GraphNetwork:
        """Return the network on another device or in another precision; itself if nothing changes."""
        if (torch.device(device), dtype) == (self.device, self.dtype):
            return self
        return GraphNetwork(self.architecture, self.weights, pooling=self.pooling, device=device, dtype=dtype)

    def padded(self, padding: str) -> GraphNetwork:
        """Return the network with this padding, one of `PADDINGS`, beyond the edges of images."""
        return self._edged((padding, padding))

    def wrapped(self, axes: str) -> GraphNetwork:
        """Return the network for seamless pictures; see `Network`."""
        rows, columns = self.architecture.edges
        return self._edged(("circular" if axes != "x" else rows, "circular" if axes != "y" else columns))

    def _edged(self, edges: tuple[str, str]) -> GraphNetwork:
        result = copy.copy(self)
        result.architecture = replace(self.architecture, edges=edges)
        result.__dict__["_prepared"] = self._prepared  # share one copy between both networks
        return result

    def with_weights(self, weights: Mapping[str, torch.Tensor]) -> GraphNetwork:
        """Return the same architecture, device and precision with other weights."""
        return GraphNetwork(self.architecture, weights, pooling=self.pooling, device=self.device, dtype=self.dtype)


def _lower(one: torch.dtype, other: torch.dtype) -> torch.dtype:
    return one if one.itemsize < other.itemsize else other


def _laid_out(weight: torch.Tensor) -> torch.Tensor:
    return weight.contiguous(memory_format=torch.channels_last) if weight.ndim == 4 else weight
