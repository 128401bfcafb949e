"""A file that a visitor sent, and the visitor's name for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from neuralart.errors import NeuralartError, PictureError
from neuralart.image.limits import Reading
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.image.source import Opened, open_file, quoted

SIZED = Reading(max_pixels=10**18)  # the app compares sizes with its own limit, and names that one


@dataclass(frozen=True)
class Upload:
    """A picture or a film that a visitor sent: its file, and the visitor's name for it."""

    path: Path
    name: str

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        return Path(self.name).stem

    def size(self, max_megapixels: float, opened: Opened | None = None) -> tuple[int, int]:
        """Return a picture's (width, height), without decoding it. Raises PictureError if it cannot be accepted."""
        image = (opened or self.opened()).image
        return self.accepted((image.width, image.height), max_megapixels)

    def opened(self) -> Opened:
        """Open a picture without decoding it. Raises PictureError if it cannot be read."""
        try:
            return open_file(self.path, SIZED)
        except PictureError as error:
            raise self.named(error) from None

    def accepted(self, size: tuple[int, int], max_megapixels: float) -> tuple[int, int]:
        """Return a size, in pixels. Raises PictureError if it is more than so many megapixels."""
        if size[0] * size[1] > max_megapixels * 1e6:
            raise PictureError(
                f"{quoted(self.name)} has {size[0]} x {size[1]} pixels, but this app accepts at most"
                f" {max_megapixels:g} million; make it smaller first"
            )
        return size

    def read(self) -> Picture:
        """Return the picture, under the visitor's name for it."""
        try:
            return replace(read(self.path, reading=SIZED), source=Path(self.name))
        except PictureError as error:
            raise self.named(error) from None

    def named(self, error: NeuralartError) -> NeuralartError:
        """Return the error with the visitor's name for the file."""
        return type(error)(str(error).replace(str(self.path), self.name))
