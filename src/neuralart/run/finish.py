"""The one place that turns an image into the picture that is shown and saved.

The saver, the previews, the film, the frames and the app all ask a step for its picture, so they all show the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from neuralart.image import mapped
from neuralart.image.about import About
from neuralart.image.chroma import Chroma
from neuralart.image.masks import feathered, resized
from neuralart.image.picture import Picture
from neuralart.image.resize import resize, resize_with_alpha
from neuralart.image.transparency import WHITE, Colour

FEATHER = 8  # pixels around the preserved part of the picture; a sharper edge looks cut out


@dataclass(frozen=True, eq=False)
class Kept:
    """The part of the photograph that is preserved.

    Attributes:
        mask: How much of each pixel, [1, 1, H, W], 0..1, of any size.
        content: The photograph.
    """

    mask: torch.Tensor
    content: Picture

    def over(self, pixels: torch.Tensor, width: int) -> torch.Tensor:
        """Put the preserved pixels of the photograph over a picture, with a soft edge.

        Args:
            pixels: [1, 3, H, W], 0..255.
            width: The width of the image of which this may be a smaller copy.
        """
        size = int(pixels.shape[3]), int(pixels.shape[2])
        mask, own = resized(self.mask, size), self.content.resized(size).pixels
        mask = feathered(mask, round(FEATHER / 2 * size[0] / width))
        return torch.lerp(pixels, own.to(pixels), mask.to(pixels))


@dataclass(frozen=True, eq=False)
class Finish:
    """How an image is finished to be shown or saved: clamping, and the content's alpha, profile and bit depth.

    If only lightness is painted, this also puts the photograph's colours back. It can be pickled, and knows nothing of
    the run.

    Attributes:
        alpha: The content's alpha, [1, 1, H, W], 0..255, of any size; None if everything is opaque.
        bits: The bit depth of the content's samples, 8 or 16.
        icc: The content's colour profile.
        about: The content file's metadata about the photograph.
        facts: The record without the result; None for pictures without a record.
        background: The colour behind a transparent picture in previews and films, which have no alpha.
        chroma: The photograph's colours, if only lightness was painted; None for the painting's own.
        kept: The part of the photograph that is preserved, if any.
    """

    alpha: torch.Tensor | None = None
    bits: int = 8
    icc: bytes | None = None
    about: About | None = None
    facts: Mapping[str, Any] | None = None
    background: Colour = WHITE
    chroma: Chroma | None = None
    kept: Kept | None = None

    @classmethod
    def of(
        cls,
        content: Picture,
        facts: Mapping[str, Any] | None = None,
        background: Colour = WHITE,
        chroma: Chroma | None = None,
    ) -> Finish:
        """Return the finish for paintings of this content."""
        return cls(content.alpha, content.bits, content.icc, content.about, facts, background, chroma)

    def __call__(
        self, image: torch.Tensor, size: tuple[int, int] | None = None, result: Mapping[str, Any] | None = None
    ) -> Picture:
        """Return the picture of an image.

        Args:
            image: [1, 3, H, W], sRGB, 0..255 but not clamped, on any device. It is not changed.
            size: (width, height) of the picture, no larger than the image; by default the image's. A smaller picture
                is reduced on the image's device before it is finished and copied.
            result: How far the run had come, for the record.

        Returns:
            A copy on the CPU.
        """
        image = image.detach()
        whole = int(image.shape[3]), int(image.shape[2])
        if size is None or size == whole:
            # Clamp the copy in place: at a hundred megapixels another copy would take a gigabyte.
            pixels, alpha = mapped.copied(image).clamp_(0, 255), self._alpha(whole)
        else:
            pixels, alpha = self._reduced(image, whole, size)
        if self.chroma is not None:
            pixels = self.chroma.under(pixels)
        if self.kept is not None:
            pixels = self.kept.over(pixels, whole[0])
        record = None if self.facts is None else {**self.facts, "result": dict(result or {})}
        return Picture(pixels, alpha, self.bits, self.icc, record, self.about)

    def _alpha(self, size: tuple[int, int]) -> torch.Tensor | None:
        return None if self.alpha is None else resize(self.alpha, size)

    def _reduced(
        self, image: torch.Tensor, whole: tuple[int, int], size: tuple[int, int]
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        veil = self._alpha(whole)
        veil = None if veil is None else veil.to(image)
        # Clamp first, like the whole picture, and channel by channel: a very large image may leave little memory.
        channels = (image[:, c : c + 1].clamp(0, 255) for c in range(3))
        pixels = torch.cat([resize_with_alpha(channel, veil, size)[0] for channel in channels], 1)
        alpha = None if veil is None else resize(veil, size).to("cpu", torch.float32)
        return pixels.to("cpu", torch.float32), alpha


PLAIN = Finish()
