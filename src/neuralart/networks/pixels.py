"""Converts sRGB pixels to what the first layer of a user's module expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from neuralart.errors import OptionError

Colour = tuple[float, float, float]  # red, green, blue


@dataclass(frozen=True)
class Pixels:
    """The pixels that a module expects: (x - mean) / scale for x in 0..255, with the channels in this order."""

    mean: Colour
    scale: Colour
    order: str

    def expected(self, image: torch.Tensor) -> torch.Tensor:
        """Return the image [1, 3, h, w] as the module expects it, in the image's precision."""
        colours = (torch.tensor(one, dtype=torch.float64).view(1, 3, 1, 1) for one in (self.mean, self.scale))
        mean, scale = (one.to(image) for one in colours)
        result = (image - mean) / scale
        return result.flip(1) if self.order == "BGR" else result


def pixels(mean: Sequence[float] | float, scale: Sequence[float] | float, order: str) -> Pixels:
    """Check the arguments. Raises OptionError for values that make no sense, or are meant for pixels in 0..1."""
    if order not in ("RGB", "BGR"):
        raise OptionError(f"order is '{order}'; it must be 'RGB' or 'BGR'")
    result = Pixels(colour("mean", mean), colour("scale", scale), order)
    if min(result.scale) <= 0:
        raise OptionError(f"scale is {scale}; its numbers must be above 0")
    if 0 < max(result.mean) <= 1 or min(result.scale) < 1:
        raise OptionError(f"mean is {mean} and scale is {scale}; they must be for pixels in 0..255: multiply by 255")
    return result


def colour(name: str, given: Sequence[float] | float) -> Colour:
    """Return three numbers, from one or three."""
    numbers = [float(given)] * 3 if isinstance(given, int | float) else [float(one) for one in given]
    if len(numbers) != 3:
        raise OptionError(f"{name} has {len(numbers)} numbers; give one, or three for red, green and blue")
    return numbers[0], numbers[1], numbers[2]
