"""Saves painted frames as a film: picks format and codec, checks in advance what can fail, and writes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from neuralart.errors import OptionError, PictureError
from neuralart.image.picture import Picture
from neuralart.image.place import check_place, named_format, replacing
from neuralart.image.source import first_line, path_is_folder, quoted
from neuralart.image.transparency import WHITE, Colour
from neuralart.image.write import write
from neuralart.video.film import check_installed
from neuralart.video.moments import Moment

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

Frames = Iterable[tuple[Moment, Picture]]


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


def check(target: Target) -> None:
    """Raise PictureError or OptionError unless the film can be written."""
    if target.is_folder:
        if target.path.exists() and any(target.path.iterdir()):
            raise PictureError(f"cannot write to {quoted(target.path)}: the folder is not empty; give another")
        check_place(target.path.parent / f"{target.path.name}.png")
        return
    check_place(target.path)
    if target.codec:
        check_installed(target.path)
        from neuralart.video.muxed import check_sound

        check_sound(target.path, target.sound)


def save(target: Target, frames: Frames) -> int:
    """Write the frames; return their number. Raises PictureError."""
    if target.is_folder:
        return _folder(target.path, frames)
    with replacing(target.path) as spare:
        try:
            return _file(target, spare, frames)
        except (OSError, PictureError):
            raise
        except Exception as error:  # every encoder has its own errors
            raise PictureError(
                f"cannot write {quoted(target.path)}: the encoder failed ({first_line(error)})"
            ) from error


def _file(target: Target, spare: Path, frames: Frames) -> int:
    flat = ((moment, picture.flattened(target.background)) for moment, picture in frames)
    if target.codec is None:
        from neuralart.video.flipbook import write_pages

        return write_pages(flat, spare)
    from neuralart.video.muxed import write_film

    return write_film(flat, spare, target)


def _folder(path: Path, frames: Frames) -> int:
    """Write pictures; the folder appears when all of them are there."""
    count, part = 0, path.with_name(f"{path.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for count, (_, picture) in enumerate(frames, 1):
            write(picture, part / f"{count:06}.png")
        if path.exists():
            path.rmdir()
        part.rename(path)
    except OSError as error:
        raise PictureError(f"cannot write to {quoted(path)}: {error.strerror or error}; give another folder") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return count
