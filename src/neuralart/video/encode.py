"""Writes stills to a file: picks encoder and size, and checks in advance what can fail."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from neuralart.errors import OptionError, PictureError
from neuralart.image.place import check_place, named_format, replacing
from neuralart.image.sizes import fit
from neuralart.image.source import first_line, quoted
from neuralart.video.flipbook import write_gif, write_webp
from neuralart.video.reel import Reel

FORMATS = {".gif": "GIF", ".webp": "WebP", ".mp4": "MP4", ".webm": "WebM"}
PAUSE = 2.0  # seconds on the finished picture


def check(path: str | os.PathLike[str]) -> None:
    """Raise PictureError if the name or place will not do, OptionError if the format's encoder is missing."""
    kind = named_format(Path(path).suffix, FORMATS, quoted(path))
    if kind in ("MP4", "WebM") and find_spec("av") is None:
        raise OptionError(
            f'{kind} needs PyAV, which is not installed: pip install "neuralart[video]", or name a .gif or .webp'
        )
    check_place(path)


def encode(reel: Reel, path: str | os.PathLike[str], size: int | None, usual: int, seconds: float) -> str:
    """Write the reel as a film of `seconds` plus a pause; return one line that says what was written.

    size: The long edge in pixels. None means `usual`, or the picture's own if that is less; a GIF then shrinks until
    the file is small enough. Raises PictureError.
    """
    kind = FORMATS[Path(path).suffix.lower()]
    width, height = reel.size()
    shape = fit(width, height, size or min(usual, max(width, height)))
    check_place(path)  # the folder may have changed, and encoders report that less clearly
    with replacing(path) as spare:
        try:
            told = _written(reel, spare, kind, shape, seconds, may_shrink=size is None)
        except OSError:
            raise
        except Exception as error:  # every encoder has its own errors
            raise PictureError(
                f"cannot write {quoted(path)}: the {kind} encoder failed ({first_line(error)})"
            ) from error
    return f"{path}: {told}"


def _written(reel: Reel, path: Path, kind: str, size: tuple[int, int], seconds: float, *, may_shrink: bool) -> str:
    if kind in ("MP4", "WebM"):
        from neuralart.video.movie import write_movie

        return write_movie(reel, path, kind, size, seconds, PAUSE)
    if kind == "GIF":
        return write_gif(reel, path, size, seconds, PAUSE, may_shrink=may_shrink)
    return write_webp(reel, path, size, seconds, PAUSE)
