"""Films that are read frame by frame, wherever the frames come from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from neuralart.errors import OptionError, PictureError
from neuralart.image.limits import STRICT, Reading
from neuralart.image.source import cannot_read, path_is_folder, quoted
from neuralart.video.shot import Shot

FilmLike = str | os.PathLike[str]
SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ts", ".wmv")
RATE = Fraction(25)  # frames a second of a folder of pictures, by default


class Film(Protocol):
    """Frames in the order in which they are shown; they can be read any number of times.

    Attributes:
        path: Its file or folder.
        base: Its unit of time, in seconds.
        is_timed: Whether it says itself when frames are shown.
        lasts: How long it is by its header, in seconds; None if that does not say.
    """

    path: Path
    base: Fraction
    is_timed: bool
    lasts: Fraction | None

    def shots(self) -> Iterator[Shot]:
        """Yield all frames, from the first. Raises PictureError if the film cannot be read at all."""


class Cursor:
    """Finds frames of a film by their number. Frames that are asked for in order are decoded once."""

    def __init__(self, film: Film) -> None:
        self.film = film
        self._shots: Iterator[Shot] = iter(())
        self._next: int | None = None  # the number of the next shot; None before the first

    def at(self, number: int) -> Shot:
        """Return a frame. Raises PictureError if there are fewer."""
        if self._next is None or self._next > number:
            self._shots, self._next = self.film.shots(), 0
        for shot in self._shots:
            self._next += 1
            if self._next > number:
                return shot
        raise PictureError(f"cannot read {quoted(self.film.path)}: frame {number + 1} has gone; was the file changed?")


def opened(film: FilmLike, rate: float | None = None, reading: Reading = STRICT) -> Film:
    """Open a film: a file that FFmpeg reads, a GIF or WebP, or a folder of pictures.

    Args:
        film: The file or folder.
        rate: Frames a second of a folder.
        reading: How far a picture's file is trusted.

    Raises:
        PictureError: If it is not a film, or cannot be read.
        OptionError: If PyAV is needed but not installed.
    """
    path = Path(film)
    if path_is_folder(path):
        from neuralart.video.folder import Folder

        return Folder(path, RATE if rate is None else Fraction(rate).limit_denominator(1000), reading)
    if not path.exists():
        raise PictureError(cannot_read(path, FileNotFoundError()))
    if not path.is_file():
        raise PictureError(f"cannot read {quoted(path)}: it is a device or a pipe, which may never end; give a file")
    if not path.stat().st_size:
        raise PictureError(f"cannot read {quoted(path)}: the file is empty (0 bytes); save or fetch it again")
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] == b"GIF8" or (head[:4] == b"RIFF" and head[8:] == b"WEBP"):
        from neuralart.video.pages import Pages

        return Pages(path, reading)
    check_installed(path)
    from neuralart.video.movie_file import MovieFile

    return MovieFile(path, reading)


def is_film(name: FilmLike) -> bool:
    """Return whether a name means a film rather than a picture: by its suffix, or because it is a folder."""
    return Path(name).suffix.lower() in SUFFIXES or path_is_folder(Path(name))


def check_installed(what: object) -> None:
    """Raise OptionError unless PyAV, which reads and writes films, is installed."""
    from importlib.util import find_spec

    if find_spec("av") is None:
        raise OptionError(
            f'{quoted(what)} needs PyAV, which is not installed: pip install "neuralart[video]", or give a folder of'
            " pictures"
        )
