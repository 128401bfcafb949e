"""Combines a photograph's colours with painted lightness.

It works in Oklab. We compared CIELAB, YUV (the field's usual choice) and linear light, on a town, a bridge and a face:
linear light yellowed the skin and put magenta freckles into dark hair; CIELAB turned dark strokes in a blue sky teal;
CIELAB and YUV turned the hair's shadows violet. In Oklab, every stroke kept the hue of what it was painted on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch

from neuralart.image import mapped
from neuralart.image.moments import rows
from neuralart.image.oklab import from_oklab, to_oklab
from neuralart.image.picture import Picture
from neuralart.image.resize import resize_with_alpha

KEPT = 4_000_000  # pixels; a larger resized photograph is not kept for the next preview


@dataclass(frozen=True, eq=False)
class Chroma:
    """A photograph's colours, and their strength: 0 keeps the painted colours, 1 takes only the photograph's."""

    photograph: Picture
    strength: float = 1.0
    _kept: dict[tuple[int, int], torch.Tensor] = field(default_factory=dict, repr=False)

    def under(self, pixels: torch.Tensor) -> torch.Tensor:
        """Give painted pixels [1, 3, H, W], 0..255, the photograph's colours: on the CPU, in place, band by band."""
        height, width = int(pixels.shape[2]), int(pixels.shape[3])
        colours = self._at((width, height))
        for band in rows(height, width):
            painted, kept = to_oklab(pixels[:, :, band]), to_oklab(colours[:, :, band])[:, 1:]
            colour = painted[:, 1:] + (kept - painted[:, 1:]) * self.strength
            pixels[:, :, band] = from_oklab(torch.cat([painted[:, :1], colour], 1))
        return pixels

    def _at(self, size: tuple[int, int]) -> torch.Tensor:
        """Return the photograph at this size, with its colours weighted by their alpha."""
        if size == self.photograph.size:
            return self.photograph.pixels
        if size not in self._kept:
            self._kept.clear()
            result = self._resized(size)
            if math.prod(size) > KEPT:
                return result
            self._kept[size] = result
        return self._kept[size]

    def _resized(self, size: tuple[int, int]) -> torch.Tensor:
        """Resize channel by channel, into a file if large, since painting a large picture leaves no memory to spare."""
        given, width, height = self.photograph, *size
        result = torch.from_numpy(mapped.empty((1, 3, height, width), "float32", width * height))
        for c in range(3):
            result[:, c : c + 1], _ = resize_with_alpha(given.pixels[:, c : c + 1], given.alpha, size)
        return result
