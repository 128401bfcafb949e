"""Divides an image into parts and computes its features part by part, for images too large to evaluate at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from neuralart.networks.network import Architecture, Network
from neuralart.networks.window import Region, Span, Window
from neuralart.objective.objective import Term, statistics
from neuralart.objective.shelf import Shelf


@dataclass(frozen=True)
class Division:
    """The parts in which a network evaluates an image: the whole image, or tiles.

    Attributes:
        architecture: The network's architecture.
        layers: The layers that are computed.
        size: (width, height) of the image.
        tile: The longest side of a tile in pixels, without its halo; None for the whole image at once.
        band: The rows of this process, which begin on a multiple of the network's step; None for all.
        least: The least number of parts, if the image is large enough for it.
    """

    architecture: Architecture
    layers: tuple[str, ...]
    size: tuple[int, int]
    tile: int | None = None
    band: Span | None = None
    least: int = 1

    @cached_property
    def parts(self) -> tuple[Region, ...]:
        """The parts, row by row. All but the last of a row or column begin and end on multiples of the step."""
        width, height = self.size
        if self.band is None and self.least == 1 and max(self.size) <= (self.tile or max(self.size)):
            return (self.whole,)  # a network that needs the whole image has no step to ask for
        step = self.architecture.step(self.layers)
        top, bottom = self.band or (0, height)
        if bottom == top:
            return ()
        rows, columns = spans(bottom - top, self.tile, step), spans(width, self.tile, step)
        if len(rows) * len(columns) < self.least:
            wanted = -(-self.least // len(columns))
            rows = spans(bottom - top, max(step, -(-(bottom - top) // (wanted * step)) * step), step)
        return tuple(Region((top + begin, top + end), c) for begin, end in rows for c in columns)

    @property
    def whole(self) -> Region:
        """The whole image as a region."""
        return Region((0, self.size[1]), (0, self.size[0]))

    def window(self, part: int) -> Window:
        """Return the window that has to be computed for one part."""
        if self.parts == (self.whole,):
            return self.architecture.everything(self.layers, self.size)
        return self.architecture.window(self.layers, self.size, self.parts[part])

    def with_neighbours(self, part: int, reach: int) -> tuple[Span, Span]:
        """Return the rows and columns of a part with up to `reach` more pixels to the right and below."""
        region = self.parts[part]
        return with_neighbours(self.architecture, self.size, region, reach)


def with_neighbours(architecture: Architecture, size: tuple[int, int], region: Region, reach: int) -> tuple[Span, Span]:
    """Return the rows and columns of a region with up to `reach` more pixels to the right and below."""
    rows, columns = (
        (span[0], span[1] + reach if wraps else min(span[1] + reach, length))
        for span, length, wraps in zip((region.rows, region.columns), reversed(size), architecture.wraps)
    )
    return rows, columns


def spans(length: int, tile: int | None, step: int) -> list[tuple[int, int]]:
    """Cut an axis into as few spans as `tile` allows, of about equal length, beginning on multiples of `step`.

    >>> spans(100, 48, 16)
    [(0, 48), (48, 96), (96, 100)]
    >>> spans(100, 64, 16)
    [(0, 64), (64, 100)]
    """
    if tile is None or tile >= length:
        return [(0, length)]
    longest = max(1, tile // step)
    cells = -(-length // step)
    count = -(-cells // longest)
    each = -(-cells // count) * step
    return [(begin, min(begin + each, length)) for begin in range(0, length, each)]


def features_by_part(
    network: Network, image: torch.Tensor, division: Division
) -> Iterator[tuple[int, dict[str, torch.Tensor]]]:
    """Yield (part, its features by layer), part by part, without gradients."""
    with torch.no_grad():
        for part in range(len(division.parts)):
            yield part, network.features(image, division.layers, division.window(part))


def summed(network: Network, image: torch.Tensor, division: Division, terms: Sequence[Term]) -> dict[str, torch.Tensor]:
    """Return the statistic of every term, by its name, summed over all positions of the image."""
    result: dict[str, torch.Tensor] = {}
    for part, features in features_by_part(network, image, division):
        for name, here in statistics(terms, features, part).items():
            result[name] = result[name] + here if name in result else here
    return result


def keep(
    network: Network,
    image: torch.Tensor,
    division: Division,
    layers: Sequence[str],
    *,
    on_disk: bool = False,
    devices: Sequence[torch.device] = (),
) -> Mapping[str, Sequence[torch.Tensor]]:
    """Compute and keep the features of some layers, part by part.

    Args:
        network: The network.
        image: [1, 3, H, W].
        division: The parts.
        layers: Layers of the division.
        on_disk: Whether to keep the features in a temporary file instead of memory.
        devices: The devices that keep the parts in turn; by default the network's.

    Returns:
        The features by layer, part by part; an empty tensor for a part in which a layer has no position.
    """
    kept: dict[str, Shelf | list[torch.Tensor]] = {layer: Shelf() if on_disk else [] for layer in layers}
    for part, features in features_by_part(network, image, division):
        place = devices[part % len(devices)] if devices else network.device
        for layer, parts in kept.items():
            parts.append(features[layer].to(place, copy=True) if layer in features else image.new_empty(0))
    return kept
