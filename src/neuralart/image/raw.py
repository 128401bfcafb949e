"""Reads camera raw files with rawpy (LibRaw), if the extra `raw` is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pyvips

from neuralart.image.tiff import directory

MAGICS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb")
MISSING = "it is a camera raw file, which needs an extra: pip install 'neuralart[raw]'; or export it as TIFF"


def is_raw(data: Any) -> bool:
    """Whether the bytes of a file are camera raw: DNG, CR2, CR3, NEF, ARW, RAF, ORF, RW2 and similar formats."""
    head = bytes(data[:32])
    if head.startswith(MAGICS) or head[4:12] == b"ftypcrx ":
        return True
    if head[:4] not in (b"II*\0", b"MM\0*"):
        return False
    return head[8:10] == b"CR" or directory(data).is_raw()


def is_here() -> bool:
    """Whether the library is installed."""
    return find_spec("rawpy") is not None


def size(data: Any) -> tuple[int, int]:
    """Return (width, height) of the developed picture without developing it. Raises what rawpy raises."""
    with _opened(data) as file:
        sizes = file.sizes
        # LibRaw rotates the picture upright; 5 and 6 are quarter turns.
        return (sizes.height, sizes.width) if sizes.flip in (5, 6) else (sizes.width, sizes.height)


def load(data: Any) -> Any:
    """Develop with the camera's white balance: a pyvips image, 16 bits, sRGB. Raises what rawpy raises."""
    with _opened(data) as file:
        pixels = file.postprocess(use_camera_wb=True, output_bps=16)
    # LibRaw's default curve is that of BT.709, which is close to sRGB.
    return pyvips.Image.new_from_array(pixels).copy(interpretation="rgb16")


def _opened(data: Any) -> Any:
    import io

    import rawpy

    file = rawpy.RawPy()
    file.open_buffer(io.BytesIO(data))
    return file
