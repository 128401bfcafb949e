"""Our own kind of network: a graph of nodes filled with weights, with a way back that is written out.

The image is sRGB, [1, 3, H, W], 0 to 255; what the first layer expects (channel order, mean) is done here, so that it
cannot be forgotten or mismatched. Features are after the ReLU, [1, C, h, w].
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
    """A graph filled with weights, on one device, in one precision.

    Weights are tensors keyed "<layer>.weight" [out, in, kh, kw] and "<layer>.bias" [out]. They may end early: a file
    that holds conv1_1 to conv3_4 makes a network that knows just these layers. Where the network computes in less than
    they came in, they are kept in less.
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
        # Laid out and rounded as convolutions read them, so that there is one copy of them.
        self.weights = {
            key: _laid_out(value.to(self.device, _lower(value.dtype, dtype))) for key, value in weights.items()
        }
        self._first = {n.name for n in architecture.nodes if isinstance(n, Conv) and n.source == IMAGE}
        mean = torch.tensor(architecture.mean, dtype=torch.float64).view(1, 3, 1, 1)
        self._mean = mean.to(self.device, self.pixel_dtype)

    @cached_property
    def _prepared(self) -> dict[str, torch.Tensor]:
        # A second copy only where a network computes in more than its weights came in.
        return {key: self._prepare(key, value) for key, value in self.weights.items()}

    def _prepare(self, key: str, value: torch.Tensor) -> torch.Tensor:
        # The first convolution is turned round to RGB once, instead of every image to BGR.
        if self.architecture.order == "BGR" and key.removesuffix(".weight") in self._first:
            value = value.flip(1)
        return _laid_out(value.to(self.dtype))

    def features(
        self, image: torch.Tensor, layers: Iterable[str], window: Window | None = None, top: int = 0
    ) -> dict[str, torch.Tensor]:
        """The features of these layers, [1, C, h, w] each, of an image [1, 3, H, W], sRGB, 0..255; differentiable.

        With a window, only its part of the image is looked at, and of every layer only the positions that belong to it
        are returned; layers that have none are missing; `top` is then the row of the image with which what is given of
        it begins. A layer may go by an alias. Raises OptionError for a layer that the architecture or the weights lack.
        """
        named = dict(zip(layers := tuple(layers), self.check(layers)))
        result = self._look(image, tuple(named.values()), window, top)
        return {layer: result[own] for layer, own in named.items() if own in result}

    def trace(
        self, image: torch.Tensor, layers: Iterable[str], window: Window | None = None, top: int = 0
    ) -> GraphTrace:
        """The same features, in `trace.features`, with what it takes to go back from them to the pixels."""
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
        """The image minus the network's mean colour, rounded to float32 (float64 where the network has it)."""
        return (image - self._mean.to(image)).to(self._mean.dtype)

    def matrix(self, layer: str) -> torch.Tensor:
        """Of a layer that is linear (`Graph.linear`) its weights, with the bias as last column, [K, C + 1]."""
        weight, bias = self.weights[f"{layer}.weight"], self.weights[f"{layer}.bias"]
        return torch.cat([weight.flatten(1), bias[:, None]], dim=1).to(self.pixel_dtype)

    def check(self, layers: Iterable[str]) -> tuple[str, ...]:
        """The layers by their own names. Raises OptionError for one that the architecture or the weights lack."""
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
        """The first convolution on the way to this layer that the weights lack."""
        plan = self.architecture.plan([layer])
        return next((n.name for n in plan if isinstance(n, Conv) and f"{n.name}.weight" not in self.weights), None)

    def to(self, device: torch.device | str, dtype: torch.dtype) -> GraphNetwork:
        """The same network on another device or in another precision; itself where it is there already."""
        if (torch.device(device), dtype) == (self.device, self.dtype):
            return self
        return GraphNetwork(self.architecture, self.weights, pooling=self.pooling, device=device, dtype=dtype)

    def padded(self, padding: str) -> GraphNetwork:
        """The same network with one of `PADDINGS` beyond the edges of images."""
        return self._edged((padding, padding))

    def wrapped(self, axes: str) -> GraphNetwork:
        """See `Network`."""
        rows, columns = self.architecture.edges
        return self._edged(("circular" if axes != "x" else rows, "circular" if axes != "y" else columns))

    def _edged(self, edges: tuple[str, str]) -> GraphNetwork:
        result = copy.copy(self)
        result.architecture = replace(self.architecture, edges=edges)
        result.__dict__["_prepared"] = self._prepared  # one copy of them, whichever is asked first
        return result

    def with_weights(self, weights: Mapping[str, torch.Tensor]) -> GraphNetwork:
        """The same architecture, device and precision with other weights."""
        return GraphNetwork(self.architecture, weights, pooling=self.pooling, device=self.device, dtype=self.dtype)


def _lower(one: torch.dtype, other: torch.dtype) -> torch.dtype:
    return one if one.itemsize < other.itemsize else other


def _laid_out(weight: torch.Tensor) -> torch.Tensor:
    return weight.contiguous(memory_format=torch.channels_last) if weight.ndim == 4 else weight
