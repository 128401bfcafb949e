"""Whatever Python calls a picture is taken as the same picture."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from neuralart.errors import OptionError, PictureError
from neuralart.image.read import read
from neuralart.image.take import as_picture

PIXELS = np.random.default_rng(0).integers(0, 256, (9, 7, 4), dtype=np.uint8)
PIXELS[0, 0, 3] = 7  # not opaque
RGB, GREY = np.ascontiguousarray(PIXELS[..., :3]), np.ascontiguousarray(PIXELS[..., 0])
CHW = torch.from_numpy(RGB).permute(2, 0, 1)
UNIT = torch.rand(3, 9, 7, generator=torch.Generator().manual_seed(0))

ALIKE = {
    "array": RGB,
    "array of other numbers": RGB.astype(np.int64),
    "array in another order": np.asfortranarray(RGB),
    "array of floats": RGB.astype(np.float64),
    "array of half floats": RGB.astype(np.float16),
    "tensor [C, H, W]": CHW,
    "tensor [1, C, H, W]": CHW[None],
    "tensor [H, W, C]": torch.from_numpy(RGB),
    "tensor of floats": CHW.double(),
    "tensor of bfloat16": CHW.bfloat16().float(),
    "tensor with a gradient": CHW.float().requires_grad_(),
}


@pytest.mark.parametrize("case", [case for case in ALIKE if "bfloat16" not in case])
def test_arrays_and_tensors(case):
    found = as_picture(ALIKE[case], "content")
    assert np.array_equal(found.numpy(), RGB)
    assert (found.alpha, found.source, found.digest, found.grey) == (None, None, None, False)
    assert not found.pixels.requires_grad


def test_bfloat16():
    found = as_picture(CHW.bfloat16(), "content")
    assert torch.equal(found.pixels[0], CHW.bfloat16().float().clamp(0, 255))


@pytest.mark.parametrize("given", [GREY, GREY[..., None], torch.from_numpy(GREY), torch.from_numpy(GREY)[None]])
def test_grey(given):
    found = as_picture(given, "content")
    assert found.grey
    assert np.array_equal(found.numpy(), np.repeat(GREY[..., None], 3, 2))


@pytest.mark.parametrize("given", [PIXELS, torch.from_numpy(PIXELS).permute(2, 0, 1), torch.from_numpy(PIXELS)])
def test_alpha(given):
    found = as_picture(given, "content")
    assert np.array_equal(found.numpy(), PIXELS)


@pytest.mark.parametrize("given", [UNIT, UNIT.double(), UNIT.permute(1, 2, 0), UNIT.permute(1, 2, 0).numpy()])
def test_floats_within_0_and_1(given, caplog):
    with caplog.at_level(logging.INFO, "neuralart"):
        found = as_picture(given, "style")
    torch.testing.assert_close(found.pixels[0], UNIT * 255)
    assert caplog.messages == ["the style has no value above 1; its floats are taken as 0..1"]


@pytest.mark.parametrize("given", [np.zeros((8, 8, 3)), np.ones((8, 8, 3), np.uint8), torch.ones(3, 8, 8).byte()])
def test_what_is_black_and_meant_so(given, caplog):
    with caplog.at_level(logging.INFO, "neuralart"):
        assert as_picture(given, "content").pixels.max() <= 1
    assert caplog.messages == []


def test_what_goes_a_little_beyond_1_is_wondered_at(caplog):
    assert as_picture(np.full((8, 8, 3), 1.02), "content").pixels.max() == pytest.approx(1.02)
    assert caplog.messages == ["the content is almost black; its floats are taken as 0..255, since they go beyond 1"]


def test_a_little_overshoot_is_clamped():
    array = np.full((8, 8, 3), 255.6)
    array[0] = -0.7
    found = as_picture(array, "content").pixels
    assert (found.min(), found.max()) == (0, 255)


def test_what_is_taken_is_a_copy():
    array, tensor = RGB.astype(np.float32), CHW.float().clone()
    for given in (array, tensor):
        as_picture(given, "content").pixels.zero_()
    assert array.any() and tensor.any()


@pytest.fixture
def file(tmp_path) -> Path:
    as_picture(PIXELS, "content").save(tmp_path / "picture.png")
    return tmp_path / "picture.png"


def test_paths_and_bytes(file):
    data, stream = file.read_bytes(), io.BytesIO(file.read_bytes())
    stream.seek(5)  # as whoever has just written it leaves it
    read_at = read(file)
    for given in (file, str(file), data, bytearray(data), stream):
        found = as_picture(given, "content")
        assert np.array_equal(found.numpy(), PIXELS)
        assert found.digest == read_at.digest
    assert as_picture(read_at, "content") is read_at


@pytest.mark.parametrize("data", [b"", b"hello, this is no picture\n"])
def test_bytes_that_will_not_do(data):
    with pytest.raises(PictureError, match=r"^cannot read the style: it "):
        as_picture(data, "style")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "the content is a NoneType; give a path, a Picture, a PIL image, the bytes of a file, an array [height"),
        ([[1, 2]], "the content is a list; give a path"),
        (np.zeros(8), "the content is a ndarray of shape (8,); give a path"),
        (np.zeros((8, 8, 2)), "the content is a ndarray of shape (8, 8, 2); give a path"),
        (np.zeros((0, 8, 3)), "the content is a ndarray of shape (0, 8, 3); give a path"),
        (torch.zeros(2, 3, 8, 8), "the content is a Tensor of shape (2, 3, 8, 8); give a path"),
        (torch.zeros(5, 8, 8), "the content is a Tensor of shape (5, 8, 8); give a path"),
        (np.full((8, 8, 3), 60000, np.uint16), "the content has values of uint16 from 60000 to 60000; give uint8"),
        (np.full((8, 8, 3), -20.0), "the content has values of float64 from -20.0 to -20.0; give uint8, or floats"),
        (np.full((8, 8, 3), np.nan), "the content has values of float64 from nan to nan; give"),
        (torch.full((3, 8, 8), torch.inf), "the content has values of float32 from inf to inf; give"),
        (np.full((8, 8, 3), 1j), "the content has values of complex128 from"),
        (np.full((8, 8, 3), "x"), "the content has values of <U1 from"),
        (np.zeros((8, 8, 3), bool), "the content has values of bool from"),
    ],
)
def test_what_is_no_picture(given, message):
    with pytest.raises(OptionError) as caught:
        as_picture(given, "content")
    assert str(caught.value).startswith(message)


def test_images_of_pil(file):
    image_of = pytest.importorskip("PIL.Image")
    taken = lambda image: as_picture(image, "content").numpy()
    image = image_of.fromarray(PIXELS)
    assert np.array_equal(taken(image), PIXELS)
    assert np.array_equal(taken(image_of.open(file)), PIXELS)
    assert np.array_equal(taken(image.convert("RGB")), RGB)
    for mode in ("1", "L", "P", "LA", "PA", "I", "RGBa", "YCbCr", "HSV"):
        other = image.convert("RGB").convert(mode) if mode in ("P", "YCbCr", "HSV") else image.convert(mode)
        colours = other.convert("RGBA" if mode in ("LA", "PA", "RGBa") else "L" if mode == "I" else "RGB")
        wanted = np.asarray(colours)
        wanted = np.repeat(wanted[..., None], 3, 2) if wanted.ndim == 2 else wanted
        assert np.array_equal(taken(other), wanted), mode
    floats = as_picture(image.convert("F"), "content").pixels[0, 0]
    assert np.array_equal(floats.numpy(), np.asarray(image.convert("F")))
    assert as_picture(image, "content").digest is None


def test_pil_keeps_depth_orientation_and_profile():
    image_of, profiles = pytest.importorskip("PIL.Image"), pytest.importorskip("PIL.ImageCms")
    deep = image_of.fromarray(np.arange(63, dtype=np.uint16).reshape(9, 7) * 1000)
    assert as_picture(deep, "content").bits == 16
    turned = image_of.fromarray(RGB)
    turned.getexif()[0x0112] = 6
    assert np.array_equal(as_picture(turned, "content").numpy(), np.rot90(RGB, -1))
    profiled = image_of.fromarray(RGB)
    profiled.info["icc_profile"] = profiles.ImageCmsProfile(profiles.createProfile("sRGB")).tobytes()
    assert as_picture(profiled, "content").icc == profiled.info["icc_profile"]
    assert as_picture(image_of.fromarray(RGB).convert("CMYK"), "content").size == (7, 9)


def test_pil_images_whose_file_is_damaged(file):
    image_of = pytest.importorskip("PIL.Image")
    noise = np.random.default_rng(1).integers(0, 256, (90, 70, 4), dtype=np.uint8)
    as_picture(noise, "content").save(file)
    half = image_of.open(io.BytesIO(file.read_bytes()[:9000]))
    with pytest.raises(PictureError, match=r"^cannot take the style, a PIL image of mode RGBA "):
        as_picture(half, "style")


def test_alpha_that_hides_nothing_is_none_as_in_a_file(tmp_path):
    pixels = PIXELS.copy()
    pixels[..., 3] = 255
    found = as_picture(pixels, "content")
    assert found.alpha is None
    assert np.array_equal(found.numpy(), pixels[..., :3])
