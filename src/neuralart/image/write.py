"""Writes a Picture to a path: clamped once, tagged sRGB, with its record inside, completely or not at all."""

from __future__ import annotations

import errno
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyvips
from numpy.typing import NDArray

from neuralart.errors import PictureError
from neuralart.image import colour, fork, mapped, torch7
from neuralart.image.about import About
from neuralart.image.picture import Picture
from neuralart.image.place import check_place, named_format, replacing
from neuralart.image.record import embed
from neuralart.image.source import first_line, path_is_folder, quoted
from neuralart.image.transparency import WHITE, Colour, named

log = logging.getLogger(__name__)

FORMATS = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WebP",
    ".avif": "AVIF",
}

# Qualities without a visible difference. Brush strokes need colour at full resolution (at half resolution,
# starry_night falls from 44 dB to 30): JPEG and AVIF keep it from 90 on, WebP only if it is lossless, which is
# therefore its default.
QUALITY = {"JPEG": 95, "AVIF": 90}
LONGEST = {"JPEG": 65500, "WebP": 16383, "AVIF": 16384}  # pixels, by the formats' own or their encoders' limits
BIG_TIFF = 3_900_000_000  # bytes of samples; an ordinary TIFF ends at 4 GiB
JPEG_RECORD = 60_000  # bytes of XMP; libvips silently drops more, since a segment holds 65,533

STRIP = 256  # rows rounded at once
PYRAMID = {"tile": True, "tile_width": 256, "tile_height": 256, "pyramid": True, "bigtiff": True}
SAVERS = {"JPEG": "jpegsave", "PNG": "pngsave", "TIFF": "tiffsave", "WebP": "webpsave", "AVIF": "heifsave"}

Rounding = Literal["nearest", "truncate"]
Profile = Literal["srgb", "source"]


def write(
    picture: Picture,
    path: str | os.PathLike[str],
    *,
    bits: int | None = None,
    quality: int | None = None,
    record: dict[str, Any] | None = None,
    rounding: Rounding = "nearest",
    profile: Profile = "srgb",
    pyramid: bool = False,
    format: str | None = None,
    background: Colour = WHITE,
    strip: bool = False,
) -> None:
    """Write `picture` to `path`, in the format of its suffix: JPEG, PNG, TIFF, WebP or AVIF.

    Pixels are clamped to 0..255 here. The file is marked as upright, and as sRGB unless `profile` says otherwise. Alpha
    is kept, except in JPEG. The file appears completely or not at all: it is written under another name next to `path`
    and then renamed, and if anything fails, an existing file at `path` stays.

    Args:
        picture: The picture.
        path: The file.
        bits: 8 (also for None), or 16 for PNG and TIFF.
        quality: 1..100 for JPEG, WebP and AVIF; None for one without a visible difference, which is lossless for WebP.
            The original used 75.
        record: How the picture was made; it is stored in the file (see `record.embed`), and `read` returns it. By
            default the picture's own; {} for none.
        rounding: "truncate" makes the same bytes as Torch7's `image.save`: floor(255 x).
        profile: "source" converts to the profile of the file that `picture` came from, if that is an RGB profile, so
            that the result opens in the same working space. Colours outside sRGB were clipped on reading and are lost.
        pyramid: Whether to write a BigTIFF in tiles of 256 pixels with copies of half the size, a quarter and so on,
            for viewers of huge pictures.
        format: "png", "jpg", "tif", "webp" or "avif", in place of the suffix.
        background: The colour behind transparent parts in JPEG, which has no alpha: (red, green, blue), 0..255.
        strip: Whether to drop the photograph's metadata: copyright, author, date, resolution, position.

    Raises:
        PictureError: If the picture cannot be written.
    """
    label, suffix = quoted(path), f".{format}" if format else Path(path).suffix
    wishes = _Wishes(bits, quality, record, rounding, profile, pyramid, background, strip)
    made = _made(picture, suffix, wishes, label)
    if not pyramid and picture.width * picture.height <= mapped.LARGE:
        data = _encoded(made, suffix, label)
        with replacing(path) as spare, spare.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return
    # The encoder writes a large picture directly to the disk.
    with replacing(path) as spare:
        _stream(made, spare, label)


def encode(
    picture: Picture,
    suffix: str,
    *,
    bits: int | None = None,
    quality: int | None = None,
    record: dict[str, Any] | None = None,
    rounding: Rounding = "nearest",
    profile: Profile = "srgb",
    background: Colour = WHITE,
    strip: bool = False,
    name: object = None,
) -> bytes:
    """Return the bytes of the file that `write` would write for `suffix` (".png"), with the same options.

    Args:
        picture: The picture.
        suffix: The suffix of the format.
        bits, quality, record, rounding, profile, background, strip: As for `write`.
        name: The name of the file in messages.

    Raises:
        PictureError: For an unknown suffix, or bits, a size or a record that the format does not support.
    """
    label = quoted(suffix if name is None else name)
    wishes = _Wishes(bits, quality, record, rounding, profile, False, background, strip)
    return _encoded(_made(picture, suffix, wishes, label), suffix, label)


def check_writable(
    path: str | os.PathLike[str], size: tuple[int, int] | None = None, format: str | None = None
) -> None:
    """Check, before hours of work, whether `write` will be able to write a picture (of `size`) to `path`.

    This creates and removes a small file in the same folder; an existing picture at `path` is not changed.

    Raises:
        PictureError: For an unknown suffix, a format too small for `size`, a folder that is missing or not writable,
            and a `path` that is a folder, a device, write-protected or too long.
    """
    label = quoted(path)
    if path_is_folder(Path(path)):
        raise PictureError(f"cannot write {label}: it is a folder; name a file in it")
    kind = named_format(f".{format}" if format else Path(path).suffix, FORMATS, label)
    if size:
        _check_size(kind, label, size)
    check_place(path)


@dataclass(frozen=True)
class _Made:
    """A picture ready for its encoder: samples with all metadata, and the encoder's options."""

    image: Any  # pyvips.Image
    kind: str
    options: dict[str, Any]


@dataclass(frozen=True)
class _Wishes:
    """The options of `write`, under the same names."""

    bits: int | None
    quality: int | None
    record: dict[str, Any] | None
    rounding: Rounding
    profile: Profile
    pyramid: bool
    background: Colour
    strip: bool


def _made(picture: Picture, suffix: str, wishes: _Wishes, label: str) -> _Made:
    fork.check()
    kind, bits, quality = named_format(suffix, FORMATS, label), wishes.bits, wishes.quality
    _check_size(kind, label, picture.size)
    if bits not in (None, 8, 16) or (bits == 16 and kind not in ("PNG", "TIFF")):
        raise PictureError(f"cannot write {label} with {bits} bits: {kind} holds 8; PNG and TIFF hold 8 or 16")
    if quality is not None and not 1 <= quality <= 100:
        raise PictureError(f"cannot write {label} at quality {quality}: give a number from 1 to 100")
    if wishes.pyramid and kind != "TIFF":
        raise PictureError(f"cannot write {label} as a pyramid: {kind} does not support it; write TIFF")
    about = None if wishes.strip else picture.about
    record = picture.record if wishes.record is None else wishes.record
    packet = _packet(record, about, kind, label) if record or about else None
    if kind == "JPEG":
        picture = _flattened(picture, wishes.background, label)
    image = _image(picture, bits or 8, wishes.rounding)
    options = _options(kind, quality, image) | (PYRAMID if wishes.pyramid else {})
    if wishes.profile == "source" and picture.icc and colour.is_rgb_profile(picture.icc):
        image = colour.from_srgb(image, picture.icc)
    else:
        options["profile"] = "srgb"
    image = about.put(image) if about else image
    if packet:
        image.set_type(pyvips.GValue.blob_type, "xmp-data", packet)
    return _Made(image, kind, options)


def _flattened(picture: Picture, background: Colour, label: str) -> Picture:
    """Return the picture without alpha, on this background."""
    if picture.alpha is not None:
        log.info("%s: JPEG has no transparency; the background is %s", label, named(background))
    return picture.flattened(background)


def _encoded(made: _Made, suffix: str, label: str) -> bytes:
    try:
        return bytes(made.image.write_to_buffer(suffix.lower(), **made.options))
    except pyvips.Error as error:
        raise PictureError(f"cannot write {label}: the {made.kind} encoder failed ({first_line(error)})") from error


def _stream(made: _Made, place: Path, label: str) -> None:
    try:
        getattr(made.image, SAVERS[made.kind])(os.fsencode(place), **made.options)
        with place.open("rb") as file:
            os.fsync(file.fileno())
    except pyvips.Error as error:
        if os.strerror(errno.ENOSPC) in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise PictureError(f"cannot write {label}: the {made.kind} encoder failed ({first_line(error)})") from error


def _image(picture: Picture, bits: int, rounding: Rounding) -> Any:
    """Return the samples as a pyvips image without metadata, so that none of the source's can be stale."""
    planes = [picture.pixels[0, c] for c in range(3)]
    if picture.alpha is not None:
        planes.append(picture.alpha[0, 0])
    dtype = np.uint8 if bits == 8 else np.uint16
    samples = mapped.empty((picture.height, picture.width, len(planes)), dtype, picture.height * picture.width)
    for top in range(0, picture.height, STRIP):
        rows = slice(top, top + STRIP)
        for c, plane in enumerate(planes):
            samples[rows, :, c] = quantise(plane[rows].detach().cpu().numpy(), bits, rounding)
    return pyvips.Image.new_from_array(samples).copy(interpretation="srgb" if bits == 8 else "rgb16")


def quantise(plane: NDArray[np.float32], bits: int, rounding: Rounding) -> NDArray[Any]:
    """Convert float32 0..255, any shape, to uint8, or to uint16 0..65535 for 16 bits; clamped, with NaN as 0."""
    plane = np.nan_to_num(plane, nan=0.0)
    if rounding == "truncate" and bits == 8:
        return torch7.to_bytes(plane)
    scaled = np.clip(plane, 0, 255) * np.float32(1 if bits == 8 else 257)
    whole = np.floor(scaled) if rounding == "truncate" else np.rint(scaled)
    return whole.astype(np.uint8 if bits == 8 else np.uint16)


def _packet(record: dict[str, Any] | None, about: About | None, kind: str, label: str) -> bytes:
    """Return the record and the photograph's metadata as XMP. Raises PictureError if the format would lose it."""
    packet = embed(record or {}, about.in_xmp() if about else "")
    if kind == "JPEG" and len(packet) > JPEG_RECORD:
        raise PictureError(
            f"cannot write {label}: its record takes {len(packet):,} bytes, but JPEG only has room for {JPEG_RECORD:,};"
            " write PNG, TIFF, WebP or AVIF"
        )
    return packet


def _options(kind: str, quality: int | None, image: Any) -> dict[str, Any]:
    """Return the options for the encoder of `kind`."""
    if kind == "PNG":
        return {"compression": 6}
    if kind == "TIFF":
        raw_bytes = image.width * image.height * image.bands * (1 if image.format == "uchar" else 2)
        return {"compression": "deflate", "predictor": "horizontal", "bigtiff": raw_bytes > BIG_TIFF}
    if kind == "WebP":
        return {"Q": quality, "smart_subsample": True} if quality else {"lossless": True}
    options: dict[str, Any] = {"Q": quality or QUALITY[kind]}
    if kind == "AVIF":
        # Effort 2 gives the same size and quality as libvips's 4, in a fifth of the time (measured on starry_night).
        options |= {"compression": "av1", "effort": 2}
    return options


def _check_size(kind: str, label: str, size: tuple[int, int]) -> None:
    longest = LONGEST.get(kind)
    if longest and max(size) > longest:
        raise PictureError(
            f"cannot write {label}: {size[0]} x {size[1]} pixels are more than the {longest} that {kind} can hold "
            "along an edge; write PNG or TIFF"
        )
