"""Where to write a film, and how: its format, its codec and its sound."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from neuralart.errors import OptionError
from neuralart.image.place import named_format
from neuralart.image.source import path_is_folder, quoted
from neuralart.image.transparency import WHITE, Colour

# The codecs that a format can hold, the usual one first; none for formats without a choice.
CODECS = {
    ".mp4": ("h264", "av1"),
    ".webm": ("av1",),
    ".mov": ("prores", "h264"),
    ".mkv": ("ffv1", "h264", "av1", "prores"),
    ".gif": (),
    ".webp": (),
}
FORMATS = {suffix: suffix.removeprefix(".").upper() for suffix in CODECS}


@dataclass(frozen=True)
class Target:
    """Where to write a film, and how.

    Attributes:
        path: A file, or a folder of pictures.
        codec: As the options name it; None for GIF, WebP and folders.
        sound: The film whose sound to copy, if any.
        begin, end: The part of it to paint, in seconds from its first frame; None for the film's end.
        background: The colour under transparent frames.
    """

    path: Path
    codec: str | None = None
    sound: Path | None = None
    begin: float = 0.0
    end: float | None = None
    background: Colour = WHITE

    @property
    def is_folder(self) -> bool:
        """Whether frames become pictures in a folder."""
        return is_folder(self.path)


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Return whether the path means a folder: it is one, has no suffix, or ends with a slash."""
    return path_is_folder(Path(path)) or not Path(path).suffix or os.fspath(path).endswith(("/", os.sep))


def codec_of(path: str | os.PathLike[str], codec: str | None) -> str | None:
    """Return the codec of a film. Raises PictureError if the suffix will not do, OptionError if the codec will not."""
    if is_folder(path):
        if codec is not None:
            raise OptionError(f"--codec {codec} is for a film, and --output {quoted(path)} is a folder; leave it out")
        return None
    named_format(Path(path).suffix, FORMATS, quoted(path))
    suffix = Path(path).suffix.lower()
    known = CODECS[suffix]
    if codec is None:
        return known[0] if known else None
    if codec not in known:
        fits = [name for name, codecs in CODECS.items() if codec in codecs]
        raise OptionError(f"--codec {codec} does not go into {suffix}; give --output NAME{' or NAME'.join(fits)}")
    return codec
