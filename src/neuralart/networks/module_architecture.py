"""The architecture of a user's module: sizes from runs without numbers, stride and reach given or probed."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping

import torch
from torch.utils._python_dispatch import _disable_current_modes

from neuralart.errors import OptionError, suggest
from neuralart.networks import probe
from neuralart.networks.capture import USUAL, Captured
from neuralart.networks.graph import IMAGE
from neuralart.networks.pixels import Pixels
from neuralart.networks.probe import Geometry
from neuralart.networks.window import Region, Span, Window, positions


class ModuleArchitecture:
    """An `Architecture` found by running the module.

    Args:
        name: The name for messages and records.
        captured: The module, after `survey`.
        pixels: The pixels that it expects.
        like: An empty tensor with its device and precision.
        channels: The channels by layer, from the shallowest to the deepest.
        style_layers, content_layers: The default layers.
        geometry: The geometry of every layer; None to probe it on first use.
    """

    def __init__(
        self,
        name: str,
        captured: Captured,
        pixels: Pixels,
        like: torch.Tensor,
        channels: Mapping[str, int],
        style_layers: tuple[str, ...],
        content_layers: tuple[str, ...],
        geometry: Mapping[str, Geometry] | None,
    ) -> None:
        self.name, self.layers, self.mean = name, tuple(channels), pixels.mean
        self.style_layers, self.content_layers = style_layers, content_layers
        self._captured, self._pixels, self._like = captured, pixels, like
        self._channels = {IMAGE: 3, **channels}
        self._sizes: dict[tuple[int, int], dict[str, tuple[int, int]]] = {}
        self._geometry: dict[str, Geometry | str] = dict(geometry or {})
        self.wraps = (False, False)

    def wrapped(self, axes: str) -> ModuleArchitecture:
        """Return the architecture for seamless images; see `Network.wrapped`."""
        result = copy.copy(self)
        result.wraps = (self.wraps[0] or axes != "x", self.wraps[1] or axes != "y")
        return result

    def check_layers(self, layers: Iterable[str]) -> tuple[str, ...]:
        """Return the layers. Raises OptionError for an unknown layer, suggesting the nearest name."""
        layers = tuple(layers)
        for layer in layers:
            if layer not in self.layers:
                raise OptionError(
                    f"network '{self.name}' has no layer '{layer}'{suggest(layer, self.layers)}"
                    f" (it has {', '.join(self.layers)})"
                )
        return layers

    def channels(self) -> dict[str, int]:
        """Return the channels by layer, and of the image."""
        return dict(self._channels)

    def linear(self, layer: str) -> str | None:
        """Return None: what the module computes is not known."""
        return None

    def sizes(self, width: int, height: int) -> dict[str, tuple[int, int]]:
        """Return (width, height) of every layer's features, without layers for which the image is too small."""
        if (width, height) not in self._sizes:
            self._sizes[width, height] = self._captured.sizes((width, height))
        return self._sizes[width, height]

    def size(self, layer: str, width: int, height: int) -> tuple[int, int]:
        """Return (width, height) of the layer's features for an image of this size; 0 if the image is too small."""
        w, h = self.sizes(width, height).get(layer, (0, 0))
        # Without borders, there are as many positions as whole strides.
        down, across = self.wraps
        return width // self.stride(layer) if across else w, height // self.stride(layer) if down else h

    def smallest(self, layers: Iterable[str]) -> int:
        """Return the shortest side in pixels with which an image has all of these layers."""
        layers, fails, fits = list(layers), 0, USUAL
        while fits - fails > 1:
            side = (fits + fails) // 2
            fits, fails = (side, fails) if all(layer in self.sizes(side, side) for layer in layers) else (fits, side)
        return fits

    def untileable(self, layers: Iterable[str]) -> str | None:
        """Return why these layers can only be evaluated on the whole image; None if tiles give the same result."""
        for layer in layers:
            if isinstance(result := self._known(layer), str):
                return f"layer '{layer}' of network '{self.name}' can only be evaluated on the whole image: {result}"
        return None

    def stride(self, layer: str) -> int:
        """Return the pixels from one position of the layer to the next. Raises OptionError if it is untileable."""
        return self._exact(layer).stride

    def reach(self, layer: str) -> int:
        """Return the pixels beyond a position's cell that can influence it. Raises OptionError if it is untileable."""
        return self._exact(layer).reach

    def step(self, layers: Iterable[str]) -> int:
        """Return the pixels on whose multiples parts of an image must begin to share no position of these layers."""
        return math.lcm(*(self.stride(layer) for layer in layers))

    def window(self, layers: Iterable[str], size: tuple[int, int], part: Region) -> Window:
        """Return the part, extended by what its layers reach, in whole steps so that positions stay aligned.

        Only the image's true borders are padded as in the whole image. Padding elsewhere affects only positions outside
        the part, which are dropped.
        """
        layers = tuple(layers)
        step, sizes = self.step(layers), {layer: self.size(layer, *size) for layer in layers}
        halo = -(-max(map(self.reach, layers), default=0) // step) * step
        least = -(-self.smallest(layers) // step) * step
        rows, columns = (
            around(span, length, halo, least, step) if not wraps else without_border(span, halo, least)
            for span, length, wraps in zip((part.rows, part.columns), reversed(size), self.wraps)
        )
        own = {}
        for layer in layers:
            stride, (width, height) = self.stride(layer), sizes.get(layer, (0, 0))
            region = Region(
                positions(part.rows, stride, size[1], height), positions(part.columns, stride, size[0], width)
            )
            if min(region.size) > 0:
                own[layer] = region
        return Window({IMAGE: Region(rows, columns)}, own, {IMAGE: size, **sizes})

    def everything(self, layers: Iterable[str], size: tuple[int, int]) -> Window:
        """Return the window for the whole image of `size` (width, height)."""
        if any(self.wraps):
            return self.window(layers, size, Region((0, size[1]), (0, size[0])))
        sizes = {IMAGE: size, **self.sizes(*size)}
        regions = {name: Region((0, height), (0, width)) for name, (width, height) in sizes.items()}
        return Window({IMAGE: regions[IMAGE]}, {name: regions[name] for name in layers if name in regions}, sizes)

    def _exact(self, layer: str) -> Geometry:
        if isinstance(result := self._known(layer), str):
            raise OptionError(self.untileable([layer]) or result)
        return result

    def _known(self, layer: str) -> Geometry | str:
        """Return the layer's stride and reach, or why it has none."""
        if not self._geometry:
            with _disable_current_modes():  # probing needs numbers, even if the caller runs without
                self._geometry = self._probed()
        return self._geometry[layer]

    def _probed(self) -> dict[str, Geometry | str]:
        strides = {layer: probe.stride(layer, self.sizes) for layer in self.layers}
        regular = {layer: one for layer, one in strides.items() if one is not None}
        result: dict[str, Geometry | str] = dict.fromkeys(self.layers, IRREGULAR)
        if not regular:
            return result
        step = math.lcm(*regular.values())
        narrow = self.smallest(regular)
        reaches = probe.reaches(self._captured, regular, step, narrow)
        result |= {layer: one for layer, one in reaches.items() if isinstance(one, str)}
        good = {layer: Geometry(regular[layer], one) for layer, one in reaches.items() if isinstance(one, int)}
        if good:
            look = lambda part: self._captured.run(self._pixels.expected(part).to(self._like), list(good))
            result |= good | dict.fromkeys(probe.differing(look, good, step, narrow, self._like), DIFFERENT)
        return result


IRREGULAR = "its number of positions does not grow regularly with the image"
DIFFERENT = "its features of a part of an image differ from those of the whole image"


def without_border(span: Span, halo: int, least: int) -> Span:
    """Extend a span of an axis without ends by a halo on both sides, to at least `least` pixels."""
    return span[0] - halo, max(span[1] + halo, span[0] - halo + least)


def around(span: Span, length: int, halo: int, least: int, step: int) -> Span:
    """Extend a span of an axis of `length` by a halo on both sides, to at least `least` pixels if possible."""
    first, last = max(0, span[0] - halo), min(length, span[1] + halo)
    if last - first < least:
        last = min(length, first + least)
        first = min(first, max(0, (last - least) // step * step))
    return first, last
