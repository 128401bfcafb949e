"""Reads formats that this libvips lacks with Pillow and its plugins: BMP, TGA, PSD, JPEG 2000, HEIC, and JPEG XL.

The size is known before anything is decoded, and only the format that the first bytes indicate is tried.
"""

from __future__ import annotations

import importlib
import io
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
import pyvips

from neuralart.image import jxl

PLUGINS = {
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "TGA": ("PIL.TgaImagePlugin", "TgaImageFile"),
    "Photoshop": ("PIL.PsdImagePlugin", "PsdImageFile"),
    "JPEG 2000": ("PIL.Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "JPEG XL": ("pillow_jxl.JpegXLImagePlugin", "JXLImageFile"),
}
NO_JXL = "it is a JPEG XL picture, which needs an extra: pip install 'neuralart[jxl]'; or save it as PNG"

TGA_FOOTER = b"TRUEVISION-XFILE.\0"
BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # bytes
SPACES = {("u1", 1): "b-w", ("u1", 3): "srgb", ("u2", 1): "grey16", ("u2", 3): "rgb16"}

_truncated = threading.Lock()


@dataclass(frozen=True)
class Header:
    """What is known before decoding, and how to decode: `load(accept_damaged)` returns a pyvips image."""

    size: tuple[int, int]
    load: Callable[[bool], Any]
    exif: bytes | None = None
    notes: tuple[str, ...] = field(default=())


def kind(data: Any) -> str:
    """Return the name of the format if it is read here, otherwise ""."""
    head = bytes(data[:64])
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in BMP_HEADERS:
        return "BMP"
    if head.startswith(b"8BPS\0\1"):
        return "Photoshop"
    if head.startswith((b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")):
        return "JPEG 2000"
    if jxl.is_jxl(head):
        return "JPEG XL"
    return "TGA" if _is_tga(head, bytes(data[-18:])) else ""


def has_jxl() -> bool:
    """Whether the plugin for JPEG XL is installed."""
    return find_spec("pillow_jxl") is not None


def header(data: Any, name: str) -> Header:
    """Read the header of a picture of this kind. Raises whatever the library raises on damage."""
    if name == "HEIC":
        return _heic(data)
    if name == "JPEG XL":
        return Header(jxl.size(data), lambda damaged: _pixels(_opened(data, name), damaged))
    image = _opened(data, name)
    notes = ("its layers are not read; the flattened image is",) if name == "Photoshop" else ()
    return Header(image.size, lambda damaged: _pixels(image, damaged), image.info.get("exif"), notes)


def _opened(data: Any, name: str) -> Any:
    module, plugin = PLUGINS[name]
    return getattr(importlib.import_module(module), plugin)(io.BytesIO(data))


def _pixels(image: Any, damaged: bool) -> Any:
    from PIL import ImageFile

    if damaged:
        with _truncated:  # a process-wide switch
            ImageFile.LOAD_TRUNCATED_IMAGES = True
            try:
                image.load()
            finally:
                ImageFile.LOAD_TRUNCATED_IMAGES = False
    icc = image.info.get("icc_profile")
    mode = image.mode
    if mode not in ("L", "LA", "RGB", "RGBA", "CMYK", "I;16"):
        image = image.convert("RGBA" if "transparency" in image.info or mode == "PA" else "L" if mode == "1" else "RGB")
    return _vips(np.asarray(image), icc, cmyk=image.mode == "CMYK")


def _heic(data: Any) -> Header:
    import pi_heif

    file = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    main = file[file.primary_index]
    notes: tuple[str, ...] = ()
    if len(file) > 1:
        notes = (f"its main picture is read, but {len(file) - 1} more are not",)
    if any("gainmap" in str(kind).lower() for kind in main.info.get("aux", ())):
        notes += ("its gain map, which adds brightness on some screens, is not read",)

    def load(damaged: bool) -> Any:
        image = _vips(np.asarray(main), main.info.get("icc_profile"))
        if image.format == "ushort":
            # As libvips does for AVIF: the number of bits, shifted up into sixteen.
            image.set_type(pyvips.GValue.gint_type, "bits-per-sample", int(main.info["bit_depth"]))
            image.set_type(pyvips.GValue.gstr_type, "heif-compression", "hevc")
        return image

    return Header(main.size, load, main.info.get("exif"), notes)


def _vips(samples: np.ndarray[Any, Any], icc: bytes | None, *, cmyk: bool = False) -> Any:
    """Return a pyvips image with a copy of [H, W] or [H, W, C]."""
    samples = samples if samples.ndim == 3 else samples[:, :, None]
    bands = samples.shape[2]
    space = "cmyk" if cmyk else SPACES[samples.dtype.str[1:], 1 if bands < 3 else 3]
    image = pyvips.Image.new_from_array(np.ascontiguousarray(samples)).copy(interpretation=space)
    if icc:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", icc)
    return image


def _is_tga(head: bytes, tail: bytes) -> bool:
    """Whether it is TGA, which has no magic number: version 2 has a footer, otherwise every header field must fit."""
    if len(head) < 18:
        return False
    mapped, kind, depth, flags = head[1], head[2], head[16], head[17]
    width, height = int.from_bytes(head[12:14], "little"), int.from_bytes(head[14:16], "little")
    plausible = (
        (mapped, kind) in ((0, 2), (0, 3), (0, 10), (0, 11), (1, 1), (1, 9))
        and depth in {1: (8,), 2: (16, 24, 32), 3: (8, 16)}[kind & 7]
        and flags & 0xC0 == 0
        and bool(width and height)
    )
    unmapped = mapped == 1 or not any(head[3:8])
    return plausible and (tail == TGA_FOOTER or (unmapped and not any(head[8:12])))
