"""Saves painted frames as a film: checks in advance what can fail, and writes."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from neuralart.errors import PictureError
from neuralart.image.picture import Picture
from neuralart.image.place import check_place, replacing
from neuralart.image.source import first_line, quoted
from neuralart.image.write import write
from neuralart.video.film import check_installed
from neuralart.video.moments import Moment
from neuralart.video.target import Target

Frames = Iterable[tuple[Moment, Picture]]


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


def size(target: Target, painted: tuple[int, int]) -> tuple[int, int]:
    """Return the size of the frames that are written, of painted ones of this size."""
    if target.codec is None:
        return painted
    from neuralart.video.muxed import held

    return held(painted, target.codec)


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
