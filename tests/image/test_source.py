"""What cannot be read: every message, word for word where it is ours."""

from __future__ import annotations

import json
import os
import struct
import zlib

import pytest

from neuralart.errors import PictureError
from neuralart.image import source
from neuralart.image.read import read, read_bytes

from .make import rgb


def message(call, *arguments):
    with pytest.raises(PictureError) as caught:
        call(*arguments)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_missing(tmp_path):
    (tmp_path / "golden_gate.jpg").touch()
    path = tmp_path / "goldengate.jpg"
    assert message(read, path) == f"cannot read '{path}': there is no such file; did you mean 'golden_gate.jpg'?"
    path = tmp_path / "xyz"
    assert message(read, path) == f"cannot read '{path}': there is no such file; check the path"


def test_missing_folder(tmp_path):
    path = tmp_path / "photos" / "a.jpg"
    assert message(read, path) == f"cannot read '{path}': there is no folder '{path.parent}'; check the path"


def test_a_file_used_as_a_folder(tmp_path):
    (tmp_path / "a.jpg").touch()
    path = tmp_path / "a.jpg" / "b.jpg"
    assert message(read, path) == f"cannot read '{path}': there is no folder '{path.parent}'; check the path"


def test_an_address():
    text = message(read, "https://example.org/a.jpg")
    assert text.endswith("it is an address, not a file; download it first")


def test_folder(tmp_path):
    assert message(read, tmp_path) == f"cannot read '{tmp_path}': it is a folder; name one picture in it"


def test_permission(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.touch()

    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)  # root, which tests may run as, is never refused
    expected = f"cannot read '{path}': permission is denied; make the file readable (chmod +r)"
    assert message(read, path) == expected


def test_names_that_cannot_be():
    assert message(read, "a" * 5000).endswith("the name is too long; check the path")
    assert message(read, "a\0b").startswith("cannot read 'a?b': ")
    assert message(read, "line\nbreak.jpg").startswith("cannot read 'line?break.jpg': there is no such file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_device():
    assert message(read, "/dev/null") == ("cannot read '/dev/null': it is a pipe or a device; save it as a file first")


def test_empty(tmp_path):
    path = tmp_path / "a.jpg"
    path.touch()
    assert message(read, path) == f"cannot read '{path}': the file is empty (0 bytes); save or fetch it again"
    assert message(read_bytes, b"", "the upload") == "cannot read the upload: it is empty (0 bytes); send it again"


@pytest.mark.parametrize(
    ("suffix", "kind"), [(".jpg", "JPEG"), (".png", "PNG"), (".webp", "WebP"), (".avif", "AVIF"), (".gif", "GIF")]
)
def test_truncated(tmp_path, suffix, kind):
    path = tmp_path / f"half{suffix}"
    data = rgb(400, 300).write_to_buffer(suffix)
    path.write_bytes(data[: len(data) // 2])
    text = message(read, path)
    assert text.startswith(f"cannot read '{path}': the {kind} data end early or are damaged (")
    assert text.endswith("); save or fetch it again")


def test_truncated_tiff(tmp_path):
    path = tmp_path / "half.tif"
    data = rgb(400, 300).write_to_buffer(".tif")
    path.write_bytes(data[: len(data) // 2])
    assert message(read, path) == (
        f"cannot read '{path}': the TIFF data end early or are damaged (its directory is missing); "
        "save or fetch it again"
    )


def test_damaged_in_the_middle():
    data = bytearray(rgb(400, 300).write_to_buffer(".png"))
    data[len(data) // 2] ^= 255
    assert "the PNG data end early or are damaged" in message(read_bytes, bytes(data))


HEAD = json.dumps({"w": {"dtype": "F32"}}).encode()


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"<!DOCTYPE html><html><body>404</body></html>", "a web page (HTML) saved in a picture's place"),
        (b"\n <HTML>\n", "a web page (HTML) saved in a picture's place"),
        (struct.pack("<Q", len(HEAD)) + HEAD + b"\0" * 8, "safetensors weights"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF document"),
        (b"PK\x03\x04" + b"\0" * 40, "a ZIP archive (or a document or weights in one)"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file (weights?)"),
        (b"\x80\x02ctorch\n", "a Python pickle (weights?)"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "a video (MP4)"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer, not the file it stands for"),
        ("just a naïve text\n".encode(), "text"),
        (b"1,2,3\n4,5,6\n", "text"),  # libvips would read it, as a matrix
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "an SVG drawing; export it as PNG"),
        (("ä" * 3000).encode()[:-1], "text"),
        (b"\x01\x02\x03\xfe\xff\x00" * 9, "data of an unknown kind"),
        (b"\x00\x01", "data of an unknown kind"),
    ],
)
def test_not_a_picture(data, seen):
    assert message(read_bytes, data, "'x'") == (
        f"cannot read 'x': it is not a picture but looks like {seen}; give a {source.READABLE} file"
    )


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"BM" + b"\0" * 60, "it is a BMP picture, which is not read here"),
        (b"8BPS\0\1" + b"\0" * 20, "it is a Photoshop document (PSD), which is not read here"),
    ],
)
def test_a_picture_that_is_not_recognised(data, seen):
    assert message(read_bytes, data, "'x'") == f"cannot read 'x': {seen}; give a {source.READABLE} file"


@pytest.mark.parametrize("brands", [b"heic\0\0\0\0mif1heic", b"mif1\0\0\0\0mif1heic"])
def test_heic(brands):
    data = struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + b"\0\0\0\x08mdat"
    assert message(read_bytes, data, "'x'") == (
        "cannot read 'x': it is a HEIC picture, whose codec (HEVC) is not included here; save it as JPEG, PNG or AVIF"
    )


def test_a_broken_avif_is_not_taken_for_heic():
    data = rgb(64, 64).write_to_buffer(".avif")
    assert "the AVIF data end early or are damaged" in message(read_bytes, data[:300])


def bomb(width, height):
    """A PNG that claims a size and holds nothing."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0" * 99)),
        (b"IEND", b""),
    ]
    body = b"".join(struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


def test_too_many_pixels():
    assert message(read_bytes, bomb(60_000, 60_000), "'x'") == (
        "cannot read 'x': it claims 60000 x 60000 pixels, more than the 2,147,483,648 that are accepted; "
        "make it smaller first"
    )
    assert "it claims 99999 x 99999 pixels" in message(read_bytes, b"P6 99999 99999 255 ")


def test_opening_decodes_nothing():
    opened = source.open_bytes(bomb(30_000, 30_000))
    assert (opened.image.width, opened.kind) == (30_000, "PNG")
