"""Whose a photograph is, when it was made and how large it prints: from file to picture to file."""

from __future__ import annotations

import io

import numpy as np
import pillow_heif
import pytest
import torch
from PIL import Image

from neuralart.image.limits import Reading
from neuralart.image.read import read, read_bytes
from neuralart.image.record import extract
from neuralart.image.write import write

from .make import rgb

OWNER, AUTHOR, DATE = "(c) Jane Doe (2024), all rights", "Jane Doe", "2024:05:06 07:08:09"


def exif(owner=OWNER, author=AUTHOR):
    block = Image.Exif()
    block[0x8298], block[0x013B], block[0x0110], block[0x0112] = owner, author, "Camera 5", 1
    block.get_ifd(0x8769)[0x9003] = DATE
    block.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 12.5), 3: "W", 4: (0.0, 7.0, 1.0)})
    return block


def photograph(kind="JPEG", **changes):
    out, image = io.BytesIO(), Image.fromarray(rgb().numpy())
    if kind == "HEIC":
        pillow_heif.from_pillow(image).save(out, exif=exif(**changes).tobytes())
    else:
        image.save(out, kind, exif=exif(**changes), dpi=(300, 300))
    return out.getvalue()


def found_in(path):
    with Image.open(path) as image:
        block = image.getexif()
        return block.get(0x8298), block.get(0x013B), block.get_ifd(0x8769).get(0x9003), dict(block.get_ifd(0x8825))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIC"])
def test_kept_from_format_to_format(tmp_path, kind, suffix):
    picture = read_bytes(photograph(kind)).with_pixels(torch.zeros(1, 3, 16, 24))
    write(picture, tmp_path / f"out{suffix}", record={"a": 1})
    assert found_in(tmp_path / f"out{suffix}") == (OWNER, AUTHOR, DATE, {})
    again = read(tmp_path / f"out{suffix}")
    assert again.record == {"a": 1}
    assert again.about.fields["exif-ifd0-Copyright"] == OWNER


def test_from_and_to_tiff(tmp_path):
    write(read_bytes(photograph("TIFF")), tmp_path / "out.tif")
    again = read(tmp_path / "out.tif").about
    assert (again.fields["exif-ifd0-Copyright"], again.fields["exif-ifd0-Artist"]) == (OWNER, AUTHOR)
    assert abs(again.resolution[0] * 25.4 - 300) < 0.1


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_resolution_is_kept(tmp_path, suffix):
    write(read_bytes(photograph()), tmp_path / f"out{suffix}")
    with Image.open(tmp_path / f"out{suffix}") as image:
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_position_is_dropped_unless_asked_for(tmp_path):
    assert not any("GPS" in name for name in read_bytes(photograph()).about.fields)
    write(read_bytes(photograph(), reading=Reading(keep_gps=True)), tmp_path / "out.jpg")
    assert found_in(tmp_path / "out.jpg")[3] == {1: "N", 2: (51.0, 30.0, 12.5), 3: "W", 4: (0.0, 7.0, 1.0)}


def test_stripped(tmp_path):
    picture = read_bytes(photograph(), reading=Reading(keep_gps=True))
    for suffix in (".jpg", ".png", ".tif", ".webp", ".avif"):
        write(picture, tmp_path / f"out{suffix}", record={"a": 1}, strip=True)
        data = (tmp_path / f"out{suffix}").read_bytes()
        assert b"Jane" not in data and b"Camera" not in data
        assert read(tmp_path / f"out{suffix}").about is None or not read(tmp_path / f"out{suffix}").about.fields
        assert read(tmp_path / f"out{suffix}").record == {"a": 1}


def test_the_camera_is_nobodys_business(tmp_path):
    write(read_bytes(photograph()), tmp_path / "out.png")
    assert b"Camera 5" not in (tmp_path / "out.png").read_bytes()


def test_names_keep_their_letters(tmp_path):
    # As cameras and editors write it today, which Pillow does not.
    names = {"C" * 23: "© Jørg <Æble> & Søn", "A" * 5: "Jørg"}
    data = photograph(owner="C" * 23, author="A" * 5)
    for stand_in, name in names.items():
        assert len(name.encode()) == len(stand_in)
        data = data.replace(stand_in.encode(), name.encode())
    picture = read_bytes(data)
    write(picture, tmp_path / "out.png")
    assert read(tmp_path / "out.png").about.fields["exif-ifd0-Copyright"] == "© Jørg <Æble> & Søn"
    assert read(tmp_path / "out.png").about.fields["exif-ifd0-Artist"] == "Jørg"


def test_hostile_texts_are_made_plain():
    about = read_bytes(photograph(owner="a\x1b[31m" + "b" * 5000)).about
    text = about.fields["exif-ifd0-Copyright"]
    assert text.isprintable() and len(text) <= 2000
    assert extract(about.in_xmp().encode()) is None


def test_pictures_that_say_nothing():
    assert read_bytes(rgb().write_to_buffer(".png")).about is None
    assert read_bytes(rgb().write_to_buffer(".jpg")).about is None


@pytest.mark.parametrize("place", [14, 30, 60, 100])
def test_damaged_metadata_cost_no_picture(place):
    data = bytearray(photograph())
    data[place : place + 8] = b"\xff\xfe\xfd\xfc" * 2
    try:
        assert read_bytes(bytes(data)).size == (48, 32)
    except Exception as error:
        assert type(error).__name__ == "PictureError"


def test_alpha_and_about_survive_together(tmp_path):
    clear = Image.fromarray(np.concatenate([rgb().numpy(), rgb().numpy()[:, :, :1]], -1))
    out = io.BytesIO()
    clear.save(out, "PNG", exif=exif())
    write(read_bytes(out.getvalue()), tmp_path / "out.png")
    assert found_in(tmp_path / "out.png")[0] == OWNER
    assert read(tmp_path / "out.png").alpha is not None
