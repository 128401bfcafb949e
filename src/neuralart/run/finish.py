"""The one place where an image becomes the picture that is shown and saved.

Whoever shows or writes a step asks the step for its picture; the saver, the previews, the film, the frames and the app
therefore all show the same.
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

FEATHER = 8  # pixels of the picture, beyond what is left alone: a sharper edge looks cut out


@dataclass(frozen=True, eq=False)
class Kept:
    """What of the photograph is left alone. mask: how much of each pixel, [1, 1, H, W], 0..1, of any size."""

    mask: torch.Tensor
    content: Picture

    def over(self, pixels: torch.Tensor, width: int) -> torch.Tensor:
        """The picture [1, 3, H, W], 0..255, with the photograph's own pixels where they are left alone.

        The painting begins beyond a feather. width: of the image of which this may be a smaller copy.
        """
        size = int(pixels.shape[3]), int(pixels.shape[2])
        mask, own = resized(self.mask, size), self.content.resized(size).pixels
        mask = feathered(mask, round(FEATHER / 2 * size[0] / width))
        return torch.lerp(pixels, own.to(pixels), mask.to(pixels))


@dataclass(frozen=True, eq=False)
class Finish:
    """What is done to an image when it is shown or saved: clamping, and the content's alpha, profile and bit depth.

    Where only lightness is painted, the photograph's colours are put back here.

    It can be pickled, and knows nothing of the run.

    Attributes:
        alpha: The content's, [1, 1, H, W], 0..255, of any size; None where everything is opaque.
        bits: What it takes to hold the content's samples, 8 or 16.
        icc: The content's colour profile.
        about: What the content's file said of the photograph.
        facts: What belongs into the record beside the result; None for pictures without a record.
        kept: What of the photograph is left alone, if anything is.
        chroma: The photograph's colours, where only lightness was painted; None for the painting's own.
        background: What a transparent picture is laid on where it is shown without alpha, in previews and films.
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
        """The finish of paintings of this content."""
        return cls(content.alpha, content.bits, content.icc, content.about, facts, background, chroma)

    def __call__(
        self, image: torch.Tensor, size: tuple[int, int] | None = None, result: Mapping[str, Any] | None = None
    ) -> Picture:
        """The picture of an image.

        Args:
            image: [1, 3, H, W], sRGB, 0..255 but not clamped, on any device. It is left as it is.
            size: (width, height) of the picture, no larger than the image; by default the image's. A smaller picture
                is reduced where the image lies, and only what is left of it is finished and copied.
            result: What the run had reached, for the record.

        Returns:
            A copy on the CPU.
        """
        image = image.detach()
        whole = int(image.shape[3]), int(image.shape[2])
        if size is None or size == whole:
            # Its own copy is clamped: at a hundred megapixels another would be a gigabyte.
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
        # Clamped first, as the whole picture is, and channel by channel: a very large image may leave no room for more.
        channels = (image[:, c : c + 1].clamp(0, 255) for c in range(3))
        pixels = torch.cat([resize_with_alpha(channel, veil, size)[0] for channel in channels], 1)
        alpha = None if veil is None else resize(veil, size).to("cpu", torch.float32)
        return pixels.to("cpu", torch.float32), alpha


PLAIN = Finish()
