"""Describes a file that is not a readable picture, from its first bytes, for an error message."""

from __future__ import annotations

PICTURES = (  # picture formats that we do not read
    (b"8BPS", "a large Photoshop document (PSB)"),
    (b"\0\0\1\0", "a Windows icon"),
    (b"#?RADIANCE", "a Radiance HDR picture"),
    (b"v/1\x01", "an OpenEXR picture"),
    (b"gimp xcf", "a GIMP document"),
)
FILMS = "which neuralart video repaints"
OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"\x89HDF\r\n", "an HDF5 file (weights?)"),
    (b"\x80\x02", "a Python pickle (weights?)"),
    (b"\x80\x04", "a Python pickle (weights?)"),
    (b"PK\x03\x04", "a ZIP archive (or a document or weights in one)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x1aE\xdf\xa3", f"a video (Matroska or WebM), {FILMS}"),
    (b"RIFF", "sound or video (RIFF)"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file it stands for"),
)
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
VIDEO = (b"isom", b"iso2", b"mp41", b"mp42", b"qt  ", b"M4V ", b"avc1")


def describe(head: bytes) -> str:
    """Describe the file that begins with `head` (a few thousand bytes), for use after "cannot read 'x': ".

    >>> describe(b"%PDF-1.4")
    'it is not a picture but looks like a PDF document'
    """
    for magic, name in PICTURES:
        if head.startswith(magic):
            return f"it is {name}, which cannot be read here"
    return f"it is not a picture but looks like {_other(head)}"


def is_heic(head: bytes) -> bool:
    """Whether a file beginning with `head` is an HEIF container whose picture is coded with HEVC."""
    if head[4:8] != b"ftyp":
        return False
    brands = head[8 : int.from_bytes(head[:4], "big")]
    return any(brands[i : i + 4] in HEIC for i in range(0, len(brands), 4))


def _other(head: bytes) -> str:
    if head[4:8] == b"ftyp" and head[8:12] in VIDEO:
        return f"a video (MP4), {FILMS}"
    # safetensors: the length of a JSON header in eight bytes, then the header.
    if head[8:10] == b'{"':
        return "safetensors weights"
    for magic, name in OTHERS:
        if head.startswith(magic):
            return name
    return _text(head) or "data of an unknown kind"


def _text(head: bytes) -> str:
    """Return the kind of text; "" if it is not text."""
    try:
        text = head.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # otherwise only the last character was cut through
            return ""
        text = head[: error.start].decode("utf-8")
    if any(ord(c) < 32 and c not in "\t\n\r\f\x1b" for c in text):
        return ""
    start = text.lstrip("\ufeff \t\r\n").lower()
    if start.startswith(("<!doctype html", "<html")):
        return "a web page (HTML)"
    if "<svg" in start[:1000]:
        return "an SVG drawing; export it as PNG"
    return "text"
