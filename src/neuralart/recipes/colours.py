"""Whose colours a painting has: what `--colors` does to the pictures that go in, and to the one that comes out."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from neuralart.image.chroma import Chroma
from neuralart.image.picture import Picture
from neuralart.image.recolour import Blend, Grey, Recolour, matched, relit
from neuralart.options import Options


@dataclass(frozen=True, eq=False)
class Colours:
    """The choice, and the photograph that it is about.

    `style`: everything is painted as it is. `content`: only lightness is painted, so that all pictures become grey, and
    the photograph's colours are put back under every picture that is shown. `match`: the style gets the photograph's
    colours beforehand.
    """

    choice: str
    strength: float
    content: Picture
    _known: dict[Picture, Recolour] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, options: Options, content: Picture) -> Colours:
        """What the options say of paintings of this content."""
        return cls(options.colors, options.color_strength, content)

    @property
    def chroma(self) -> Chroma | None:
        """The colours that are put back, if any are."""
        return Chroma(self.content, self.strength) if self.choice == "content" and self.strength else None

    def painted(self, pixels: torch.Tensor) -> torch.Tensor:
        """What is painted of the content, or of what painting begins with: [1, 3, H, W], 0..255."""
        return Blend(Grey(), self.strength)(pixels) if self.choice == "content" else pixels

    def of_style(self, style: Picture, pixels: torch.Tensor) -> torch.Tensor:
        """What is looked at of a style, of whose picture these are the pixels at some size: [1, 3, H, W], 0..255."""
        if self.choice == "style":
            return pixels
        if style not in self._known:
            how = relit if self.choice == "content" else matched
            self._known[style] = Blend(how(style, self.content), self.strength)
        return self._known[style](pixels)
