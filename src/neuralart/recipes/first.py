"""The first image: the photograph, a style, grey, noise, another picture, or a mixture of two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch

from neuralart.first import First
from neuralart.image.picture import Picture
from neuralart.networks.network import Network
from neuralart.recipes.colours import Colours
from neuralart.recipes.recipe import Recipe, Size
from neuralart.seeds import seeded

MIDDLE, SPREAD = 127.5, 25.5  # grey levels: mean and standard deviation of noise, as in the original
SPECK = 0.25  # grey levels of noise in a grey image; without it, all its positions would get the same gradient


class Part(NamedTuple):
    """A share of the first image.

    Attributes:
        share: The share, 0..1.
        what: A picture, or "grey", "random" (white noise) or "pink".
        style: The picture of the style, if it is one.
    """

    share: float
    what: Picture | str
    style: Picture | None = None


@dataclass(frozen=True)
class FirstImage:
    """The first image, at any size."""

    parts: tuple[Part, ...]
    recipe: Recipe
    colours: Colours
    seed: int

    def image(self, size: Size, network: Network) -> torch.Tensor:
        """Return the first image, [1, 3, H, W], on the network's device and in its pixel precision."""
        return self._sum(self.parts, size, network)

    def detail(self, size: Size, network: Network) -> torch.Tensor | None:
        """Return the part that gains detail at a larger size: the pictures by their shares; None if there are none."""
        pictures = [part for part in self.parts if isinstance(part.what, Picture)]
        return self._sum(pictures, size, network) if pictures else None

    def _sum(self, parts: Sequence[Part], size: Size, network: Network) -> torch.Tensor:
        whole, *others = (self._pixels(part, size, network) for part in parts)
        return sum(others, whole)

    def _pixels(self, part: Part, size: Size, network: Network) -> torch.Tensor:
        if isinstance(part.what, Picture):
            pixels = self.recipe.pixels(part.what, size, network)
            pixels = self.colours.of_style(part.style, pixels) if part.style else self.colours.painted(pixels)
        else:
            pixels = self.colours.painted(self._made(part.what, size, network))
        return pixels if part.share == 1 else pixels * part.share

    def _made(self, what: str, size: Size, network: Network) -> torch.Tensor:
        if what == "random":
            return self.recipe.noise(self.seed, size, network)
        made = pink(self.seed, size) if what == "pink" else MIDDLE + SPECK * normal(self.seed, size)
        return self.recipe.placed(made.clamp_(0, 255), network)


def parts_of(
    chosen: First, content: Picture | str, style: Picture, given: Picture | None, size: Size
) -> tuple[Part, ...]:
    """Return the parts of the first image.

    Args:
        chosen: What the options say.
        content: The photograph, or the noise that takes its place if there is none.
        style: The first style.
        given: The picture from the file that the options name, or one that takes the place of `chosen`.
        size: The size of the finished picture; pictures are cropped to its shape.
    """
    if given is not None and chosen.file is None:
        return (Part(1.0, given.cropped(size)),)
    known = {"image": Part(1.0, content), "style": Part(1.0, style.cropped(size), style)}
    if given is not None and chosen.file is not None:
        known[chosen.file] = Part(1.0, given.cropped(size))
    shares = ((chosen.base, chosen.share), (chosen.rest, 1 - chosen.share))
    return tuple(known.get(word, Part(1.0, word))._replace(share=share) for word, share in shares if share)


def pink(seed: int, size: Size) -> torch.Tensor:
    """Return noise with the spectrum of photographs: amplitude falls with frequency, so every octave has equal power.

    It is float32 [1, 3, H, W] on the CPU, with the mean and spread of white noise. (1/f amplitude spectra of natural
    images: Field, Relations between the statistics of natural images, JOSA A 1987.)
    """
    width, height = size
    down, across = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    frequency = (down**2 + across**2).sqrt()
    frequency[0, 0] = torch.inf  # the mean is `MIDDLE`
    result = normal(seed, size)
    for channel in result[0]:
        channel.copy_(torch.fft.irfft2(torch.fft.rfft2(channel) / frequency, s=(height, width)))
        channel.mul_(SPREAD / channel.std(correction=0).clamp(min=1e-9))
    return result.add_(MIDDLE)


def normal(seed: int, size: Size) -> torch.Tensor:
    """Return white noise with mean 0 and spread 1, float32 [1, 3, H, W] on the CPU."""
    return torch.randn(1, 3, size[1], size[0], generator=seeded(seed))
