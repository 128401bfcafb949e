"""The colours of a painting: what `--colors` does to the input pictures and to the result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import torch

from neuralart.image.chroma import Chroma
from neuralart.image.picture import Picture
from neuralart.image.recolour import Blend, Grey, Recolour, matched, relit
from neuralart.options import Options


@dataclass(frozen=True, eq=False)
class Colours:
    """The choice of colours, and the photograph.

    Attributes:
        choice: "style": everything is painted as it is. "content": only lightness is painted; all pictures become grey,
            and the photograph's colours are put back into every picture that is shown. "match": the style first gets
            the photograph's colours.
        strength: How far "content" or "match" goes, 0..1.
        content: The photograph.
    """

    choice: str
    strength: float
    content: Picture
    _known: dict[Picture, Recolour] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, options: Options, content: Picture) -> Colours:
        """Return the colours that the options choose for paintings of this content."""
        return cls(options.colors, options.color_strength, content)

    @property
    def chroma(self) -> Chroma | None:
        """The colours that are put back, if any."""
        return Chroma(self.content, self.strength) if self.choice == "content" and self.strength else None

    def painted(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return the pixels of the content, or of the first image, as they are painted: [1, 3, H, W], 0..255."""
        return Blend(Grey(), self.strength)(pixels) if self.choice == "content" else pixels

    def of_style(self, style: Picture, pixels: torch.Tensor) -> torch.Tensor:
        """Recolour the pixels of a style.

        Args:
            style: The picture of the style.
            pixels: Its pixels at some size, [1, 3, H, W], 0..255.

        Returns:
            The pixels from which its statistics are computed.
        """
        if self.choice == "style":
            return pixels
        if style not in self._known:
            self._known[style] = self._recolour(style)
        return self._known[style](pixels)

    def settled(self, styles: Iterable[Picture]) -> Colours:
        """Return these colours with the styles recoloured for this content, and for any that replaces it."""
        return replace(self, _known={style: self._recolour(style) for style in styles})

    def _recolour(self, style: Picture) -> Recolour:
        how = relit if self.choice == "content" else matched
        return Blend(how(style, self.content), self.strength)
