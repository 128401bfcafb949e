"""An image divided into parts, and its features part by part: for images too large to be evaluated at once."""

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
    """An image of `size` (width, height) as a network sees these layers of it: whole, or in tiles.

    tile: the longest side of a tile in pixels, without its halo; None for the whole image at once. band: the rows that
    concern this process, from a multiple of the network's step on; None for all. least: that there should be at least
    so many parts, where the image is large enough for that.
    """

    architecture: Architecture
    layers: tuple[str, ...]
    size: tuple[int, int]
    tile: int | None = None
    band: Span | None = None
    least: int = 1

    @cached_property
    def parts(self) -> tuple[Region, ...]:
        """Row by row. All but the last of a row or column begin and end on multiples of the network's step."""
        width, height = self.size
        if self.band is None and self.least == 1 and max(self.size) <= (self.tile or max(self.size)):
            return (self.whole,)  # without asking for a step, which a network that needs the whole image lacks
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
        """All of the image."""
        return Region((0, self.size[1]), (0, self.size[0]))

    def window(self, part: int) -> Window:
        """What has to be computed to see one part."""
        if self.parts == (self.whole,):
            return self.architecture.everything(self.layers, self.size)
        return self.architecture.window(self.layers, self.size, self.parts[part])

    def with_neighbours(self, part: int, reach: int) -> tuple[Span, Span]:
        """Rows and columns of a part, and `reach` pixels more to the right and below where the image has them."""
        region = self.parts[part]
        return with_neighbours(self.architecture, self.size, region, reach)


def with_neighbours(architecture: Architecture, size: tuple[int, int], region: Region, reach: int) -> tuple[Span, Span]:
    """Rows and columns of a region of an image, and `reach` pixels more to the right and below where it has them."""
    rows, columns = (
        (span[0], span[1] + reach if wraps else min(span[1] + reach, length))
        for span, length, wraps in zip((region.rows, region.columns), reversed(size), architecture.wraps)
    )
    return rows, columns


def spans(length: int, tile: int | None, step: int) -> list[tuple[int, int]]:
    """An axis cut into as few spans as `tile` allows, of about equal length, beginning on multiples of `step`.

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
    """(part, features of its layers on it), part by part, without gradients."""
    with torch.no_grad():
        for part in range(len(division.parts)):
            yield part, network.features(image, division.layers, division.window(part))


def summed(network: Network, image: torch.Tensor, division: Division, terms: Sequence[Term]) -> dict[str, torch.Tensor]:
    """By a term's name, the statistic of its layer's features, summed over all positions of the image."""
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
    """The features of these of its layers, part by part; in memory, or in a temporary file.

    Parts in which a layer has no position hold an empty tensor. devices: where they are kept, by turns, if not where
    they were computed.
    """
    kept: dict[str, Shelf | list[torch.Tensor]] = {layer: Shelf() if on_disk else [] for layer in layers}
    for part, features in features_by_part(network, image, division):
        place = devices[part % len(devices)] if devices else network.device
        for layer, parts in kept.items():
            parts.append(features[layer].to(place, copy=True) if layer in features else image.new_empty(0))
    return kept
