"""The contract of networks: what an objective asks of one, and of its architecture.

Two kinds keep it. `GraphNetwork` is ours: a list of nodes whose way back is written out, for speed and memory.
`ModuleNetwork`, which `Network.of` makes, is any PyTorch module, taken back by autograd. Who writes a third kind
derives it from `Network`.

Images are sRGB, [1, 3, H, W], 0..255; a network brings them to what its first layer expects. Sizes are (width, height)
in pixels, layers go by their names.
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
    """What is known of a network without looking at an image.

    `mean` is the colour (red, green, blue) that the first layer sees as zero. `style_layers` and `content_layers` serve
    where nobody names others. `wraps` says whether an image goes on from its other side: beyond its upper and lower
    edges, and beyond those on the sides. Every method takes layers as `check_layers` returns them.
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
        """The layers by their own names, aliases resolved. Raises OptionError, suggesting the nearest, for others."""

    def channels(self) -> Mapping[str, int]:
        """By layer, and of the image itself under "image"."""

    def size(self, layer: str, width: int, height: int) -> Size:
        """Of the layer's features for an image of this size; 0 where the image is too small."""

    def smallest(self, layers: Iterable[str]) -> int:
        """The shortest side that an image may have for all of these layers to exist."""

    def linear(self, layer: str) -> str | None:
        """The layer of which this one is a linear map, position by position; None where it is none."""

    def untileable(self, layers: Iterable[str]) -> str | None:
        """Why these layers can be evaluated on the whole image only; None where parts of it give the same.

        Where it is not None, `stride`, `reach`, `step` and `window` raise OptionError with it.
        """

    def stride(self, layer: str) -> int:
        """Pixels from one position of the layer to the next."""

    def reach(self, layer: str) -> int:
        """How many pixels beyond a position's own cell [i*stride, (i+1)*stride) can influence it, on the wider side."""

    def step(self, layers: Iterable[str]) -> int:
        """Parts of an image that begin on multiples of this share no position of any of these layers."""

    def window(self, layers: Iterable[str], size: Size, part: Region) -> Window:
        """What has to be seen of an image to have these layers' positions within a part of it.

        Args:
            layers: Their names.
            size: Of the whole image.
            part: Begins on multiples of `step(layers)`; ends on them, or where the image ends.
        """

    def everything(self, layers: Iterable[str], size: Size) -> Window:
        """The window that is the whole image."""


class Trace(Protocol):
    """One look, with what it takes to go back from the features to the pixels; good for one gradient."""

    features: dict[str, torch.Tensor]
    window: Window

    def gradient(self, pulls: Mapping[str, Pull]) -> torch.Tensor:
        """The gradient on the pixels of the window, [1, 3, h, w].

        Args:
            pulls: By layer, its features -> the gradient on them, which is the callee's to change. Each is called once,
                and the features are let go.
        """


class Network(Protocol):
    """An architecture with its weights, on one device, in one precision.

    `dtype` is what it computes in, `pixel_dtype` that of images and gradients. `weights`, by name, are what it holds in
    memory. Looks may run in several threads at once, and leave nothing behind.
    """

    architecture: Architecture
    device: torch.device
    dtype: torch.dtype
    weights: Mapping[str, torch.Tensor]

    @property
    def pixel_dtype(self) -> torch.dtype:
        """float64 where the network computes in it, else float32."""
        return torch.float64 if self.dtype == torch.float64 else torch.float32

    def features(
        self, image: torch.Tensor, layers: Iterable[str], window: Window | None = None, top: int = 0
    ) -> dict[str, torch.Tensor]:
        """The features of these layers, [1, C, h, w] each; differentiable.

        Args:
            image: [1, 3, H, W], sRGB, 0..255.
            layers: Their names, or aliases.
            window: Of `architecture`: only this part is looked at, and of every layer only the positions that belong to
                it are returned; layers that have none are missing. None for the whole image.
            top: The row of the whole image with which `image` begins.

        Raises:
            OptionError: For a layer that the architecture or the weights lack.
        """
        ...

    def trace(self, image: torch.Tensor, layers: Iterable[str], window: Window | None = None, top: int = 0) -> Trace:
        """The same features, with what it takes to go back from them to the pixels."""
        ...

    def check(self, layers: Iterable[str]) -> tuple[str, ...]:
        """`architecture.check_layers`, and raise OptionError for a layer that the weights lack."""
        ...

    def matrix(self, layer: str) -> torch.Tensor:
        """Of a layer that `architecture.linear` names a source of: its weights, the bias as last column, [K, C + 1]."""
        ...

    def to(self, device: torch.device | str, dtype: torch.dtype) -> Network:
        """The same network on another device or in another precision; itself where it is there already."""
        ...

    def wrapped(self, axes: str) -> Network:
        """The same network for pictures that tile: beyond an edge it sees the picture's other side.

        Args:
            axes: "x" where left and right meet, "y" where above and below do, or "both".
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
        """Any PyTorch module as a network: evaluated by autograd, whole, and in exact tiles where its layers allow it.

        The module is not changed: what looks is a copy in evaluation mode that shares the module's weights. Dropout is
        off, and batch norm uses its running statistics.

            vgg = torchvision.models.vgg16(weights="DEFAULT").features
            network = Network.of(
                vgg,
                layers={"relu1_1": "1", "relu2_1": "6", "relu3_1": "11", "relu4_1": "18"},
                mean=(123.675, 116.28, 103.53),
                scale=(58.395, 57.12, 57.375),
            )

        Args:
            module: Takes [1, 3, H, W] of any size, and what it computes does not depend on numbers in its input (no
                `if x.max() > 0`). It is run only as far as the layers that are looked at.
            layers: Names -> paths of submodules (`module.get_submodule`), whose outputs are the features; or a list of
                paths, which are the names, too. Where a submodule is called several times, its last output counts.
            mean, scale: What the module expects is (x - mean) / scale of x in 0..255; one number, or three for red,
                green and blue. torchvision's are 255 times those in its documentation.
            order: Of the channels that the module expects, "RGB" or "BGR".
            style_layers, content_layers: Names of the layers to use where nobody says otherwise. By default all of them
                for the style, and for the content the one at three quarters of the way to the deepest.
            geometry: By name, each layer's (stride, reach) in pixels, as in `Architecture`. By default they are found
                out when tiles are first thought of, by following what can influence what (networks/probe.py). Layers
                that look at the whole image (global pooling, attention, instance norm) have none: they are evaluated
                whole only.
            name: For messages and records; by default that of the module's class.

        Raises:
            OptionError: For a path that the module lacks, with the nearest; for a layer that is never called or whose
                output is not [1, C, h, w]; for numbers that make no sense.
        """
        from neuralart.networks.module_network import module_network

        return module_network(
            module, layers, mean, scale, order, tuple(style_layers), tuple(content_layers), geometry, name
        )
