"""Reads PPM and PGM, which the original program read but this libvips build does not.

P2 and P5 are grey, P3 and P6 are colour; P2 and P3 are text. Samples have up to 16 bits.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

# A magic number, then width, height and greatest value, each after white space and comments to the line's end.
HEADER = re.compile(rb"P([2356])" + rb"(?:\s|#[^\r\n]*[\r\n])+(\d{1,9})" * 3 + rb"\s")


class DamagedError(ValueError):
    """The file does not contain what its header says."""


def is_pnm(head: bytes) -> bool:
    """Whether a file beginning with `head` (three bytes) is a PPM or PGM."""
    return re.match(rb"P[2356][\s#]", head) is not None


def load(data: Any, max_pixels: int) -> Any:
    """Return the picture in `data` (bytes or a memory map) as a pyvips image, 8 or 16 bits, 1 or 3 bands.

    A picture with more than `max_pixels` is returned as an image of its size without its pixels, so that the caller can
    refuse it like any other. Raises DamagedError.
    """
    header = HEADER.match(data[:4096])
    if not header:
        raise DamagedError("no header")
    magic, width, height, peak = (int(group) for group in header.groups())
    bands = 3 if magic in (3, 6) else 1
    if width * height > max_pixels:
        return pyvips.Image.black(width, height)
    if not (width and height and 0 < peak < 65536):
        raise DamagedError(f"{width} x {height} pixels of up to {peak}")
    samples = _samples(data, header.end(), width * height * bands, peak, text=magic in (2, 3))
    # Scale to the full range; this is exact if the greatest value is 255 or 65535.
    full, dtype, space = (255, np.uint8, "srgb") if peak < 256 else (65535, np.uint16, "rgb16")
    if peak != full:
        samples = np.rint(np.minimum(samples, peak) * (full / peak))
    if bands == 1:
        space = "b-w" if peak < 256 else "grey16"
    array = samples.astype(dtype).reshape(height, width, bands)
    return pyvips.Image.new_from_array(array).copy(interpretation=space)


def _samples(data: Any, start: int, count: int, peak: int, *, text: bool) -> NDArray[Any]:
    if text:
        try:
            result = np.array(re.sub(rb"#[^\r\n]*", b"", data[start:]).split()[:count], dtype=np.int64)
        except ValueError:
            raise DamagedError("something other than numbers") from None
    else:
        dtype = np.dtype(np.uint8 if peak < 256 else ">u2")
        result = np.frombuffer(data, dtype, count=min(count, (len(data) - start) // dtype.itemsize), offset=start)
    if len(result) < count:
        raise DamagedError(f"{len(result)} samples of {count}")
    return result
