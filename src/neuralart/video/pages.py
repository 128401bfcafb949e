"""Animated GIF and WebP as films, read page by page through libvips."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
import torch
from numpy.typing import NDArray

from neuralart.errors import PictureError
from neuralart.image.limits import Reading, check
from neuralart.image.picture import Picture
from neuralart.image.source import first_line, quoted
from neuralart.video.shot import Shot

MILLISECOND = Fraction(1, 1000)
USUAL = 100  # milliseconds of a frame that names none, or fewer than browsers accept
SHORTEST = 20


class Pages:
    """The frames of an animated GIF or WebP. Raises PictureError if the file cannot be read."""

    is_timed, base = True, MILLISECOND

    def __init__(self, path: Path, reading: Reading) -> None:
        self.path, self.reading = path, reading
        image = self._opened()
        self.height = int(image.get("page-height")) if image.get_typeof("page-height") else image.height
        check(quoted(path), "WebP", (image.width, self.height), 0, path.stat().st_size * 1000, reading.max_pixels)
        self.count = image.height // self.height
        delays = list(image.get("delay")) if image.get_typeof("delay") else []
        self.delays = [delay if delay >= SHORTEST else USUAL for delay in delays] + [USUAL] * self.count
        self.lasts = sum(self.delays[: self.count]) * MILLISECOND

    def shots(self) -> Iterator[Shot]:
        """Yield one for every page."""
        image, begin = self._opened(), 0
        for number in range(self.count):
            try:
                page = image.crop(0, number * self.height, image.width, self.height).numpy()
            except pyvips.Error as error:
                raise self._damaged(error) from error
            yield Shot(begin, self.delays[number], partial(picture_of, page))
            begin += self.delays[number]

    def _opened(self) -> Any:
        try:
            image = pyvips.Image.new_from_file(os.fspath(self.path), n=-1, access="sequential", revalidate=True)
            return image if image.interpretation == "srgb" else image.colourspace("srgb")
        except pyvips.Error as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> PictureError:
        return PictureError(
            f"cannot read {quoted(self.path)}: the data end early or are damaged ({first_line(error)}); save or fetch"
            " it again"
        )


def picture_of(samples: NDArray[Any], peak: float = 255.0) -> Picture:
    """Return a picture of samples [H, W, 3 or 4], 0..`peak`, without alpha if that is opaque throughout."""
    planes = np.ascontiguousarray(np.moveaxis(samples, -1, 0), np.float32)
    if peak != 255:
        planes *= np.float32(255 / peak)
    pixels = torch.from_numpy(planes)[None]
    alpha = pixels[:, 3:] if len(planes) == 4 and bool((pixels[:, 3] < 255).any()) else None
    return Picture(pixels[:, :3].contiguous(), alpha, bits=8 if peak == 255 else 16)
