"""Reading: one picture made in code, through every format, depth, space and orientation."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest
import pyvips
import torch

from neuralart.errors import PictureError
from neuralart.image import mapped
from neuralart.image.read import read, read_bytes

from .make import SHARED, rgb, rgb16, smooth, vips, with_blob, with_orientation

DECODED = SHARED / "oracle" / "scale" / "decoded.txt"
DECODED_LINES = DECODED.read_text().splitlines() if DECODED.exists() else []


def encoded(image, suffix, **options):
    return image.write_to_buffer(suffix, **options)


def pixels_of(picture):
    """[H, W, 3] float64."""
    return picture.pixels[0].permute(1, 2, 0).double().numpy()


def apart(picture, expected):
    return np.abs(pixels_of(picture) - expected).max()


# ------------------------------------------------------------------------------------------------------- formats


@pytest.mark.parametrize(
    ("suffix", "options", "tolerance"),
    [
        (".png", {}, 0),
        (".tif", {}, 0),
        (".tif", {"compression": "jpeg", "Q": 98}, 8),
        (".webp", {"lossless": True}, 0),
        (".webp", {"Q": 98}, 10),
        (".avif", {"lossless": True}, 0),
        (".jpg", {"Q": 98}, 5),
        (".jpg", {"Q": 98, "interlace": True}, 5),
        (".gif", {"bitdepth": 8, "dither": 0}, 20),
        (".png", {"interlace": True}, 0),
    ],
)
def test_every_format(suffix, options, tolerance):
    picture = read_bytes(encoded(rgb(), suffix, **options))
    assert picture.size == (48, 32)
    assert picture.pixels.dtype == torch.float32 and picture.pixels.is_contiguous()
    assert (picture.bits, picture.grey, picture.alpha, picture.record) == (8, False, None, None)
    assert apart(picture, rgb().numpy()) <= tolerance


def test_read_tells_where_it_came_from(tmp_path):
    path = tmp_path / "photo[1].png"  # brackets are options to libvips, and a name like any other to us
    path.write_bytes(encoded(rgb(), ".png"))
    picture = read(path)
    assert picture.source == path
    assert picture.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert repr(picture) == "Picture(48 x 32, RGB, 8 bits, photo[1].png)"


def test_the_suffix_does_not_matter(tmp_path):
    path = tmp_path / "misnamed.jpg"
    path.write_bytes(encoded(rgb(), ".png"))
    assert apart(read(str(path)), rgb().numpy()) == 0


def test_a_picture_of_one_pixel_is_a_picture():
    assert read_bytes(encoded(rgb(1, 1), ".png")).size == (1, 1)


@pytest.mark.skipif(not DECODED_LINES, reason="../shared/oracle is not here")
@pytest.mark.parametrize("line", DECODED_LINES, ids=lambda line: line.split()[0])
def test_decoding_agrees_with_the_original(line):
    name = line.split()[0]
    folder = "data/classics" if name.endswith(".jpg") else "oracle/inputs"
    picture = read(SHARED / folder / name)
    channels, height, width = map(int, re.search(r"shape (\d)x(\d+)x(\d+)", line).groups())
    sums = [int(n) for n in re.search(r"sums ([\d,]+)", line)[1].split(",")]
    corners = [tuple(map(int, pair.split("/"))) for pair in line.split("last pixel ")[1].split(",")]
    assert picture.size == (width, height)
    assert picture.grey == (channels < 3)
    assert (picture.alpha is not None) == (name.startswith("rgba"))  # la_golden_gate's is opaque everywhere
    planes = list(picture.pixels[0, : 1 if picture.grey else 3])
    if channels in (2, 4):
        planes.append(picture.alpha[0, 0] if picture.alpha is not None else torch.full((height, width), 255.0))
    assert [int(plane.double().sum()) for plane in planes] == sums
    assert [(int(plane[0, 0]), int(plane[-1, -1])) for plane in planes] == corners


# ----------------------------------------------------------------------------------------------- channels, depth


def test_grey():
    grey = vips(smooth().round().astype(np.uint8)[:, :, :1], "b-w")
    picture = read_bytes(encoded(grey, ".png"))
    assert picture.grey and picture.alpha is None
    assert apart(picture, np.repeat(smooth().round()[:, :, :1], 3, 2)) == 0


def test_grey_with_alpha():
    two = vips(smooth().round().astype(np.uint8)[:, :, :2], "b-w")
    picture = read_bytes(encoded(two, ".png"))
    assert picture.grey
    assert apart(picture, np.repeat(smooth().round()[:, :, :1], 3, 2)) == 0
    np.testing.assert_array_equal(picture.alpha[0, 0], smooth().round()[:, :, 1])


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".avif"])
def test_alpha(suffix):
    veil = smooth()[:, :, 1:2].round().astype(np.uint8)
    image = rgb().bandjoin(vips(veil, "b-w"))
    options = {} if suffix in (".png", ".tif") else {"lossless": True}
    picture = read_bytes(encoded(image, suffix, **options))
    np.testing.assert_array_equal(picture.alpha[0, 0], veil[:, :, 0])
    assert repr(picture) == "Picture(48 x 32, RGB with alpha, 8 bits)"


def test_an_alpha_that_is_opaque_everywhere_is_none():
    assert read_bytes(encoded(rgb().bandjoin(255), ".png")).alpha is None


def test_palette_with_and_without_alpha():
    flat = vips(np.repeat(np.array([[[250, 10, 20]], [[5, 240, 30]]], np.uint8), 40, 1))
    assert apart(read_bytes(encoded(flat, ".png", palette=True)), flat.numpy()) == 0
    veiled = read_bytes(encoded(flat.bandjoin(128), ".png", palette=True))
    assert veiled.alpha.unique().tolist() == [128]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_one_bit(suffix):
    board = (np.indices((16, 16)).sum(0) % 2 * 255).astype(np.uint8)[:, :, None]
    picture = read_bytes(encoded(vips(board, "b-w"), suffix, bitdepth=1))
    assert picture.grey and picture.bits == 8
    assert apart(picture, np.repeat(board, 3, 2)) == 0


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_keep_their_precision(suffix):
    picture = read_bytes(encoded(rgb16(), suffix))
    assert picture.bits == 16
    assert apart(picture, rgb16().numpy() / 257) < 1e-5
    assert (picture.pixels % 1 != 0).any()


def test_sixteen_bits_with_alpha_and_in_grey():
    veiled = read_bytes(encoded(rgb16().bandjoin(32768), ".png"))
    assert veiled.alpha.unique().tolist() == pytest.approx([32768 / 257])
    grey = read_bytes(encoded(vips(rgb16().numpy()[:, :, :1], "grey16"), ".png"))
    assert grey.grey and grey.bits == 16
    assert apart(grey, np.repeat(rgb16().numpy()[:, :, :1] / 257, 3, 2)) < 1e-5


@pytest.mark.parametrize("bits", [10, 12])
def test_avif_of_more_bits_has_a_full_white(bits):
    white = vips(np.full((64, 64, 3), 65535, np.uint16), "rgb16")
    picture = read_bytes(encoded(white, ".avif", bitdepth=bits, lossless=True, subsample_mode="off"))
    assert picture.bits == 16
    assert picture.pixels.unique().tolist() == [255]


def test_a_spectral_picture_is_cut_to_three_bands():
    image = vips(np.concatenate([smooth().round()] * 2, 2).astype(np.uint8), "multiband")
    picture = read_bytes(encoded(image, ".tif"))
    assert picture.alpha is None
    assert apart(picture, smooth().round()) == 0


# ------------------------------------------------------------------------------------------------ floating point


def srgb_of(linear):
    """IEC 61966-2-1, 0..1 -> 0..255."""
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def test_float_is_linear_light_and_clipped_at_white():
    linear = smooth(peak=1.5)
    picture = read_bytes(encoded(vips(linear.astype(np.float32), "scrgb"), ".tif"))
    assert picture.bits == 16
    assert apart(picture, srgb_of(linear.clip(0, 1))) < 0.02


def test_float_in_grey_is_linear_light_too():
    linear = smooth(peak=1.0)[:, :, :1]
    picture = read_bytes(encoded(vips(linear.astype(np.float32), "b-w"), ".tif"))
    assert picture.grey
    assert apart(picture, np.repeat(srgb_of(linear), 3, 2)) < 0.02


@pytest.mark.parametrize(("peak", "scale"), [(255, 1), (65535, 257), (1e6, 1e6 / 255)])
def test_float_beyond_all_light_is_numbers(peak, scale):
    numbers = smooth(peak=peak)
    assert apart(read_bytes(encoded(vips(numbers.astype(np.float32), "scrgb"), ".tif")), numbers / scale) < 0.01


def test_float_that_is_no_number_becomes_black_not_nan():
    values = smooth(peak=200).astype(np.float32)
    values[3, 4] = np.nan
    picture = read_bytes(encoded(vips(values, "scrgb"), ".tif"))
    assert torch.isfinite(picture.pixels).all()


@pytest.mark.parametrize(("peak", "opaque"), [(1.0, 1.0), (255.0, 255.0)])
def test_float_with_alpha(peak, opaque):
    veil = np.full((32, 48, 1), opaque)
    veil[:, 24:] = opaque / 2
    picture = read_bytes(
        encoded(vips(np.concatenate([smooth(peak=peak), veil], 2).astype(np.float32), "scrgb"), ".tif")
    )
    np.testing.assert_allclose(picture.alpha[0, 0, 0, [0, 47]], [255, 127.5], atol=0.01)


# --------------------------------------------------------------------------------------------------------- colour


@pytest.mark.parametrize("depth", [8, 16])
def test_a_wide_profile_is_converted(depth):
    wide = (rgb() if depth == 8 else rgb16()).icc_transform("p3", input_profile="srgb", depth=depth, intent="relative")
    picture = read_bytes(encoded(wide, ".png"))
    # An 8-bit step of Display P3 is up to a few steps of sRGB in dark saturated colours.
    tolerance = 9 if depth == 8 else 1.1
    assert apart(picture, smooth()) < tolerance
    assert apart(picture, smooth()) < 0.2 * np.abs(wide.numpy() / (1 if depth == 8 else 257) - smooth()).max()
    assert picture.icc == wide.get("icc-profile-data")
    assert picture.bits == depth


def test_a_profile_is_converted_beneath_an_alpha():
    wide = rgb().icc_transform("p3", input_profile="srgb", intent="relative")
    picture = read_bytes(encoded(wide.bandjoin(77).copy(interpretation="srgb"), ".png"))
    assert picture.alpha.unique().tolist() == [77]
    assert apart(picture, smooth()) < 8


def test_a_profile_that_says_srgb_moves_nothing():
    tagged = rgb().icc_transform("srgb", input_profile="srgb")
    picture = read_bytes(encoded(tagged, ".png"))
    assert picture.icc is not None
    assert apart(picture, rgb().numpy()) == 0


@pytest.mark.parametrize("broken", [b"junk" * 50, None])
def test_a_broken_profile_is_ignored(broken):
    whole = rgb().icc_transform("p3", input_profile="srgb").get("icc-profile-data")
    image = with_blob(rgb(), "icc-profile-data", broken or whole[:200])
    assert apart(read_bytes(encoded(image, ".tif")), rgb().numpy()) == 0


def test_a_profile_for_another_kind_of_picture_is_ignored():
    cmyk = rgb().colourspace("cmyk").get("icc-profile-data")
    image = with_blob(rgb(), "icc-profile-data", cmyk)
    assert apart(read_bytes(encoded(image, ".tif")), rgb().numpy()) == 0


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
@pytest.mark.parametrize("profile", [True, False])
def test_cmyk(suffix, profile):
    colours = vips(np.repeat([[[255, 255, 255], [200, 60, 50], [40, 40, 40]]], 16, 1).repeat(16, 0).astype(np.uint8))
    cmyk = colours.icc_transform("cmyk", input_profile="srgb", intent="relative", black_point_compensation=True)
    if not profile:
        cmyk = cmyk.copy()
        cmyk.remove("icc-profile-data")
    picture = read_bytes(encoded(cmyk, suffix, **({"Q": 98} if suffix == ".jpg" else {})))
    assert not picture.grey and picture.bits == 8
    # Press inks hold less than sRGB; white has to come back white, all else nearly.
    assert picture.pixels[0, :, 0, 0].min() > 253
    inside = pixels_of(picture)[8, [8, 24, 40]]
    np.testing.assert_allclose(inside, colours.numpy()[8, [8, 24, 40]], atol=12)


def test_lab():
    picture = read_bytes(encoded(rgb().colourspace("lab"), ".tif"))
    assert apart(picture, rgb().numpy()) < 0.1


# ---------------------------------------------------------------------------------------------------- orientation


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(orientation, suffix):
    image = with_orientation(rgb(), orientation)
    options = {"Q": 100, "lossless": True} if suffix == ".webp" else {"Q": 100} if suffix == ".jpg" else {}
    data = encoded(image, suffix, **options)
    upright = pyvips.Image.new_from_buffer(data, "").autorot().numpy()
    picture = read_bytes(data)
    assert picture.size == ((48, 32) if orientation < 5 else (32, 48))
    assert apart(picture, upright) == 0


# ------------------------------------------------------------------------------------------------- smaller at once


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_max_long_edge_shrinks_while_reading(suffix, orientation):
    data = encoded(with_orientation(rgb(960, 640), orientation), suffix)
    picture = read_bytes(data, max_long_edge=120)
    assert picture.size == ((120, 80) if orientation == 1 else (80, 120))
    whole = read_bytes(data).resized(picture.size)
    assert (picture.pixels - whole.pixels).abs().max() < 3


def test_max_long_edge_never_enlarges():
    assert read_bytes(encoded(rgb(), ".png"), max_long_edge=480).size == (48, 32)


def test_max_long_edge_keeps_colours_beneath_alpha_apart():
    half = np.zeros((64, 64, 4), np.uint8)
    half[:, :32] = (200, 200, 200, 255)
    half[:, 32:] = (0, 255, 0, 0)
    picture = read_bytes(encoded(vips(half), ".png"), max_long_edge=20)
    seen = (picture.alpha > 20).expand_as(picture.pixels)
    assert (picture.pixels[seen] - 200).abs().max() < 0.1
    assert picture.pixels.min() >= 0 and picture.pixels.max() <= 255


@pytest.mark.parametrize("size", [(1, 700), (700, 1), (699, 500), (2, 3000)])
def test_max_long_edge_reaches_the_size_exactly(size):
    from neuralart.image.sizes import fit

    for suffix in (".jpg", ".png"):
        assert read_bytes(encoded(rgb(*size), suffix), max_long_edge=33).size == fit(*size, 33)


def test_damage_is_found_when_shrinking_too():
    data = encoded(rgb(960, 640), ".jpg", Q=95)
    with pytest.raises(PictureError, match="the JPEG data end early or are damaged"):
        read_bytes(data[: len(data) // 2], max_long_edge=100)


def test_of_very_large_files_no_more_is_read_than_is_looked_at(monkeypatch, tmp_path):
    vips(smooth(400, 300).round().astype(np.uint8), "srgb").write_to_file(tmp_path / "large.png")
    read_at = lambda enough: read(tmp_path / "large.png", enough=enough)
    whole = read(tmp_path / "large.png")
    # What is large depends on the machine's memory, not on what is asked for.
    assert torch.equal(read_at(20).pixels, whole.pixels)
    monkeypatch.setattr(mapped, "LARGE", 400 * 300 - 1)
    assert read_at(20).size == (40, 30)
    assert read_at(20).digest == whole.digest
    assert read_at(200).size == read_at(None).size == (400, 300)
    # Reduced further, nobody sees a difference.
    assert (read_at(50).resized((50, 38)).pixels - whole.resized((50, 38)).pixels).abs().max() < 3
