"""Limits for untrusted files: checks the size in the header before any pixel is decoded."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from neuralart.errors import PictureError

MEGA = 10**6
MAX_PIXELS = 250 * MEGA
"""Larger pictures are refused by default: this is more than any camera makes in one shot."""

THINNEST = 250  # a side has at most 1/250 of the allowed pixels, so 250 megapixels allow sides of up to a million

DEFLATE = 1032  # the most bytes of samples that a byte of a PNG can encode
# The most pixels that a byte of other formats can encode: JPEG needs less than a bit for a block of 16 x 16, GIF 12
# bits for 4095.
DENSEST = {"JPEG": 4096, "GIF": 2730}
# Other formats only reach this density for a single colour; a large picture that claims it is meant to fill the memory.
DENSE, LARGE = 20_000, 16 * MEGA

DECODED = 24  # bytes per pixel: float32 in three channels, the decoder's samples, and a margin
BESIDE = 64 * 2**20  # bytes for buffers and threads of the decoder


@dataclass(frozen=True)
class Reading:
    """What a reader accepts and keeps.

    Attributes:
        max_pixels: Larger pictures are refused.
        accept_damaged: Whether to use the readable part of a damaged file.
        keep_gps: Whether to keep the place where the photograph was taken.
    """

    max_pixels: int = MAX_PIXELS
    accept_damaged: bool = False
    keep_gps: bool = False


STRICT = Reading()


def check(label: str, kind: str, size: tuple[int, int], row: int, length: int, allowed: int) -> None:
    """Raise PictureError for a picture whose header claims more than is plausible or allowed.

    Args:
        label: The name of the picture for messages.
        kind: Its format.
        size: (width, height) in its header.
        row: The bytes of one row of its samples.
        length: The bytes of its file.
        allowed: The most pixels that are accepted.
    """
    width, height = size
    dense = DENSEST.get(kind, DENSE if width * height > LARGE else width * height)
    if width * height > dense * length or (kind == "PNG" and row * height > DEFLATE * length):
        raise PictureError(
            f"cannot read {label}: it claims {width} x {height} pixels, which its {length:,} bytes cannot hold; save or"
            " fetch it again"
        )
    if width * height > allowed:
        raise PictureError(
            f"cannot read {label}: it claims {width} x {height} pixels, {width * height / MEGA:,.0f} megapixels, but"
            f" only {allowed / MEGA:,.0f} are accepted; make it smaller first, or raise --max-megapixels"
        )
    if max(size) > max(allowed // THINNEST, 65_536):
        raise PictureError(
            f"cannot read {label}: it claims {width} x {height} pixels, but only {max(allowed // THINNEST, 65_536):,}"
            " along a side are accepted; cut it first, or raise --max-megapixels"
        )
    room = address_space_left()
    need = width * height * DECODED + BESIDE
    if room is not None and need > room:
        raise PictureError(
            f"cannot read {label}: {width} x {height} pixels take about {need / 1e9:.1f} GB, but this process may only"
            f" take {room / 1e9:.1f} GB more (ulimit -v); make it smaller first, or raise the limit"
        )


def address_space_left() -> int | None:
    """Return the bytes that this process may still take by its limit (ulimit -v); None if there is none or unknown.

    Beyond the limit, libvips ends the process instead of raising an error.
    """
    if sys.platform != "linux":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return None
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return max(0, limit - pages * resource.getpagesize())
