"""Reads a Picture from a path: decoded, upright, sRGB, 0..255."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
import torch
from numpy.typing import NDArray

from neuralart.image import colour, limits, mapped, record, sizes
from neuralart.image.about import about
from neuralart.image.picture import Picture
from neuralart.image.source import STDIN, Opened, open_bytes, open_file

log = logging.getLogger(__name__)

STRIP = 256  # rows decoded at once
SCANNED = (12, 10)  # bits that scanners and scientific cameras store in 16 without saying so

SAMPLES = {"uchar": np.uint8, "ushort": np.uint16, "float": np.float32}  # what `colour.to_srgb` returns

# EXIF orientation -> the axes to flip, after exchanging rows and columns for 5 to 8.
FLIPS = {2: (1,), 3: (0, 1), 4: (0,), 6: (1,), 7: (0, 1), 8: (0,)}


def read(
    path: str | os.PathLike[str],
    max_long_edge: int | None = None,
    reading: limits.Reading = limits.STRICT,
    enough: int | None = None,
) -> Picture:
    """Read the picture at `path`: JPEG, PNG, TIFF, WebP, AVIF, HEIC, GIF, BMP, JPEG 2000, PSD, TGA, PPM or PGM.

    Camera raw and JPEG XL need the extras `raw` and `jxl`. Of several pages or frames, the first is read; the log says
    so, and names anything else that is not read.

    The EXIF orientation is applied. An embedded profile (unless it is broken), PNG's gamma and HDR codings are
    converted, and every colour space and depth becomes float32 sRGB, 0..255. 16-bit samples keep their precision as
    fractions. Alpha is kept unless it is opaque everywhere. A record written by `write` is in `Picture.record`, and the
    photograph's metadata are in `Picture.about`.

    Args:
        path: The file; "-" is standard input. Pipes can be read, too.
        max_long_edge: A larger picture is reduced to this long edge in pixels (Lanczos-3) while it is decoded, so that
            even a huge file takes little memory. Leave it out if the original program's own resizing follows.
        reading: How many pixels are accepted, and whether damage is.
        enough: A long edge to which the picture will be reduced later; a very large file is then reduced to twice this
            size, which makes no visible difference.

    Raises:
        PictureError: In one line with the path, what is wrong and what to do.
    """
    is_named = os.fspath(path) != STDIN
    opened = open_file(path, reading)
    if enough and max_long_edge is None and math.prod(opened.header.size) > mapped.LARGE:
        max_long_edge = 2 * enough
    return replace(_decode(opened, max_long_edge), source=Path(path) if is_named else None)


def read_bytes(
    data: bytes,
    name: str = "the picture",
    max_long_edge: int | None = None,
    reading: limits.Reading = limits.STRICT,
) -> Picture:
    """Read a picture from a file's bytes, as `read` does; `name` is its name in messages. Raises PictureError."""
    return _decode(open_bytes(data, name, reading), max_long_edge)


def _decode(opened: Opened, max_long_edge: int | None) -> Picture:
    size = sizes.shrink(*opened.header.size, max_long_edge)
    with opened.decoding():
        opened = _shrunk_by_decoder(opened, size)
        display = colour.to_srgb(opened.pixels(), opened.header.coding, coding_first=opened.header.coding_first)
        if size != (display.image.width, display.image.height):
            display = _shrunk(display, size)
        pixels, alpha = _planes(display, _orientation(opened.image))
    notes = (*opened.header.notes, *display.notes)
    if opened.kind in ("PNG", "TIFF") and opened.image.format == "ushort" and not display.icc:
        notes += _widened(pixels)
    for note in notes:
        tell(f"{opened.label}: {note}")
    if opened.reading.accept_damaged:
        tell(f"{opened.label}: damage is accepted; what could not be read is blank")
    if alpha is not None and alpha.min() >= 255:
        alpha = None
    xmp = opened.image.get("xmp-data") if opened.image.get_typeof("xmp-data") else None
    return Picture(
        pixels=torch.from_numpy(pixels)[None],
        alpha=None if alpha is None else torch.from_numpy(alpha)[None, None],
        bits=display.bits,
        icc=display.icc,
        record=record.extract(xmp) if xmp else None,
        grey=display.grey,
        digest=opened.digest(),
        about=about(opened.image, opened.data, position=opened.reading.keep_gps),
    )


@lru_cache(maxsize=1024)
def tell(note: str) -> None:
    """Log a note once, however often the file is read."""
    log.info("%s", note)


def _widened(pixels: NDArray[np.float32]) -> tuple[str, ...]:
    """Scale 12 or 10 bits in 16 to the full range, in place, and return a note; such files would look black."""
    most = round(float(pixels.max()) * 65535 / 255)
    bits = next((bits for bits in SCANNED if 2 ** (bits - 2) <= most < 2**bits), None)
    if bits is None:
        return ()
    pixels *= np.float32(65535 / (2**bits - 1))
    return (f"its 16-bit samples end at {most}, like {bits}-bit samples, and are read as such",)


def _shrunk_by_decoder(opened: Opened, size: tuple[int, int]) -> Opened:
    """Decode a JPEG at 1/2, 1/4 or 1/8 if Lanczos then still has to reduce it by a factor of at least 1.5."""
    times = min(wide / narrow for wide, narrow in zip(opened.header.size, size))
    shrink = next((by for by in (8, 4, 2) if times >= 1.5 * by), 1)
    return opened.again(shrink=shrink) if opened.kind == "JPEG" and shrink > 1 else opened


def _shrunk(display: colour.Display, size: tuple[int, int]) -> colour.Display:
    """Resize in float before the image is in memory, with colours weighted by their alpha."""
    image = display.image.cast("float") * (255 / display.peak)
    if display.alpha:
        image = image.premultiply(max_alpha=255)
    image = image.resize(size[0] / image.width, vscale=size[1] / image.height, kernel="lanczos3")
    if display.alpha:
        image = image.unpremultiply(max_alpha=255)
    return replace(display, image=image, peak=255.0)


def _planes(display: colour.Display, orientation: int) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Return (colour [3, H, W], alpha [H, W]), upright. A large picture is decoded in strips, never whole in memory."""
    width, height, bands = display.image.width, display.image.height, display.image.bands
    count, channels = width * height, bands - display.alpha
    shape = (width, height) if 5 <= orientation <= 8 else (height, width)
    pixels = mapped.empty((3, *shape), np.float32, count)
    alpha = mapped.empty(shape, np.float32, count) if display.alpha else None
    for top, strip in _strips(display.image):
        rows = slice(top, top + len(strip))
        for c in range(channels):
            _lying(pixels[c], orientation)[rows] = _plane(strip[:, :, c], display.peak)
        for c in range(channels, 3):
            _lying(pixels[c], orientation)[rows] = _lying(pixels[0], orientation)[rows]
        if alpha is not None:
            _lying(alpha, orientation)[rows] = _plane(strip[:, :, -1], display.peak)
    return pixels, alpha


def _strips(image: Any) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield (first row, rows [h, W, C]) from top to bottom; a small picture at once."""
    width, height, bands = image.width, image.height, image.bands
    if width * height <= mapped.LARGE:
        yield 0, np.asarray(image).reshape(height, width, bands)
        return
    region, dtype = pyvips.Region.new(image), SAMPLES[image.format]
    for top in range(0, height, STRIP):
        rows = min(STRIP, height - top)
        yield top, np.frombuffer(region.fetch(0, top, width, rows), dtype).reshape(rows, width, bands)


def _orientation(image: Any) -> int:
    return int(image.get("orientation")) if image.get_typeof("orientation") else 1


def _lying(upright: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return a view of the upright [H, W] in the orientation of the file."""
    flipped = np.flip(upright, FLIPS.get(orientation, ()))
    return flipped.swapaxes(0, 1) if 5 <= orientation <= 8 else flipped


def _plane(samples: NDArray[Any], peak: float) -> NDArray[np.float32]:
    """Return one channel [H, W] in float32, 0..255; NaN becomes 0."""
    plane = samples.astype(np.float32)
    if peak != 255:
        plane /= np.float32(peak / 255)
    if samples.dtype.kind == "f":
        np.nan_to_num(plane, copy=False, nan=0.0)
        np.clip(plane, 0, 255, out=plane)
    return np.minimum(plane, np.float32(255), out=plane)
