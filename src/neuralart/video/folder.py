"""A folder of pictures as a film, ordered by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

from neuralart.errors import PictureError
from neuralart.image.limits import Reading
from neuralart.image.read import read
from neuralart.image.source import quoted
from neuralart.video.shot import Shot

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".avif", ".bmp", ".heic", ".jxl", ".exr", ".ppm")


class Folder:
    """Frames from the pictures in a folder, at a fixed rate. Raises PictureError if it holds none."""

    is_timed = False

    def __init__(self, path: Path, rate: Fraction, reading: Reading) -> None:
        self.path, self.base, self.reading = path, 1 / rate, reading
        self.files = pictures_in(path)
        if not self.files:
            raise PictureError(f"cannot read {quoted(path)}: the folder holds no pictures; give one that does")
        self.lasts: Fraction | None = len(self.files) * self.base

    def shots(self) -> Iterator[Shot]:
        """Yield one for every picture."""
        for number, file in enumerate(self.files):
            yield Shot(number, 1, partial(read, file, reading=self.reading))


def pictures_in(path: Path) -> list[Path]:
    """Return the pictures in a folder, in order; other files there do not belong to the film."""
    return sorted((file for file in path.iterdir() if file.suffix.lower() in SUFFIXES), key=_in_order)


def _in_order(file: Path) -> tuple[object, ...]:
    """Return what to sort by: frame-10 comes after frame-9."""
    parts = re.split(r"(\d+)", file.name)
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)
