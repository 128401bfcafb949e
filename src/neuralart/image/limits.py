"""How much of a stranger's file is believed: sizes from its header, before any pixel is decoded."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from neuralart.errors import PictureError

MEGA = 10**6
MAX_PIXELS = 250 * MEGA
"""Pictures of more pixels than this are refused unless asked for: more than any camera makes in one shot."""

THINNEST = 250  # A side is at most this share of the pixels, so that 250 megapixels have sides of up to a million.

DEFLATE = 1032  # bytes of samples that a byte of a PNG can stand for at most
# Pixels that a byte of other formats can stand for: JPEG codes blocks of 16 x 16 in less than a bit, GIF 4095 in 12.
DENSEST = {"JPEG": 4096, "GIF": 2730}
# Others have no such limit, but for one colour; whoever claims so much of a large picture means to fill the memory.
DENSE, LARGE = 20_000, 16 * MEGA

DECODED = 24  # bytes per pixel: float32 in three channels, the decoder's samples, and room
BESIDE = 64 * 2**20  # bytes: buffers and threads of the decoder


@dataclass(frozen=True)
class Reading:
    """What a reader is told besides the file.

    max_pixels: pictures of more are refused. accept_damaged: what can be read of a damaged file is taken for it.
    keep_gps: the place where the photograph was taken is kept with it.
    """

    max_pixels: int = MAX_PIXELS
    accept_damaged: bool = False
    keep_gps: bool = False


STRICT = Reading()


def check(label: str, kind: str, size: tuple[int, int], row: int, length: int, allowed: int) -> None:
    """Raise PictureError for a picture whose header claims more than is believed or may be spent.

    kind: its format. row: bytes of one row of its samples. length: bytes of its file. allowed: pixels.
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
            f"cannot read {label}: it claims {width} x {height} pixels, {width * height / MEGA:,.0f} megapixels, and"
            f" {allowed / MEGA:,.0f} are accepted; make it smaller first, or raise --max-megapixels"
        )
    if max(size) > max(allowed // THINNEST, 65_536):
        raise PictureError(
            f"cannot read {label}: it claims {width} x {height} pixels, and {max(allowed // THINNEST, 65_536):,} along"
            " a side are accepted; cut it first, or raise --max-megapixels"
        )
    room = address_space_left()
    need = width * height * DECODED + BESIDE
    if room is not None and need > room:
        raise PictureError(
            f"cannot read {label}: {width} x {height} pixels take about {need / 1e9:.1f} GB, and"
            f" this process may take {room / 1e9:.1f} GB more (ulimit -v); make it smaller first, or raise the limit"
        )


def address_space_left() -> int | None:
    """Bytes that this process may still take by its limit (ulimit -v); None where there is none, or none is told.

    Beyond it libvips does not raise an error but ends the process.
    """
    if sys.platform != "linux":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return None
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return max(0, limit - pages * resource.getpagesize())
