"""Gamma, cICP, PQ and HLG: what the standards say comes out."""

from __future__ import annotations

import logging
import struct
import zlib

import numpy as np
import pytest

from neuralart.image import coding, transfer
from neuralart.image.coding import HLG, PQ, Coding
from neuralart.image.read import read, read_bytes, tell

from .make import rgb, rgb16, smooth, vips


def with_chunk(data, name, body):
    """A PNG with a chunk of its own before all others but the first."""
    chunk = struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    return data[:33] + chunk + data[33:]


def png(image, *chunks):
    data = image.write_to_buffer(".png")
    for name, body in chunks:
        data = with_chunk(data, name, body)
    return data


def gamma(value):
    return b"gAMA", struct.pack(">I", round(value * 1e5))


def apart(picture, expected):
    return np.abs(picture.pixels[0].permute(1, 2, 0).numpy() - expected).max()


def srgb(light):
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("image", [rgb, rgb16])
def test_gamma_is_applied(image):
    unit = image().numpy() / (255 if image is rgb else 65535)
    for value in (1.0, 0.55, 1 / 1.8):
        picture = read_bytes(png(image(), gamma(value)))
        assert apart(picture, srgb(unit ** (1 / value))) < 0.4
        assert picture.bits == 16


@pytest.mark.parametrize("chunks", [[gamma(0.45455)], [gamma(1.0), (b"sRGB", b"\0")], [gamma(0)], [gamma(900)]])
def test_gamma_that_says_nothing_new_moves_nothing(chunks):
    assert apart(read_bytes(png(rgb(), *chunks)), rgb().numpy()) == 0


def test_a_profile_comes_before_gamma_and_cicp_before_a_profile():
    wide = rgb().icc_transform("p3", input_profile="srgb")
    with_profile = read_bytes(png(wide))
    assert apart(read_bytes(png(wide, gamma(1.0))), with_profile.pixels[0].permute(1, 2, 0).numpy()) == 0
    assert apart(read_bytes(png(wide, (b"cICP", bytes((1, 8, 0, 1))))), srgb(wide.numpy() / 255)) < 0.4


def test_primaries_are_converted():
    # Display P3, by code points and by chromaticities; the profile says the same.
    wide = rgb16().icc_transform("p3", input_profile="srgb", depth=16, intent="relative")
    bare = wide.copy()
    bare.remove("icc-profile-data")
    p3 = [c for pair in (coding.D65, *coding.PRIMARIES[12][:3]) for c in pair]
    chromaticities = b"cHRM", struct.pack(">8I", *[round(c * 1e5) for c in p3])
    for chunks in ([(b"cICP", bytes((12, 13, 0, 1)))], [gamma(0.45455), chromaticities]):
        assert apart(read_bytes(png(bare, *chunks)), smooth()) < 1.5


def test_alpha_stays_beneath_a_coding():
    clear = rgb().bandjoin(77).copy(interpretation="srgb")
    picture = read_bytes(png(clear, gamma(1.0)))
    assert picture.alpha.unique().tolist() == [77]
    assert apart(picture, srgb(rgb().numpy() / 255)) < 0.4


def test_pq_is_the_standards():
    # BT.2408, table 1: 203 cd/m2 are 58 % of PQ, 1000 are 75 %, 100 are 51 %.
    for light, share in ((203, 0.58), (1000, 0.75), (100, 0.51), (10_000, 1.0), (0, 0.0)):
        assert abs(float(transfer.light_to_pq(np.array(float(light)))) - share) < 0.006
    light = np.array([0.0, 1, 50, 203, 1000, 10_000])
    np.testing.assert_allclose(transfer.pq_to_light(transfer.light_to_pq(light)), light, rtol=1e-6, atol=1e-4)


def test_hlg_is_the_standards():
    # BT.2100, table 5: half the signal is a twelfth of the light; the whole is all of it.
    unit = np.array([0.0, 0.25, 0.5, 1.0])
    expected = [0, 0.0625 / 3, 1 / 12, 1]
    np.testing.assert_allclose(transfer.linear(unit, Coding(HLG)), expected, atol=1e-5)


def test_the_roll_off_is_monotonous_and_leaves_the_dark_alone():
    light = np.linspace(0, 1000 / transfer.WHITE, 2000)
    bent = transfer.rolled_off(light, 1000 / transfer.WHITE)
    assert np.all(np.diff(bent) > 0)
    assert abs(bent[-1] - 1) < 1e-6
    dark = light < 0.35
    np.testing.assert_allclose(bent[dark], light[dark], rtol=1e-4)


@pytest.mark.parametrize("how", [PQ, HLG])
def test_hdr_is_toned_down_not_cut(how):
    """A grey ramp up to 1000 cd/m2: grey, rising to white, and beyond paper white still rising."""
    ramp = np.repeat(np.linspace(0, 1, 256)[None, :, None], 3, 2)
    light = ramp * 1000
    code = transfer.light_to_pq(light) if how == PQ else ramp
    samples = np.repeat((code * 65535).round().astype(np.uint16), 8, 0)
    picture = read_bytes(png(vips(samples, "rgb16"), (b"cICP", bytes((9, how, 0, 1)))))
    row = picture.pixels[0, :, 4]
    assert (row - row[:1]).abs().max() < 0.2
    assert row[0, -1] > 254
    assert (row[0].diff() > -0.01).all()
    paper = int(transfer.WHITE / 1000 * 256)
    if how == PQ:
        assert 190 < row[0, paper] < 235
        assert row[0, paper] + 10 < row[0, 2 * paper] < 254


def test_the_brightest_is_taken_from_the_file():
    chunks = {b"cLLI": struct.pack(">II", 4_000_000, 1), b"cICP": bytes((9, 16, 0, 1))}
    found, first = coding.of_png(png(rgb16(), *chunks.items()))
    assert (found.peak, found.transfer, first) == (400.0, PQ, True)


@pytest.mark.parametrize("body", [b"", b"\x09", b"\x09\x10\x00"])
def test_damaged_chunks_are_passed_over(body):
    assert coding.of_png(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(body)) + b"cICP" + body) == (None, False)
    assert list(coding.png_chunks(b"\x89PNG\r\n\x1a\n" + b"\xff" * 20)) == [(b"\xff" * 4, b"\xff" * 12)]


def test_avif_says_it_in_a_box():
    box = b"\0\0\0\x13colrnclx" + struct.pack(">HHH", 9, 16, 9) + b"\x80"
    assert coding.of_heif(b"\0\0\0\x18ftypavif" + box).transfer == PQ
    assert coding.of_heif(b"\0\0\0\x18ftypavif" + box.replace(b"\0\x09\0\x10", b"\0\x01\0\x0d")) is None
    assert coding.of_heif(b"\0\0\0\x18ftypavif") is None


# ----------------------------------------------------------------------------------------- numbers that are no light


@pytest.fixture
def told(caplog):
    tell.cache_clear()
    caplog.set_level(logging.INFO, "neuralart")
    return lambda: caplog.messages


@pytest.mark.parametrize(("bits", "most"), [(12, 4095), (12, 1840), (10, 1023), (10, 700)])
def test_fewer_bits_in_sixteen_are_not_black(told, bits, most):
    samples = smooth(peak=most).round().astype(np.uint16)
    picture = read_bytes(vips(samples, "rgb16").write_to_buffer(".tif"), "'x'")
    assert apart(picture, samples * (255 / (2**bits - 1))) < 0.01
    assert told() == [f"'x': its 16-bit samples end at {samples.max()}, like {bits}-bit samples, and are read as such"]


def test_sixteen_bits_are_left_alone(told):
    assert apart(read_bytes(rgb16().write_to_buffer(".tif")), rgb16().numpy() / 257) < 0.01
    assert told() == []


def test_elevation_is_spread_from_black_to_white(told):
    metres = np.linspace(-28, 1540, 48 * 32).reshape(32, 48).astype(np.float32)
    expected = (metres + 28) / 1568 * 255
    metres[3, 3], expected[3, 3] = -9999, 0
    metres[4, 4], expected[4, 4] = np.nan, 0
    picture = read_bytes(vips(metres[:, :, None], "b-w").write_to_buffer(".tif"), "'x'")
    assert apart(picture, expected[:, :, None]) < 0.5
    assert told() == ["'x': its samples run from -28 to 1540, like measurements, and are spread from black to white"]


@pytest.mark.parametrize("name", ["cicp_pq.png", "gama1.png", "dark12in16.tif", "elevation.tif"])
def test_cases(shared, told, name):
    picture = read(shared / "cases" / name)
    assert 40 < picture.pixels.mean() < 215
    assert len(told()) == 1
