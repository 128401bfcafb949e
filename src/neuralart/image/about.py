"""Metadata about a photograph that its painting should keep: copyright, author, date and resolution.

Fields have libvips's names (``exif-ifd0-Copyright``), so they pass through it from reader to writer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import pyvips

from neuralart.image import tiff
from neuralart.image.xmp import DC, RDF, parsed, printable

COPYRIGHT, ARTIST, DATE = "exif-ifd0-Copyright", "exif-ifd0-Artist", "exif-ifd0-DateTime"
KEPT = (
    *(COPYRIGHT, ARTIST, DATE),
    *("exif-ifd2-DateTimeOriginal", "exif-ifd2-DateTimeDigitized"),
    *("exif-ifd2-OffsetTime", "exif-ifd2-OffsetTimeOriginal", "exif-ifd2-OffsetTimeDigitized"),
)
POSITION = tuple(
    f"exif-ifd3-GPS{name}"
    for name in (
        *("VersionID", "LatitudeRef", "Latitude", "LongitudeRef", "Longitude", "AltitudeRef", "Altitude"),
        *("TimeStamp", "DateStamp", "ImgDirectionRef", "ImgDirection", "MapDatum"),
    )
)
IN_TIFF = {tiff.COPYRIGHT: COPYRIGHT, tiff.ARTIST: ARTIST, tiff.DATE: DATE}

LONGEST = 2000  # characters of a field
UNSAID = 1.0  # pixels per millimetre; libvips's value for a file without a resolution
EXIF_SEGMENT = 65_000  # bytes; a JPEG segment holds 65,533


@dataclass(frozen=True)
class About:
    """Metadata about a photograph.

    Attributes:
        fields: EXIF fields, as text.
        resolution: Pixels per millimetre across and down, or None.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    resolution: tuple[float, float] | None = None

    def put(self, image: Any) -> Any:
        """Return the image with these metadata."""
        resolution = dict(zip(("xres", "yres"), self.resolution)) if self.resolution else {}
        image = image.copy(**resolution)
        for name, value in self.fields.items():
            image.set_type(pyvips.GValue.gstr_type, name, value)
        return image

    def in_xmp(self) -> str:
        """Return the same as elements of an XMP description, since the TIFF writer does not support EXIF."""
        texts = {name: escape(printable(value)) for name, value in self.fields.items()}
        result = ""
        if owner := texts.get(COPYRIGHT):
            result += f'<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{owner}</rdf:li></rdf:Alt></dc:rights>\n'
        if author := texts.get(ARTIST):
            result += f"<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>\n"
        if len(date := texts.get("exif-ifd2-DateTimeOriginal", texts.get(DATE, ""))) == len("2024:05:06 07:08:09"):
            result += f"<xmp:CreateDate>{date[:10].replace(':', '-')}T{date[11:]}</xmp:CreateDate>\n"
        return result


def about(image: Any, data: Any, *, position: bool) -> About | None:
    """Return the metadata to keep of a picture and its file; position: whether to keep the place."""
    values = {name: _bare(value) for name, value in _fields(image, (*KEPT, *(POSITION if position else ())))}
    # libvips only supports ASCII in EXIF, and does not read TIFF's own tags.
    values |= _in_unicode(image.get("exif-data")) if image.get_typeof("exif-data") else {}
    texts = tiff.directory(data).texts
    values |= {IN_TIFF[tag]: texts[tag] for tag in IN_TIFF.keys() & texts.keys()}
    values |= _in_packet(image.get("xmp-data")) if image.get_typeof("xmp-data") else {}
    fields = {name: text for name in values if (text := printable(values[name][:LONGEST]).strip())}
    has_size = (image.xres, image.yres) != (UNSAID, UNSAID) and 0.01 < min(image.xres, image.yres) < 10_000
    return About(fields, (image.xres, image.yres) if has_size else None) if fields or has_size else None


def with_exif(image: Any, exif: bytes) -> Any:
    """Return the image with the fields of an EXIF block. libvips only reads EXIF from files, so put it into a JPEG."""
    block = exif if exif.startswith(b"Exif\0\0") else b"Exif\0\0" + exif
    if len(block) > EXIF_SEGMENT:
        return image
    carrier = pyvips.Image.black(8, 8).jpegsave_buffer()
    segment = b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block
    try:
        read = pyvips.Image.jpegload_buffer(carrier[:2] + segment + carrier[2:])
    except pyvips.Error:
        return image
    image = image.copy(xres=read.xres, yres=read.yres)
    for name, value in _fields(read, (*KEPT, *POSITION)):
        image.set_type(pyvips.GValue.gstr_type, name, value)
    return image


def _fields(image: Any, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield (name, libvips's text) for the fields that the image has."""
    # One by one, since the names in a damaged file may not be text.
    for name in names:
        if image.get_typeof(name):
            with suppress(UnicodeDecodeError, pyvips.Error):
                yield name, str(image.get(name))


def _bare(value: object) -> str:
    """Extract `Jane` from libvips's `Jane (Jane, ASCII, 5 components, 5 bytes)`."""
    twice = re.sub(r", \w+, \d+ components?, \d+ bytes?\)$", "", str(value))
    half = (len(twice) - len(" (")) // 2
    # Text appears twice and may itself contain brackets; numbers appear in two notations.
    return twice[:half] if twice[half + 2 :] == twice[:half] else twice.partition(" (")[0]


def _in_unicode(exif: bytes) -> dict[str, str]:
    """Return copyright and author from an EXIF block."""
    from PIL import Image

    block = Image.Exif()
    try:
        block.load(exif)
        texts = {COPYRIGHT: block.get(tiff.COPYRIGHT), ARTIST: block.get(tiff.ARTIST)}
    except Exception:  # damaged metadata may raise anything, and must not cost the picture
        return {}
    return {name: _decoded(text) for name, text in texts.items() if isinstance(text, str)}


def _decoded(text: str) -> str:
    """Decode text as UTF-8, which is usual today, although Pillow assumes Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _in_packet(packet: bytes) -> dict[str, str]:
    """Return copyright and author from an XMP packet."""
    root = parsed(packet)
    if root is None:
        return {}
    result = {}
    for name, element in ((COPYRIGHT, "rights"), (ARTIST, "creator")):
        items = root.findall(f".//{{{DC}}}{element}//{{{RDF}}}li")
        if text := "; ".join(item.text for item in items if item.text):
            result[name] = text
    return result
