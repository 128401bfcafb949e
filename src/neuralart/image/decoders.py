"""Chooses the decoder for a format: from the first bytes to size and metadata, and a way to the pixels.

Of libvips's decoders, only those that are fuzzed and meant for untrusted files are used; `pillow`, `raw` and `pnm` read
the formats that it lacks.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyvips

from neuralart.image import coding, pillow, pnm, raw
from neuralart.image.about import with_exif
from neuralart.image.limits import Reading
from neuralart.image.sniff import is_heic

Bytes = bytes | mmap.mmap

# libvips's name of a loader -> the format. Uhdr is Ultra HDR, a JPEG with a second picture that brightens it.
DECODERS = {
    "Jpeg": "JPEG",
    "Uhdr": "JPEG",
    "Png": "PNG",
    "Tiff": "TIFF",
    "Webp": "WebP",
    "Heif": "AVIF",
    "Nsgif": "GIF",
}
LOADERS = {
    "JPEG": "jpegload_source",
    "PNG": "pngload_source",
    "TIFF": "tiffload_source",
    "WebP": "webpload_source",
    "AVIF": "heifload_source",
    "GIF": "gifload_source",
}
GAIN_MAPS = (b"hdrgm:", b"urn:iso:std:iso:ts:21496:-1")
NO_GAIN = "Ultra HDR: its base image is read, but not its gain map, which adds brightness on some screens"


class MissingError(Exception):
    """The format is known, but its reader is not installed."""


@dataclass(frozen=True)
class Header:
    """The header of a picture: `image` has the metadata, and `load(accept_damaged)` returns an image with pixels."""

    kind: str
    image: Any  # pyvips.Image, which ships no types
    load: Callable[[bool], Any]
    row: int  # bytes of one row of samples
    notes: tuple[str, ...] = ()  # about parts of the file that are not read
    coding: coding.Coding | None = None
    coding_first: bool = False  # whether the coding takes precedence over an ICC profile

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.image.width, self.image.height


def kind_of(data: Bytes) -> str:
    """Return the format's name, or "" if no decoder knows it."""
    if pnm.is_pnm(data[:3]):
        return "PPM"
    if raw.is_raw(data):
        return "camera raw"
    if is_heic(data[:4096]):
        return "HEIC"
    # The variable keeps the source alive during the call.
    source = pyvips.Source.new_from_memory(data)
    name = pyvips.vips_lib.vips_foreign_find_load_source(source.pointer)
    loader = "" if name == pyvips.ffi.NULL else pyvips.ffi.string(name).decode()
    match = re.fullmatch(r"VipsForeignLoad(\w+)Source", loader)
    return (DECODERS.get(match[1], "") if match else "") or pillow.kind(data)


def may_be_picture(head: bytes) -> bool:
    """Whether a stream that begins with `head` may be a picture."""
    return bool(kind_of(head)) or head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def header(data: Bytes, kind: str, reading: Reading) -> Header:
    """Read the header. Raises MissingError, or whatever the decoder raises on damage."""
    if kind == "PPM":
        return _whole(kind, pnm.load(data, reading.max_pixels))
    if kind in LOADERS:
        return by_vips(data, kind, reading.accept_damaged)
    if kind == "camera raw":
        if not raw.is_here():
            raise MissingError(raw.MISSING)
        width, height = raw.size(data)
        return _later(
            kind, (width, height), lambda damaged: raw.load(data), ("it is developed with the camera's settings",)
        )
    if kind == "JPEG XL" and not pillow.has_jxl():
        raise MissingError(pillow.NO_JXL)
    result = pillow.header(data, kind)
    made = _later(kind, result.size, result.load, result.notes, coding.of_heif(data) if kind == "HEIC" else None)
    return made if result.exif is None else _with_exif(made, result.exif)


def by_vips(data: Bytes, kind: str, damaged: bool, **options: Any) -> Header:
    """Read a header with libvips. Raises pyvips.Error."""
    # "error" includes "truncated", since half a photograph is not the photograph.
    fail_on = "none" if damaged else "error"
    source = pyvips.Source.new_from_memory(data)
    image = getattr(pyvips.Image, LOADERS[kind])(source, access="sequential", fail_on=fail_on, **options)
    row = coding.png_row(data) if kind == "PNG" else image.width * image.bands
    how, first = coding.of_png(data) if kind == "PNG" else (None, False)
    how = coding.of_heif(data) if kind == "AVIF" else how
    return Header(kind, image, lambda damaged: image, row, _notes(data, kind, image), how, first)


def _notes(data: Bytes, kind: str, image: Any) -> tuple[str, ...]:
    """Return notes about parts of a file that are not read."""
    if kind == "JPEG":
        head = bytes(data[: 1 << 17])
        if any(mark in head for mark in GAIN_MAPS) and b"MPF\0" in head:
            return (NO_GAIN,)
        return ("it contains several pictures; the first is read",) if b"MPF\0" in head else ()
    if kind == "PNG":
        animated = any(name == b"acTL" for name, _ in coding.png_chunks(data))
        return ("it is animated; its first frame is read",) if animated else ()
    count = int(image.get("n-pages")) if image.get_typeof("n-pages") else 1
    what = "frames" if kind in ("GIF", "WebP") else "pages"
    return (f"it has {count} {what}; the first is read",) if count > 1 else ()


def _whole(kind: str, image: Any) -> Header:
    return Header(kind, image, lambda damaged: image, image.width * image.bands)


def _later(
    kind: str,
    size: tuple[int, int],
    load: Callable[[bool], Any],
    notes: tuple[str, ...] = (),
    how: coding.Coding | None = None,
) -> Header:
    """Return a header without pixels, which `load` decodes."""
    width, height = (int(edge) for edge in size)
    return Header(kind, pyvips.Image.black(width, height), load, width, notes, how)


def _with_exif(one: Header, exif: bytes) -> Header:
    return Header(one.kind, with_exif(one.image, exif), one.load, one.row, one.notes, one.coding)
