"""One of the styles of a painting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.image.sizes import fit

# A style whose long edge has less than this share of the picture's shows in the picture as fewer, larger strokes.
SMALL = 0.5


@dataclass(frozen=True, eq=False)
class Style:
    """A picture whose style is wanted.

    Attributes:
        picture: A path, a `Picture`, or anything else that `stylize` takes as a picture.
        weight: Of this style among several, above 0; only their ratios count.
        scale: The style's long edge as a multiple of the picture's, above 0: the size of the strokes. None makes it as
            large as the picture, but never larger than its own pixels.

    Raises OptionError for a weight or a scale that is not a number above 0.
    """

    picture: Any
    weight: float = 1.0
    scale: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("weight", self.weight), ("scale", 1.0 if self.scale is None else self.scale)):
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                raise OptionError(f"the {name} of a style is {value!r}; it must be a number above 0")

    def size(self, image: tuple[int, int], *, enlarged: bool) -> tuple[int, int]:
        """The size that the style is brought to, for an image of this size; (width, height) in pixels.

        Args:
            image: The size of the image being made.
            enlarged: Whether a style without a scale is enlarged to the picture's size.
        """
        picture: Picture = self.picture
        edge = max(image) if self.scale is None else max(1, round(max(image) * self.scale))
        if self.scale is None and not enlarged:
            edge = min(edge, max(picture.size))
        return fit(*picture.size, edge)
