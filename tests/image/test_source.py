"""What cannot be read: every message, word for word where it is ours."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
import pyvips
from PIL import Image

from neuralart.errors import PictureError
from neuralart.image import limits, source
from neuralart.image.read import read, read_bytes

from ..patience import ended, started
from .make import rgb, smooth


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
    assert message(read, "/dev/null") == (
        "cannot read '/dev/null': it is empty; name a file, or write a picture into it"
    )
    # It never ends, and is refused by how it begins.
    assert message(read, "/dev/zero").startswith("cannot read '/dev/zero': it is not a picture")


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
    assert text.endswith("); save or fetch it again, or use the readable part with --accept-damaged")


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
        (b"<!DOCTYPE html><html><body>404</body></html>", "a web page (HTML)"),
        (b"\n <HTML>\n", "a web page (HTML)"),
        (struct.pack("<Q", len(HEAD)) + HEAD + b"\0" * 8, "safetensors weights"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF document"),
        (b"PK\x03\x04" + b"\0" * 40, "a ZIP archive (or a document or weights in one)"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file (weights?)"),
        (b"\x80\x02ctorch\n", "a Python pickle (weights?)"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "a video (MP4), which neuralart video repaints"),
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
        (b"gimp xcf v011\0" + b"\0" * 60, "it is a GIMP document, which cannot be read here"),
        (b"8BPS\0\2" + b"\0" * 20, "it is a large Photoshop document (PSB), which cannot be read here"),
    ],
)
def test_a_picture_that_is_not_recognised(data, seen):
    assert message(read_bytes, data, "'x'") == f"cannot read 'x': {seen}; give a {source.READABLE} file"


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


def claims(width, height, length=0):
    """A PNG of a size, and of a length that could hold it."""
    return bomb(width, height).replace(b"IEND", b"IEND" + b"\0" * length)


def test_more_than_a_file_can_hold():
    for width, height in ((9_961_520, 40), (60_000, 60_000), (15_000, 15_000)):
        text = message(read_bytes, bomb(width, height), "'x'")
        assert f"it claims {width} x {height} pixels, which its " in text
        assert text.endswith(" bytes cannot hold; save or fetch it again")
    # A progressive JPEG would make room for all its coefficients first.
    small = bytearray(rgb(64, 64).write_to_buffer(".jpg", interlace=True))
    place = small.index(b"\xff\xc2") + 5
    small[place : place + 4] = struct.pack(">HH", 12_000, 12_000)
    assert "it claims 12000 x 12000 pixels, which its " in message(read_bytes, bytes(small), "'x'")


def huge(kind):
    """A picture of 15,000 x 15,000, by its header, in a file of a few kilobytes."""
    out, place = io.BytesIO(), struct.pack("<HH", 15_000, 15_000)
    if kind == "TIFF":
        # One strip of JPEG, whose decoder fills up what is missing.
        data = bytearray(rgb(40, 30).write_to_buffer(".tif", compression="jpeg"))
        (start,) = struct.unpack("<I", data[4:8])
        for at in range(start + 2, start + 2 + 12 * struct.unpack("<H", data[start : start + 2])[0], 12):
            if struct.unpack("<H", data[at : at + 2])[0] in (256, 257, 278):
                data[at + 2 : at + 12] = struct.pack("<HII", 4, 1, 15_000)
        return bytes(data)
    Image.fromarray(rgb(40, 30).numpy()).save(out, kind)
    data = bytearray(out.getvalue())
    if kind == "GIF":
        at = data.index(b"\x2c") + 5
        data[at : at + 4], data[6:10] = place, place
    else:
        at = data.index(b"\xff\x51") + 6
        data[at : at + 8] = data[at + 16 : at + 24] = struct.pack(">II", 15_000, 15_000)
        at = data.index(b"ihdr") + 4
        data[at : at + 8] = struct.pack(">II", 15_000, 15_000)
    return bytes(data)


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "JPEG2000"])
def test_headers_made_to_fill_the_memory(kind):
    assert "it claims 15000 x 15000 pixels, which its " in message(read_bytes, huge(kind), "'x'")


def test_what_deflate_can_hold_is_read():
    plain = pyvips.Image.black(4000, 3000).copy(interpretation="b-w")
    assert read_bytes(plain.write_to_buffer(".png", compression=9, bitdepth=1)).size == (4000, 3000)


def test_too_many_pixels():
    assert message(read_bytes, claims(20_000, 20_000, 2_000_000), "'x'") == (
        "cannot read 'x': it claims 20000 x 20000 pixels, 400 megapixels, but only 250 are accepted; "
        "make it smaller first, or raise --max-megapixels"
    )
    assert "it claims 99999 x 99999 pixels" in message(read_bytes, b"P6 99999 99999 255 ")
    allowed = limits.Reading(max_pixels=500_000_000)
    assert source.open_bytes(claims(20_000, 20_000, 2_000_000), reading=allowed).header.size == (20_000, 20_000)


def test_too_long_a_side():
    assert message(read_bytes, claims(4_800_000, 36, 1_000_000), "'x'") == (
        "cannot read 'x': it claims 4800000 x 36 pixels, but only 1,000,000 along a side are accepted; "
        "cut it first, or raise --max-megapixels"
    )


REFUSE_UNDER_A_LIMIT = """
import resource, sys
from neuralart.image.limits import address_space_left
from neuralart.image.read import read_bytes
from neuralart.errors import PictureError
import pyvips
data = pyvips.Image.black(12_000, 12_000).pngsave_buffer(compression=9)
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 2**30, taken + 2**30))
try:
    read_bytes(data, "'x'")
except PictureError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of the address space are Linux's")
def test_a_limited_address_space_ends_no_process():
    done = subprocess.run([sys.executable, "-c", REFUSE_UNDER_A_LIMIT], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(
        r"cannot read 'x': 12000 x 12000 pixels take about 3\.5 GB, but this process may only take [01]\.\d GB more "
        r"\(ulimit -v\); make it smaller first, or raise the limit\n",
        done.stdout,
    )


@pytest.mark.parametrize("name", ["bomb.png", "wide.png", "died.png"])
def test_pictures_made_to_exhaust(shared, name):
    assert "bytes cannot hold" in message(read, shared / "cases" / name)


def test_opening_decodes_nothing():
    opened = source.open_bytes(claims(15_000, 15_000, 700_000))
    assert (opened.image.width, opened.kind) == (15_000, "PNG")


# ------------------------------------------------------------------------------------------------------- streams


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe(tmp_path):
    pipe, data = tmp_path / "pipe", rgb().write_to_buffer(".tif")
    os.mkfifo(pipe)
    writer = started(pipe.write_bytes, data)
    picture = read(pipe)
    ended(writer)
    assert picture.size == (48, 32)
    assert picture.digest == hashlib.sha256(data).hexdigest()


def test_standard_input(monkeypatch):
    def given(data):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    given(rgb().write_to_buffer(".png"))
    picture = read("-")
    assert (picture.size, picture.source) == ((48, 32), None)
    given(b"")
    assert message(read, "-").startswith("cannot read standard input: it is empty")
    given(b"root:x:0:0:root\n" * 1000)
    assert message(read, "-").startswith("cannot read standard input: it is not a picture but looks like text;")


def test_a_stream_without_an_end(monkeypatch):
    monkeypatch.setattr(source, "LARGEST_STREAM", 3_000_000)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(rgb().write_to_buffer(".png") + b"\0" * 9_000_000)))
    assert message(read, "-").endswith("it has more than 3,000,000 bytes; save it as a file first")


# -------------------------------------------------------------------------------------------------------- damage


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp"])
def test_accepted_damage(tmp_path, suffix):
    path = tmp_path / f"half{suffix}"
    whole = smooth(400, 300).round().astype(np.uint8)
    if suffix == ".bmp":
        Image.fromarray(whole).save(path)
    else:
        rgb(400, 300).write_to_file(str(path))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    assert "--accept-damaged" in message(read, path)
    picture = read(path, reading=limits.Reading(accept_damaged=True))
    assert picture.size == (400, 300)
    # A BMP's rows go up.
    rows = slice(-100, None) if suffix == ".bmp" else slice(0, 100)
    assert np.abs(picture.numpy()[rows].astype(int) - whole[rows]).max() <= (20 if suffix == ".jpg" else 0)


def test_an_error_is_short_and_printable():
    assert source.first_line(ValueError("a\x1b[31m" + "b" * 999)) == ("a?[31m" + "b" * 999)[:200]
