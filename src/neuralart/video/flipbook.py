"""Writes stills as animated GIF and WebP through libvips, one page below another."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyvips

from neuralart.errors import counted
from neuralart.image.picture import Picture
from neuralart.image.sizes import fit
from neuralart.video.moments import Moment
from neuralart.video.reel import Reel, megabytes

SMALL = 5_000_000  # bytes: what sites that show GIFs accept

# Centiseconds between the frames of a GIF, and the share of the requested size; tried in turn until the file fits.
RUNGS = (
    (8, 1.0),
    (10, 1.0),
    (10, 0.85),
    (12, 0.85),
    (12, 0.72),
    (14, 0.72),
    (14, 0.6),
    (17, 0.6),
    (20, 0.5),
    (25, 0.4),
    (33, 0.3),
    (50, 0.2),
    (100, 0.15),
    (200, 0.1),
)
CENTISECOND = 10  # milliseconds: GIF's unit of time
SLOWEST = 20  # centiseconds, if the size is fixed: below five frames a second it is no longer a film

# A palette for every frame, dithered. Pixels that change by less than 8 grey levels are left as they were, which is
# invisible among brush strokes and saves a third of the bytes. More effort than 4 saves 10 % in five times the time.
GIF: dict[str, Any] = {"dither": 1.0, "effort": 4, "interframe_maxerror": 8}
BYTES = 0.5  # per pixel of a GIF: the first guess, measured like the above with 66 frames of 380 x 285

# Until they are encoded, frames lie on disk, half a megabyte each at the usual size. In longer films each lasts longer.
MOST = 1000

WEBP: dict[str, Any] = {"Q": 80, "smart_subsample": True}
WEBP_TIME = 50  # milliseconds between frames


def write_gif(reel: Reel, path: Path, size: tuple[int, int], seconds: float, pause: float, *, may_shrink: bool) -> str:
    """Write an animated GIF of less than `SMALL` bytes; return a description of it.

    It gets fewer frames, and smaller ones if it `may_shrink`, until the file is small enough. If that does not help,
    the file stays larger, and the description says so. Raises pyvips.Error.
    """
    rungs = list(RUNGS)
    if not may_shrink:
        rungs = [rung for rung in RUNGS if rung[1] == 1.0] + [(_time(seconds, SLOWEST, 100), 1.0)]
    bytes_per_pixel = BYTES
    for number, (time, share) in enumerate(rungs):
        count, shape = _count(seconds, time / 100), fit(*size, max(1, round(max(size) * share)))
        is_last = number == len(rungs) - 1
        if (count > MOST or count * shape[0] * shape[1] * bytes_per_pixel > SMALL) and not is_last:
            continue
        with _pages(reel, count, shape, time * 10, pause) as pages:
            pages.gifsave(os.fsencode(path), **GIF)
        written = path.stat().st_size
        if written < SMALL or is_last:
            break
        bytes_per_pixel = max(bytes_per_pixel, written / (count * shape[0] * shape[1]))
    told = _told(count, shape, seconds, pause, path)
    if written >= SMALL:
        return f"{told}; a smaller --animation-size or fewer --animation-seconds make it less"
    return told if number == 0 else f"{told}: fewer or smaller frames, to stay below {SMALL / 1e6:g} MB"


def write_webp(reel: Reel, path: Path, size: tuple[int, int], seconds: float, pause: float) -> str:
    """Write an animated WebP; return a description of it. Raises pyvips.Error."""
    time = _time(seconds, WEBP_TIME, 1000)
    count = _count(seconds, time / 1000)
    with _pages(reel, count, size, time, pause) as pages:
        pages.webpsave(os.fsencode(path), **WEBP)
    return _told(count, size, seconds, pause, path)


def _time(seconds: float, usual: int, unit: int) -> int:
    """Return how long a frame is shown, in 1/unit seconds: the usual time, or longer so that there are not too many."""
    return max(usual, math.ceil(seconds * unit / MOST))


def _count(seconds: float, time: float) -> int:
    """Return how many frames of `time` seconds fill the film; two at least."""
    return max(2, round(seconds / time))


def write_pages(frames: Iterable[tuple[Moment, Picture]], path: Path) -> int:
    """Write the painted frames of a film as GIF or WebP; return their number. Raises pyvips.Error."""
    moments: list[Moment] = []
    size = (0, 0)

    def samples() -> Iterator[bytes]:
        nonlocal size
        for moment, picture in frames:
            moments.append(moment)
            size = picture.size
            yield picture.numpy().tobytes()

    unit = CENTISECOND if path.suffix.lower() == ".gif" else 1
    with _joined(samples(), lambda: size, lambda: delays(moments, unit)) as pages:
        if path.suffix.lower() == ".gif":
            pages.gifsave(os.fsencode(path), **GIF)
        else:
            pages.webpsave(os.fsencode(path), **WEBP)
    return len(moments)


def delays(moments: Sequence[Moment], unit: int) -> list[int]:
    """Return how long each frame is shown, in milliseconds, in multiples of `unit`; rounding errors do not add up.

    >>> from fractions import Fraction
    >>> delays([Moment(0, 0, Fraction(1, 30), 1), Moment(1, 1, Fraction(1, 30), 1)], 10)
    [30, 40]
    """
    ends = [round(float(one.end - moments[0].begin) * 1000 / unit) * unit for one in moments]
    return [max(2 * unit, end - begin) for begin, end in zip([0, *ends], ends)]


@contextmanager
def _pages(reel: Reel, count: int, size: tuple[int, int], time: int, pause: float) -> Iterator[Any]:
    """Yield all frames below one another, on disk; time: milliseconds per frame."""
    frames = (frame.write_to_memory() for frame in reel.frames(count, size))
    with _joined(frames, lambda: size, lambda: [time] * (count - 1) + [time + round(pause * 1000)]) as pages:
        yield pages


@contextmanager
def _joined(
    frames: Iterable[bytes], size: Callable[[], tuple[int, int]], delays: Callable[[], list[int]]
) -> Iterator[Any]:
    """Yield frames of 8-bit RGB below one another, on disk. size, delays: called when all frames are there."""
    # libvips could make each frame when the encoder needs it, but holds a few megabytes for every open one.
    with tempfile.TemporaryDirectory(prefix="neuralart-", ignore_cleanup_errors=True) as folder:
        raw = Path(folder) / "frames"
        with raw.open("wb") as file:
            for frame in frames:
                file.write(frame)
        (width, height), times = size(), delays()
        pages = pyvips.Image.rawload(os.fsencode(raw), width, height * len(times), 3).copy(interpretation="srgb")
        pages.set_type(pyvips.GValue.gint_type, "page-height", height)
        pages.set_type(pyvips.GValue.array_int_type, "delay", times)
        pages.set_type(pyvips.GValue.gint_type, "loop", 0)  # for ever
        yield pages


def _told(count: int, size: tuple[int, int], seconds: float, pause: float, path: Path) -> str:
    frames = counted(count, "frame")
    return f"{frames}, {size[0]} x {size[1]} pixels, {seconds:g} + {pause:g} seconds, {megabytes(path)}"
