"""A frame of a film that is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from neuralart.image.picture import Picture

SOURCES = "a film, a GIF or WebP, or a folder of pictures"  # what can be read as a film


class Shot(NamedTuple):
    """A frame that has been read but not yet turned into a picture.

    Attributes:
        ticks: When it appears, in the film's unit of time; None if the film does not say.
        length: How long it is shown, in the same unit; 0 if the film does not say.
        picture: Makes the picture, upright and in sRGB.
    """

    ticks: int | None
    length: int
    picture: Callable[[], Picture]
