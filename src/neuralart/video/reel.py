"""The stills that a film is made of. Their memory is bounded, however long the run and large the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from neuralart.video.timing import evenly

# The most to keep. Even thinned out, stills are dense enough that fading from one to the next looks like painting.
MOST = 300  # stills
ROOM = 96 * 2**20  # bytes

# At this quality with full colour, JPEG's loss is invisible, and a still takes an eighth of its pixels' bytes.
KEPT = {"Q": 95, "subsample_mode": "off"}


@dataclass(frozen=True)
class Still:
    """A picture as JPEG; change: its mean absolute difference from the still before, in grey levels."""

    data: bytes
    change: float

    def image(self, size: tuple[int, int] | None = None) -> Any:
        """Return a pyvips image of 8-bit RGB, resized to `size` (width, height) if given."""
        # A new source each time: for a buffer, libvips would reuse the first decoder, half read.
        image = pyvips.Image.new_from_source(pyvips.Source.new_from_memory(self.data), "", access="sequential")
        return image if size is None else resized(image, size)


class Reel:
    """Stills in the order in which they were made."""

    def __init__(self, most: int = MOST, room: int = ROOM) -> None:
        self.stills: list[Still] = []
        self.most, self.room = most, room
        self.bytes = 0
        self.newest: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.stills)

    def add(self, frame: NDArray[np.uint8]) -> None:
        """Add a frame, uint8 [H, W, 3]; frames of a run's smaller scales may be smaller."""
        before = None if self.newest is None else pyvips.Image.new_from_array(self.newest)
        image = pyvips.Image.new_from_array(frame)
        still = Still(image.jpegsave_buffer(**KEPT), 0.0 if before is None else difference(before, image))
        self.stills.append(still)
        self.bytes += len(still.data)
        self.newest = frame
        while len(self.stills) > 3 and (len(self.stills) > self.most or self.bytes > self.room):
            self._thin()

    def size(self) -> tuple[int, int]:
        """(width, height) of the newest frame, in pixels."""
        assert self.newest is not None
        return self.newest.shape[1], self.newest.shape[0]

    def frames(self, count: int, size: tuple[int, int]) -> Iterator[Any]:
        """Yield `count` pyvips images of `size`, 8-bit RGB, with the same change between any two."""
        decoded = lru_cache(2)(lambda number: self.stills[number].image(size).copy_memory())
        for first, part in evenly([still.change for still in self.stills], count):
            image = decoded(first)
            if part:
                image = (image * (1 - part) + decoded(first + 1) * part + 0.5).cast("uchar")
            yield image.copy(interpretation="srgb")

    def _thin(self) -> None:
        """Drop the still whose neighbours are the most alike, but neither the first nor the newest."""
        changes = [still.change for still in self.stills]
        nearest = min(range(1, len(changes) - 1), key=lambda k: changes[k] + changes[k + 1])
        before, dropped, after = self.stills[nearest - 1 : nearest + 2]
        self.stills[nearest : nearest + 2] = [replace(after, change=difference(before.image(), after.image()))]
        self.bytes -= len(dropped.data)


def difference(one: Any, other: Any) -> float:
    """Return the mean absolute difference of two pyvips images in grey levels; the smaller one is enlarged."""
    size = max((one.width, one.height), (other.width, other.height))
    return float((resized(one, size) - resized(other, size)).abs().avg())


def resized(image: Any, size: tuple[int, int]) -> Any:
    """Return the image at exactly `size` (width, height)."""
    if (image.width, image.height) == size:
        return image
    across, down = size[0] / image.width, size[1] / image.height
    return image.resize(across, vscale=down, kernel="cubic")


def megabytes(path: Path) -> str:
    """Return the size of a file as text: 4.2 MB."""
    return f"{path.stat().st_size / 1e6:.2g} MB"
