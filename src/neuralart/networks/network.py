"""The contract of networks: what an objective needs from a network and its architecture.

There are two kinds. `GraphNetwork` is ours: a list of nodes with a hand-written backward pass, for speed and memory.
`ModuleNetwork`, which `Network.of` makes, is any PyTorch module, with autograd. A third kind would derive from
`Network`.

Images are sRGB, [1, 3, H, W], 0..255; a network converts them to what its first layer expects. Sizes are (width,
height) in pixels, and layers are identified by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import torch

from neuralart.networks.window import Region, Window

if TYPE_CHECKING:
    from torch import nn

Pull = Callable[[torch.Tensor], torch.Tensor]
Size = tuple[int, int]


class Architecture(Protocol):
    """What is known about a network without an image.

    `mean` is the colour (red, green, blue) that the first layer sees as zero. `style_layers` and `content_layers` are
    the default layers. `wraps` says whether an image wraps around: above and below, and left and right. Every method
    takes layers as `check_layers` returns them.
    """

    @property
    def name(self) -> str: ...
    @property
    def layers(self) -> tuple[str, ...]: ...
    @property
    def style_layers(self) -> tuple[str, ...]: ...
    @property
    def content_layers(self) -> tuple[str, ...]: ...
    @property
    def mean(self) -> tuple[float, float, float]: ...
    @property
    def wraps(self) -> tuple[bool, bool]: ...

    def check_layers(self, layers: Iterable[str]) -> tuple[str, ...]:
        """Return the layers by their own names, aliases resolved. Raises OptionError with the nearest for others."""

    def channels(self) -> Mapping[str, int]:
        """Return the channels by layer, and of the image itself under "image"."""

    def size(self, layer: str, width: int, height: int) -> Size:
        """Return the size of the layer's features for an image of this size; 0 if the image is too small."""

    def smallest(self, layers: Iterable[str]) -> int:
        """Return the shortest side with which an image has all of these layers."""

    def linear(self, layer: str) -> str | None:
        """Return the layer of which this one is a linear map, position by position; None if it is not linear."""

    def untileable(self, layers: Iterable[str]) -> str | None:
        """Return why these layers can only be evaluated on the whole image; None if tiles give the same result.

        If it is not None, `stride`, `reach`, `step` and `window` raise OptionError with it.
        """

    def stride(self, layer: str) -> int:
        """Return the pixels from one position of the layer to the next."""

    def reach(self, layer: str) -> int:
        """Return how many pixels beyond a position's cell [i*stride, (i+1)*stride) can influence it, on either side."""

    def step(self, layers: Iterable[str]) -> int:
        """Return the pixels on whose multiples parts of an image must begin to share no position of these layers."""

    def window(self, layers: Iterable[str], size: Size, part: Region) -> Window:
        """Return what has to be computed for these layers' positions within a part of an image.

        Args:
            layers: The names of the layers.
            size: The size of the whole image.
            part: Begins on multiples of `step(layers)`; ends on them, or at the end of the image.
        """

    def everything(self, layers: Iterable[str], size: Size) -> Window:
        """Return the window for the whole image."""


class Trace(Protocol):
    """One forward pass, with what the backward pass to the pixels needs; it gives one gradient."""

    features: dict[str, torch.Tensor]
    window: Window

    def gradient(self, pulls: Mapping[str, Pull]) -> torch.Tensor:
        """Return the gradient on the pixels of the window, [1, 3, h, w].

        Args:
            pulls: By layer, the function from its features to the gradient on them, which the trace may overwrite. Each
                is called once, and the features are then freed.
        """


class Network(Protocol):
    """An architecture with its weights, on one device, in one precision.

    `dtype` is the precision of the network, `pixel_dtype` that of images and gradients. `weights`, by name, are all
    that it holds in memory. Forward passes may run in several threads at once, and leave nothing behind.
    """

    architecture: Architecture
    device: torch.device
    dtype: torch.dtype
    weights: Mapping[str, torch.Tensor]

    @property
    def pixel_dtype(self) -> torch.dtype:
        """The precision of pixels, float64 if the network computes in it, else float32."""
        return torch.float64 if self.dtype == torch.float64 else torch.float32

    def features(
        self, image: torch.Tensor, layers: Iterable[str], window: Window | None = None, top: int = 0
    ) -> dict[str, torch.Tensor]:
        """Return the features of these layers, [1, C, h, w] each; differentiable.

        Args:
            image: [1, 3, H, W], sRGB, 0..255.
            layers: Their names or aliases.
            window: A window of `architecture`. Only its part of the image is evaluated, and only its positions of every
                layer are returned; layers without positions are missing. None for the whole image.
            top: The first row of the whole image in `image`.

        Raises:
            OptionError: For a layer that the architecture or the weights lack.
        """
        ...

    def trace(self, image: torch.Tensor, layers: Iterable[str], window: Window | None = None, top: int = 0) -> Trace:
        """Return the same features, with what the backward pass to the pixels needs."""
        ...

    def check(self, layers: Iterable[str]) -> tuple[str, ...]:
        """Return `architecture.check_layers`. Raises OptionError for a layer that the weights lack, too."""
        ...

    def matrix(self, layer: str) -> torch.Tensor:
        """Return the weights of a layer that is linear by `architecture.linear`, with the bias as last column."""
        ...

    def to(self, device: torch.device | str, dtype: torch.dtype) -> Network:
        """Return the network on another device or in another precision; itself if nothing changes."""
        ...

    def wrapped(self, axes: str) -> Network:
        """Return the network for seamless pictures: beyond an edge it sees the opposite side.

        Args:
            axes: "x" if left and right meet, "y" if top and bottom meet, or "both".
        """
        ...

    @staticmethod
    def of(
        module: nn.Module,
        layers: Mapping[str, str] | Sequence[str],
        *,
        mean: Sequence[float] | float = 0.0,
        scale: Sequence[float] | float = 1.0,
        order: str = "RGB",
        style_layers: Sequence[str] = (),
        content_layers: Sequence[str] = (),
        geometry: Mapping[str, tuple[int, int]] | None = None,
        name: str = "",
    ) -> Network:
        """Make a network from any PyTorch module, evaluated by autograd: whole, or in exact tiles if its layers allow.

        The module is not changed: the network is a copy in evaluation mode that shares the module's weights. Dropout is
        off, and batch norm uses its running statistics.

            vgg = torchvision.models.vgg16(weights="DEFAULT").features
            network = Network.of(
                vgg,
                layers={"relu1_1": "1", "relu2_1": "6", "relu3_1": "11", "relu4_1": "18"},
                mean=(123.675, 116.28, 103.53),
                scale=(58.395, 57.12, 57.375),
            )

        Args:
            module: Takes [1, 3, H, W] of any size, without control flow that depends on numbers in its input (no
                `if x.max() > 0`). It runs only as far as the deepest layer that is needed.
            layers: Names -> paths of submodules (`module.get_submodule`), whose outputs are the features; or a list of
                paths, which then are also the names. If a submodule is called several times, its last output counts.
            mean, scale: The module expects (x - mean) / scale for x in 0..255; one number, or three for red, green and
                blue. torchvision's are 255 times those in its documentation.
            order: The order of the channels that the module expects, "RGB" or "BGR".
            style_layers, content_layers: Names of the default layers. By default, all layers for the style, and for the
                content the one three quarters of the way to the deepest.
            geometry: Each layer's (stride, reach) in pixels by name, as in `Architecture`. By default they are probed
                when tiles are first considered (networks/probe.py). Layers that depend on the whole image (global
                pooling, attention, instance norm) have none, and are only evaluated whole.
            name: The name for messages and records; by default that of the module's class.

        Raises:
            OptionError: For a path that the module lacks, suggesting the nearest; for a layer that is never called or
                whose output is not [1, C, h, w]; for numbers that make no sense.
        """
        from neuralart.networks.module_network import module_network

        return module_network(
            module, layers, mean, scale, order, tuple(style_layers), tuple(content_layers), geometry, name
        )
