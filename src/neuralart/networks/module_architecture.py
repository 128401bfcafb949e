"""What is known of a foreign module's layers: sizes from runs without numbers, stride and reach given or probed."""

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
    """An `Architecture`, as the module itself answers.

    Args:
        name: For messages and records.
        captured: The module, surveyed.
        pixels: What it expects of them.
        like: An empty tensor of its device and precision.
        channels: By layer, from the shallowest to the deepest.
        style_layers, content_layers: Those to use where nobody says otherwise.
        geometry: Of every layer; None to find it out when it is first asked for.
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
        """The same of images that tile, see `Network.wrapped`."""
        result = copy.copy(self)
        result.wraps = (self.wraps[0] or axes != "x", self.wraps[1] or axes != "y")
        return result

    def check_layers(self, layers: Iterable[str]) -> tuple[str, ...]:
        """The layers. Raises OptionError, suggesting the nearest name, for one that was not named."""
        layers = tuple(layers)
        for layer in layers:
            if layer not in self.layers:
                raise OptionError(
                    f"network '{self.name}' has no layer '{layer}'{suggest(layer, self.layers)}"
                    f" (it has {', '.join(self.layers)})"
                )
        return layers

    def channels(self) -> dict[str, int]:
        """By layer, and of the image."""
        return dict(self._channels)

    def linear(self, layer: str) -> str | None:
        """None: nothing is known of what the module computes."""
        return None

    def sizes(self, width: int, height: int) -> dict[str, tuple[int, int]]:
        """(width, height) of every layer's features; one that the image is too small for is missing."""
        if (width, height) not in self._sizes:
            self._sizes[width, height] = self._captured.sizes((width, height))
        return self._sizes[width, height]

    def size(self, layer: str, width: int, height: int) -> tuple[int, int]:
        """(width, height) of the layer's features for an image of this size; 0 where the image is too small."""
        w, h = self.sizes(width, height).get(layer, (0, 0))
        # Where the image has no border, there are as many positions as whole strides.
        down, across = self.wraps
        return width // self.stride(layer) if across else w, height // self.stride(layer) if down else h

    def smallest(self, layers: Iterable[str]) -> int:
        """The shortest side, in pixels, that an image may have for all of these layers to exist."""
        layers, fails, fits = list(layers), 0, USUAL
        while fits - fails > 1:
            side = (fits + fails) // 2
            fits, fails = (side, fails) if all(layer in self.sizes(side, side) for layer in layers) else (fits, side)
        return fits

    def untileable(self, layers: Iterable[str]) -> str | None:
        """Why these layers can be evaluated on the whole image only; None where parts of it give the same."""
        for layer in layers:
            if isinstance(result := self._known(layer), str):
                return f"layer '{layer}' of network '{self.name}' can be evaluated on the whole image only: {result}"
        return None

    def stride(self, layer: str) -> int:
        """Pixels from one position of the layer to the next. Raises OptionError where it is untileable."""
        return self._exact(layer).stride

    def reach(self, layer: str) -> int:
        """Pixels beyond a position's own cell that can influence it. Raises OptionError where it is untileable."""
        return self._exact(layer).reach

    def step(self, layers: Iterable[str]) -> int:
        """Pixels: parts of an image that begin on multiples of this share no position of any of these layers."""
        return math.lcm(*(self.stride(layer) for layer in layers))

    def window(self, layers: Iterable[str], size: tuple[int, int], part: Region) -> Window:
        """The part and what its layers reach beyond it, in whole steps, so that positions stay where they are.

        Only the image's true borders are then padded as in the whole image; what the module pads elsewhere is seen by
        positions outside the part alone, which are dropped.
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
        """The window that is the whole image of `size` (width, height)."""
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
        """The layer's stride and reach, or why it has none."""
        if not self._geometry:
            with _disable_current_modes():  # with numbers, also where the caller runs without
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


IRREGULAR = "its features do not grow with the image by one position for every so many pixels"
DIFFERENT = "its features of a part of an image are not those of the whole"


def without_border(span: Span, halo: int, least: int) -> Span:
    """A span of an axis without ends, with a halo on both sides, at least so many pixels."""
    return span[0] - halo, max(span[1] + halo, span[0] - halo + least)


def around(span: Span, length: int, halo: int, least: int, step: int) -> Span:
    """A span of an axis of `length` with a halo on both sides, at least so many pixels where there are as many."""
    first, last = max(0, span[0] - halo), min(length, span[1] + halo)
    if last - first < least:
        last = min(length, first + least)
        first = min(first, max(0, (last - least) // step * step))
    return first, last
