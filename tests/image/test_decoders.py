"""Formats that libvips lacks, made by other programs' libraries: what comes back, and what is told."""

from __future__ import annotations

import io
import logging
import struct

import numpy as np
import pi_heif
import pillow_heif
import pytest
import pyvips
from PIL import Image, ImageCms

from neuralart.errors import PictureError
from neuralart.image import decoders, jxl, pillow, raw
from neuralart.image.read import read, read_bytes, tell

from .make import rgb, smooth, with_blob


@pytest.fixture
def told(caplog):
    """What reading tells of what it does not read."""
    tell.cache_clear()
    caplog.set_level(logging.INFO, "neuralart")
    return lambda: [record.getMessage() for record in caplog.records]


def eight(width=48, height=32):
    return smooth(width, height).round().astype(np.uint8)


def by_pillow(kind, image=None, **options):
    out = io.BytesIO()
    (Image.fromarray(eight()) if image is None else image).save(out, kind, **options)
    return out.getvalue()


def heic(samples=None, **options):
    samples = eight() if samples is None else samples
    mode = "RGB;16" if samples.dtype == np.uint16 else "RGBA" if samples.shape[2] == 4 else "RGB"
    made = pillow_heif.from_bytes(mode=mode, size=samples.shape[1::-1], data=samples.tobytes())
    out = io.BytesIO()
    made.save(out, **{"quality": -1, "chroma": 444, **options})
    return out.getvalue()


def apart(picture, expected):
    return np.abs(picture.pixels[0].permute(1, 2, 0).numpy() - expected).max()


@pytest.mark.parametrize("kind", ["BMP", "TGA", "JPEG2000"])
def test_lossless(kind):
    picture = read_bytes(by_pillow(kind))
    assert (picture.size, picture.bits, picture.alpha) == ((48, 32), 8, None)
    assert apart(picture, eight()) == 0


@pytest.mark.parametrize("kind", ["BMP", "TGA", "JPEG2000"])
def test_grey_palette_and_alpha(kind):
    grey = read_bytes(by_pillow(kind, Image.fromarray(eight()[:, :, 0])))
    assert grey.grey
    assert apart(grey, eight()[:, :, :1]) == 0
    if kind != "JPEG2000":
        colours = Image.fromarray(eight()).quantize(16)
        assert apart(read_bytes(by_pillow(kind, colours)), np.asarray(colours.convert("RGB"))) == 0
    if kind != "BMP":
        clear = np.concatenate([eight(), eight()[:, :, :1]], -1)
        picture = read_bytes(by_pillow(kind, Image.fromarray(clear)))
        assert np.abs(picture.numpy().astype(int) - clear).max() == 0


@pytest.mark.parametrize("how", [{"compression": "tga_rle"}, {}])
def test_tga_without_a_footer(how):
    data = by_pillow("TGA", **how)
    assert data[-18:] == pillow.TGA_FOOTER
    assert apart(read_bytes(data[:-26]), eight()) == 0


def psd(samples):
    """The flattened image of a Photoshop document without layers."""
    height, width, bands = samples.shape
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, bands, height, width, 8, 3)
    return head + struct.pack(">III", 0, 0, 0) + b"\0\0" + samples.transpose(2, 0, 1).tobytes()


def test_photoshops_flattened_image(told):
    assert apart(read_bytes(psd(eight()), "'a.psd'"), eight()) == 0
    assert told() == ["'a.psd': its layers are not read; the flattened image is"]


def test_heic():
    picture = read_bytes(heic())
    assert (picture.size, picture.bits) == ((48, 32), 8)
    assert apart(picture, eight()) <= 3


def test_heic_of_ten_bits_keeps_them():
    fine = (smooth(peak=65535).round().astype(np.uint16) >> 6) << 6
    picture = read_bytes(heic(fine, bit_depth=10))
    assert picture.bits == 16
    assert apart(picture, fine * (255 / (1023 << 6))) <= 1
    white = read_bytes(heic(np.full((16, 16, 3), 65535, np.uint16), bit_depth=10))
    assert white.pixels.min() > 254.4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_is_upright(orientation):
    exif = Image.Exif()
    exif[274] = orientation
    made = pillow_heif.from_pillow(Image.fromarray(eight(64, 48)))
    out = io.BytesIO()
    made.save(out, quality=-1, chroma=444, exif=exif.tobytes())
    assert pi_heif.open_heif(io.BytesIO(out.getvalue()))  # the decoder alone reads what the encoder made
    turned = pyvips.Image.new_from_array(eight(64, 48)).copy(interpretation="srgb")
    turned.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    assert apart(read_bytes(out.getvalue()), turned.autorot().numpy()) <= 3


def test_heic_in_display_p3():
    # Colours that sRGB has, so that they come back.
    mild = (smooth() * 0.6 + 50).round().astype(np.uint8)
    wide = pyvips.Image.new_from_array(mild).copy(interpretation="srgb").icc_transform("p3", input_profile="srgb")
    picture = read_bytes(heic(wide.numpy(), icc_profile=wide.get("icc-profile-data")))
    assert picture.icc == wide.get("icc-profile-data")
    assert np.abs(wide.numpy().astype(int) - mild).max() > 8
    assert apart(picture, mild) <= 5


def test_heic_with_alpha_and_more_pictures(told):
    clear = np.concatenate([eight(), eight()[:, :, :1]], -1)
    assert np.abs(read_bytes(heic(clear)).numpy().astype(int) - clear).max() <= 3
    two = pillow_heif.from_pillow(Image.fromarray(eight()))
    two.add_from_pillow(Image.fromarray(eight(64, 64)))
    out = io.BytesIO()
    two.save(out, quality=-1)
    assert read_bytes(out.getvalue(), "'two.heic'").size == (48, 32)
    assert told() == ["'two.heic': its main picture is read, but 1 more are not"]


def test_a_damaged_heic():
    data = heic(eight(200, 200))
    with pytest.raises(PictureError, match="the HEIC data end early or are damaged"):
        read_bytes(data[: len(data) // 2])


# -------------------------------------------------------------------------------------------------------- extras


def test_jpeg_xl():
    pytest.importorskip("pillow_jxl")
    for size in ((48, 32), (64, 64), (1000, 750), (300, 7)):
        data = by_pillow("JXL", Image.fromarray(eight(*size)), lossless=True)
        assert jxl.size(data) == size
        assert apart(read_bytes(data), eight(*size)) == 0
    boxed = by_pillow("JXL", lossless=True, use_container=True)
    assert boxed.startswith(jxl.CONTAINER)
    assert apart(read_bytes(boxed), eight()) == 0


def test_a_jpeg_xl_without_its_extra(monkeypatch):
    monkeypatch.setattr(pillow, "has_jxl", lambda: False)
    with pytest.raises(PictureError, match=r"pip install 'neuralart\[jxl\]'; or save it as PNG"):
        read_bytes(b"\xff\x0a" + b"\0" * 40)


@pytest.mark.parametrize("data", [b"\xff\x0a", jxl.CONTAINER, jxl.CONTAINER + b"\r\n\x87\n" + b"\0" * 99, b""])
def test_jpeg_xl_without_a_header(data):
    if data == b"\xff\x0a":
        assert jxl.size(data) == (1, 1) or jxl.size(data)[0] >= 1
    else:
        with pytest.raises(ValueError):
            jxl.size(data)


def dng(width=64, height=48):
    """The least that a raw converter develops: an even grey under a Bayer filter, in 16 bits."""
    samples = np.full((height, width), 8000, "<u2").tobytes()
    identity = [number for place in range(9) for number in (int(place % 4 == 0), 1)]
    text, matrix = b"Maker\0", struct.pack("<18i", *identity)
    neutral = struct.pack("<6I", 1, 1, 1, 1, 1, 1)
    tags = [
        (254, 4, 1, struct.pack("<I", 0)),
        (256, 4, 1, struct.pack("<I", width)),
        (257, 4, 1, struct.pack("<I", height)),
        (258, 3, 1, struct.pack("<HH", 16, 0)),
        (259, 3, 1, struct.pack("<HH", 1, 0)),
        (262, 3, 1, struct.pack("<HH", 32803, 0)),
        (271, 2, 6, text),
        (272, 2, 6, text),
        (273, 4, 1, None),
        (274, 3, 1, struct.pack("<HH", 1, 0)),
        (277, 3, 1, struct.pack("<HH", 1, 0)),
        (278, 4, 1, struct.pack("<I", height)),
        (279, 4, 1, struct.pack("<I", len(samples))),
        (33421, 3, 2, struct.pack("<HH", 2, 2)),
        (33422, 1, 4, b"\0\1\1\2"),
        (50706, 1, 4, b"\1\4\0\0"),
        (50717, 4, 1, struct.pack("<I", 65535)),
        (50721, 10, 9, matrix),
        (50728, 5, 3, neutral),
    ]
    at = 8 + 2 + 12 * len(tags) + 4
    body, directory = b"", b""
    for tag, kind, count, value in tags:
        if value is not None and len(value) > 4:
            place, body = at + len(body), body + value + b"\0" * (len(value) % 2)
            value = struct.pack("<I", place)
        directory += struct.pack("<HHI", tag, kind, count) + (b"HERE" if value is None else value.ljust(4, b"\0"))
    directory = directory.replace(b"HERE", struct.pack("<I", at + len(body)))
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + directory + b"\0\0\0\0" + body + samples


def test_camera_raw(told):
    pytest.importorskip("rawpy")
    picture = read_bytes(dng(), "'a.dng'")
    assert (picture.size, picture.bits) == ((64, 48), 16)
    colours = picture.pixels[0, :, 8:-8, 8:-8].flatten(1)
    assert colours.std(1).max() < 1
    assert colours.mean() > 20
    assert told() == ["'a.dng': it is developed with the camera's settings"]


def test_camera_raw_without_its_extra(monkeypatch):
    monkeypatch.setattr(raw, "is_here", lambda: False)
    with pytest.raises(PictureError, match=r"it is a camera raw file.*pip install 'neuralart\[raw\]'"):
        read_bytes(dng())
    for head in (b"FUJIFILMCCD-RAW 0201", b"IIRO\x08\0\0\0", b"\0\0\0\x18ftypcrx \0\0\0\1crx isom"):
        assert decoders.kind_of(head + b"\0" * 64) == "camera raw"


def test_an_ordinary_tiff_is_not_raw():
    assert decoders.kind_of(rgb().write_to_buffer(".tif")) == "TIFF"
    assert decoders.kind_of(rgb().write_to_buffer(".tif", tile=True, pyramid=True, subifd=True)) == "TIFF"


# ------------------------------------------------------------------------------------------ what is not read is told


def test_ultra_hdr_is_its_base_image(shared, told):
    path = shared / "cases" / "ultrahdr.jpg"
    picture = read(path)
    base = pyvips.Image.jpegload(str(path)).write_to_buffer(".png")
    assert picture.size == (640, 480)
    assert apart(picture, read_bytes(base).pixels[0].permute(1, 2, 0).numpy()) == 0
    assert told() == [f"'{path}': {decoders.NO_GAIN}"]


def test_an_ultra_hdr_jpeg_is_a_jpeg(told):
    """As phones save it: a JPEG, XMP that speaks of a gain map, an index of pictures, and a second JPEG behind."""
    base = with_blob(rgb(), "xmp-data", b'<x xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"/>')
    data = base.write_to_buffer(".jpg", Q=98)
    index = b"\xff\xe2" + struct.pack(">H", 2 + 4 + 8) + b"MPF\0" + b"\0" * 8
    data = data[:2] + index + data[2:] + rgb(12, 8).write_to_buffer(".jpg")
    assert apart(read_bytes(data, "'hdr.jpg'"), eight()) <= 5
    assert told() == [f"'hdr.jpg': {decoders.NO_GAIN}"]


def test_frames_and_pages(told):
    frames = [Image.fromarray(np.roll(eight(), n, 1)) for n in range(3)]
    for kind in ("GIF", "TIFF", "WEBP", "PNG"):
        data = by_pillow(kind, frames[0], save_all=True, append_images=frames[1:])
        assert read_bytes(data, f"'{kind}'").size == (48, 32)
        assert read_bytes(data, f"'{kind}'").size == (48, 32)
    assert told() == [  # once, though read twice
        "'GIF': it has 3 frames; the first is read",
        "'TIFF': it has 3 pages; the first is read",
        "'WEBP': it has 3 frames; the first is read",
        "'PNG': it is animated; its first frame is read",
    ]


def test_ordinary_pictures_are_read_in_silence(told):
    for suffix in (".png", ".jpg", ".tif", ".webp", ".avif", ".gif"):
        read_bytes(rgb().write_to_buffer(suffix))
    assert told() == []


def test_an_srgb_profile_in_a_bmp_family_is_kept():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = read_bytes(by_pillow("JPEG2000", icc_profile=profile))
    assert apart(picture, eight()) == 0
