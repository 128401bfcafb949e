"""A network with its weights: image -> {layer: features}.

The image is sRGB, [1, 3, H, W], 0 to 255; what the first layer expects (channel order, mean) is done here, so that it
cannot be forgotten or mismatched. Features are after the ReLU, [1, C, h, w].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

import torch
import torch.nn.functional as F

from neuralart.errors import OptionError
from neuralart.networks.graph import IMAGE, Architecture, Concat, Conv, Lrn, Node, Pool, sources

POOLINGS: dict[str, Callable[..., torch.Tensor]] = {"average": F.avg_pool2d, "max": F.max_pool2d}


class Network:
    """An architecture filled with weights, on one device, in one precision.

    Weights are tensors keyed "<layer>.weight" [out, in, kh, kw] and "<layer>.bias" [out]. They may end early: a file
    that holds conv1_1 to conv3_4 makes a network that knows just these layers.
    """

    def __init__(
        self,
        architecture: Architecture,
        weights: Mapping[str, torch.Tensor],
        *,
        pooling: str = "average",
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.architecture = architecture
        self.pooling = pooling
        self.device, self.dtype = torch.device(device), dtype
        self.weights = {key: value.to(self.device) for key, value in weights.items()}
        self._first = {n.name for n in architecture.nodes if isinstance(n, Conv) and n.source == IMAGE}
        mean = torch.tensor(architecture.mean, dtype=torch.float64).view(1, 3, 1, 1)
        self._mean = mean.to(self.device, torch.float64 if dtype == torch.float64 else torch.float32)

    @property
    def pixel_dtype(self) -> torch.dtype:
        """Pixels stay in float32 where the network computes in less."""
        return self._mean.dtype

    @cached_property
    def _prepared(self) -> dict[str, torch.Tensor]:
        # Not before it is looked through: a network that is only read and moved on needs no second copy.
        return {key: self._prepare(key, value) for key, value in self.weights.items()}

    def _prepare(self, key: str, value: torch.Tensor) -> torch.Tensor:
        # The first convolution is turned round to RGB once, instead of every image to BGR.
        if self.architecture.order == "BGR" and key.removesuffix(".weight") in self._first:
            value = value.flip(1)
        value = value.to(self.dtype)
        return value.contiguous(memory_format=torch.channels_last) if value.ndim == 4 else value

    def features(self, image: torch.Tensor, layers: Iterable[str]) -> dict[str, torch.Tensor]:
        """The features of these layers, [1, C, h, w] each, of an image [1, 3, H, W], sRGB, 0..255.

        Raises OptionError for a layer that the architecture or the weights lack.
        """
        return self.look(self.centred(image), layers)

    def centred(self, image: torch.Tensor) -> torch.Tensor:
        """The image minus the network's mean colour, rounded to float32 (float64 where the network has it)."""
        return (image - self._mean.to(image.dtype)).to(self._mean.dtype)

    def look(self, centred: torch.Tensor, layers: Iterable[str]) -> dict[str, torch.Tensor]:
        """As `features`, from a centred image; differentiable by it."""
        layers = list(layers)
        self.check(layers)
        plan = self.architecture.plan(layers)
        values = {IMAGE: centred.to(self.dtype).contiguous(memory_format=torch.channels_last)}
        last_use = {source: node.name for node in plan for source in sources(node)}
        for node in plan:
            values[node.name] = self._apply(node, [values[source] for source in sources(node)])
            for source in set(sources(node)):
                # Without gradients, what nobody will look at again need not stay in memory.
                if last_use[source] == node.name and source not in layers:
                    del values[source]
        return {layer: values[layer] for layer in layers}

    def _apply(self, node: Node, inputs: list[torch.Tensor]) -> torch.Tensor:
        match node:
            case Conv():
                weight, bias = self._prepared[f"{node.name}.weight"], self._prepared[f"{node.name}.bias"]
                out = F.conv2d(inputs[0], weight, bias, stride=node.stride, padding=node.pad)
                return F.relu_(out) if node.relu else out
            case Pool():
                return POOLINGS[self.pooling](inputs[0], node.kernel, node.stride, node.pad)
            case Lrn():
                return local_response_norm(inputs[0], node)
            case Concat():
                return torch.cat(inputs, dim=1)

    def check(self, layers: Iterable[str]) -> None:
        """Raise OptionError for a layer that the architecture or the weights lack."""
        layers = list(layers)
        self.architecture.check_layers(layers)
        for layer in layers:
            if lacking := self._lacking(layer):
                here = [name for name in self.architecture.layers if not self._lacking(name)]
                raise OptionError(
                    f"these weights of '{self.architecture.name}' do not reach layer '{layer}': '{lacking}' is"
                    f" missing; choose among {', '.join(here)} with --style-layers and --content-layers,"
                    " or give a complete file with --weights"
                )

    def _lacking(self, layer: str) -> str | None:
        """The first convolution on the way to this layer that the weights lack."""
        plan = self.architecture.plan([layer])
        return next((n.name for n in plan if isinstance(n, Conv) and f"{n.name}.weight" not in self.weights), None)

    def to(self, device: torch.device | str, dtype: torch.dtype) -> Network:
        """The same network on another device or in another precision."""
        return Network(self.architecture, self.weights, pooling=self.pooling, device=device, dtype=dtype)

    def with_weights(self, weights: Mapping[str, torch.Tensor]) -> Network:
        """The same architecture, device and precision with other weights."""
        return Network(self.architecture, weights, pooling=self.pooling, device=self.device, dtype=self.dtype)


def local_response_norm(x: torch.Tensor, node: Lrn) -> torch.Tensor:
    """Krizhevsky et al. 2012, section 3.3, with alpha divided by the size as Torch7 and Caffe do: [1, C, H, W]."""
    # The mean of squares over a window of channels, as an average pooling along the channel axis; the zeros beyond the
    # first and last channel are counted, which divides by `size` everywhere.
    squares = (x * x).permute(0, 2, 3, 1)
    n, h, w, c = squares.shape
    window = F.avg_pool1d(squares.reshape(n * h, w, c), node.size, 1, node.size // 2)
    return x * (node.k + node.alpha * window.reshape(n, h, w, c).permute(0, 3, 1, 2)).pow(-node.beta)
