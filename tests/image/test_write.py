"""Writing: what comes back, what stays when it fails, and what is said."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import numpy as np
import pytest
import pyvips
import torch

from neuralart.errors import PictureError
from neuralart.image import torch7
from neuralart.image.picture import Picture
from neuralart.image.read import read, read_bytes
from neuralart.image.record import read_record
from neuralart.image.write import FORMATS, check_writable, encode, quantise, write

from .make import rgb, rgb16, smooth

ALL = sorted(FORMATS)
LOSSLESS = [".png", ".tif", ".tiff"]


def painted(**more):
    pixels = torch.from_numpy(smooth().astype(np.float32)).permute(2, 0, 1)[None].contiguous()
    return Picture(pixels, **more)


def listed(folder):
    return sorted(path.name for path in folder.iterdir())


def message(call, *arguments, **options):
    with pytest.raises(PictureError) as caught:
        call(*arguments, **options)
    text = str(caught.value)
    assert "\n" not in text
    return text


# ------------------------------------------------------------------------------------------------ what comes back


@pytest.mark.parametrize("suffix", ALL)
def test_every_format_comes_back(tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    painted().save(path)
    result = read(path)
    difference = (result.pixels - painted().pixels).abs()
    assert difference.max() <= 0.5 if suffix in LOSSLESS else difference.mean() < 1.5
    assert result.size == (48, 32) and result.alpha is None
    assert listed(tmp_path) == [path.name]


def test_the_suffix_may_be_in_capitals(tmp_path):
    write(painted(), tmp_path / "OUT.PNG")
    assert read(tmp_path / "OUT.PNG").size == (48, 32)


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_sixteen_bits_make_the_trip(tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    source = read_bytes(rgb16().write_to_buffer(".png"))
    write(source, path, bits=source.bits)
    result = read(path)
    assert result.bits == 16
    assert torch.equal(result.pixels, source.pixels)


def test_eight_bits_are_the_default(tmp_path):
    write(read_bytes(rgb16().write_to_buffer(".png")), tmp_path / "out.png")
    assert read(tmp_path / "out.png").bits == 8


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".avif"])
def test_alpha_makes_the_trip(tmp_path, suffix):
    alpha = torch.linspace(0, 255, 48).round().expand(1, 1, 32, 48).contiguous()
    write(painted(alpha=alpha), tmp_path / f"out{suffix}")
    result = read(tmp_path / f"out{suffix}")
    assert (result.alpha - alpha).abs().max() <= (0 if suffix != ".avif" else 6)


def test_alpha_of_sixteen_bits(tmp_path):
    alpha = torch.full((1, 1, 32, 48), 100 + 1 / 257)
    write(painted(alpha=alpha), tmp_path / "out.png", bits=16)
    assert read(tmp_path / "out.png").alpha.unique().tolist() == pytest.approx([100 + 1 / 257], abs=1e-5)


@pytest.mark.parametrize(
    ("background", "colour"), [("white", (255, 255, 255)), ("black", (0, 0, 0)), ("#ff8000", (255, 128, 0))]
)
def test_jpeg_is_laid_on_a_background_with_a_word(tmp_path, caplog, background, colour):
    caplog.set_level(logging.INFO, "neuralart")
    alpha = torch.full((1, 1, 32, 48), 255.0)
    alpha[..., :24] = 0
    alpha[..., 12:24] = 127.5
    path = tmp_path / "out.jpg"
    write(painted(alpha=alpha), path, background=colour)
    result = read(path)
    assert result.alpha is None
    clear = torch.tensor(colour).view(1, 3, 1, 1).float()
    expected = clear + (painted().pixels - clear) * alpha / 255
    assert (result.pixels - expected).abs().mean() < 1.5
    assert caplog.messages == [f"'{path}': JPEG has no transparency; the background is {background}"]
    caplog.clear()
    write(painted(), path)
    assert caplog.messages == []


def test_the_format_may_be_said_beside_the_name(tmp_path):
    write(painted(), tmp_path / "out.jpg", format="png")
    assert (tmp_path / "out.jpg").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(PictureError, match="holds 8"):
        write(painted(), tmp_path / "out.png", format="webp", bits=16)


@pytest.mark.parametrize("suffix", ALL)
def test_the_file_says_srgb_and_upright(suffix):
    image = pyvips.Image.new_from_buffer(encode(painted(), suffix), "")
    assert image.get("icc-profile-data")[16:20] == b"RGB "
    assert read_bytes(encode(painted(), suffix)).icc == image.get("icc-profile-data")
    assert not image.get_typeof("orientation") or image.get("orientation") == 1


def test_the_sources_profile_can_be_kept():
    wide = rgb16().icc_transform("p3", input_profile="srgb", depth=16, intent="relative")
    source = read_bytes(wide.write_to_buffer(".png"))
    data = encode(source, ".png", bits=16, profile="source")
    result = pyvips.Image.new_from_buffer(data, "")
    assert result.get("icc-profile-data") == wide.get("icc-profile-data")
    assert np.abs(result.numpy().astype(int) - wide.numpy()).max() < 257  # a step of 255
    assert (read_bytes(data).pixels - source.pixels).abs().max() < 1.1


def test_the_sources_profile_can_be_kept_beneath_alpha_in_eight_bits():
    wide = rgb().icc_transform("p3", input_profile="srgb").bandjoin(99).copy(interpretation="srgb")
    source = read_bytes(wide.write_to_buffer(".png"))
    result = read_bytes(encode(source, ".png", profile="source", record={"a": 1}))
    assert result.icc == source.icc and result.record == {"a": 1}
    assert result.alpha.unique().tolist() == [99]


@pytest.mark.parametrize("icc", [b"junk" * 50, b"\0" * 16 + b"RGB " + b"\0" * 300, None])
def test_a_profile_that_cannot_be_kept_is_srgb(icc):
    kept = encode(painted(icc=icc), ".png", profile="source")
    assert kept == encode(painted(), ".png")


def test_quality_is_bytes():
    sizes = [len(encode(painted(), ".jpg", quality=quality)) for quality in (20, 75, 98)]
    assert sizes == sorted(sizes)


# -------------------------------------------------------------------------------------------------------- rounding


def test_nearest_and_truncate():
    plane = np.array([-1, 0.4, 0.6, 254.4, 254.6, 300, np.nan], np.float32)
    assert quantise(plane, 8, "nearest").tolist() == [0, 0, 1, 254, 255, 255, 0]
    assert quantise(plane, 8, "truncate").tolist() == [0, 0, 0, 254, 254, 255, 0]
    assert quantise(np.array([0.5 / 257, 254.999], np.float32), 16, "truncate").tolist() == [0, 65534]


def test_truncating_is_torch7s_saving():
    pixels = torch.rand(1, 3, 8, 8, generator=torch.manual_seed(0)) * 300 - 20
    result = read_bytes(encode(Picture(pixels), ".png", rounding="truncate"))
    np.testing.assert_array_equal(result.pixels.numpy(), torch7.to_bytes(pixels.numpy()))


# ---------------------------------------------------------------------------------------------------------- record


@pytest.mark.parametrize("suffix", ALL)
def test_the_record_is_inside_every_format(tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    record = {
        "program": "neuralart 1.0.0",
        "options": {"style_factor": 2e9, "note": "Ünïcode ✓ <&>"},
        "log": "x" * 20_000,
    }
    write(painted(), path, record=record)
    assert read_record(path) == read(path).record == record


def test_no_record_is_none(tmp_path):
    write(painted(), tmp_path / "out.png")
    assert read_record(tmp_path / "out.png") is None
    assert "there is no such file" in message(read_record, tmp_path / "other.png")


def noise(count):
    return {"noise": np.random.default_rng(0).bytes(count).hex()}


def test_a_record_that_jpeg_cannot_hold_is_refused_and_others_hold_it(tmp_path):
    assert message(write, painted(), tmp_path / "out.jpg", record=noise(60_000)).endswith(
        "but JPEG only has room for 60,000; write PNG, TIFF, WebP or AVIF"
    )
    assert listed(tmp_path) == []
    for suffix in (".png", ".tif", ".webp", ".avif"):
        assert read_bytes(encode(painted(), suffix, record=noise(60_000))).record == noise(60_000)


def test_the_greatest_record_that_is_accepted_for_jpeg_comes_back():
    # libvips drops a longer one without a word, so the limit has to be below its own.
    count = 30_000
    while True:
        try:
            data = encode(painted(), ".jpg", record=noise(count))
        except PictureError:
            break
        assert read_bytes(data).record == noise(count)
        count += 250
    assert count > 30_000


# --------------------------------------------------------------------------------------------------- whole or not


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "out.png"
    path.write_bytes(b"precious")

    def refuse(*arguments):
        raise OSError(28, "No space left on device")

    for call in ("pathlib.Path.replace", "os.fsync"):
        with monkeypatch.context() as patch:
            patch.setattr(call, refuse)
            text = message(write, painted(), path)
        assert text == f"cannot write '{path}': the disk is full; make room or write elsewhere"
        assert path.read_bytes() == b"precious"
        assert listed(tmp_path) == ["out.png"]


def test_a_failure_to_encode_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "out.png"
    path.write_bytes(b"precious")

    def fail(*arguments, **options):
        raise pyvips.Error("unable to write", "first\n  second line.")

    monkeypatch.setattr("pyvips.Image.write_to_buffer", fail)
    assert message(write, painted(), path) == f"cannot write '{path}': the PNG encoder failed (second line)"
    assert path.read_bytes() == b"precious"


def test_an_existing_file_is_replaced_and_a_link_followed(tmp_path):
    (tmp_path / "folder").mkdir()
    real, link = tmp_path / "folder" / "real.png", tmp_path / "link.png"
    real.write_bytes(b"old")
    link.symlink_to(real)
    write(painted(), link)
    assert link.is_symlink() and read(real).size == (48, 32)


def test_the_file_can_be_read_by_others(tmp_path):
    write(painted(), tmp_path / "out.png")
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "out.png").stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_picture_can_be_written_over_itself(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(rgb().write_to_buffer(".png"))
    write(read(path), path)
    assert torch.equal(read(path).pixels, read_bytes(rgb().write_to_buffer(".png")).pixels)


# -------------------------------------------------------------------------------------------------------- messages


@pytest.mark.parametrize("call", [check_writable, lambda path: write(painted(), path)])
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("out.jgp", "the suffix '.jgp' is not known; did you mean '.jpg'? use one of "),
        ("out.xyz", "the suffix '.xyz' is not known; use one of "),
        ("out", "the name has no suffix; use one of "),
    ],
)
def test_unknown_suffix(tmp_path, call, name, why):
    expected = f"cannot write '{tmp_path / name}': {why}.jpg, .jpeg, .png, .tif, .tiff, .webp, .avif"
    assert message(call, tmp_path / name) == expected


@pytest.mark.parametrize("call", [check_writable, lambda path: write(painted(), path)])
def test_places_that_cannot_be_written(tmp_path, call):
    path = tmp_path / "missing" / "out.png"
    assert message(call, path) == f"cannot write '{path}': there is no folder '{path.parent}'; create it first"
    path = tmp_path / ("n" * 300 + ".png")
    assert message(call, path) == f"cannot write '{path}': the name is too long; give a shorter one"
    path = tmp_path / "folder.png"
    path.mkdir()
    assert message(call, path).startswith(f"cannot write '{path}': it is a folder")
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "out.png"
    assert message(call, path) == f"cannot write '{path}': there is no folder '{path.parent}'; create it first"
    assert listed(tmp_path) == ["file", "folder.png"]


def test_a_closed_folder(tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)  # root, which tests may run as, is never refused
    expected = f"cannot write '{tmp_path / 'out.png'}': the folder '{tmp_path}' is not writable; choose another"
    assert message(check_writable, tmp_path / "out.png") == expected
    assert message(write, painted(), tmp_path / "out.png") == expected


def test_a_write_protected_file(tmp_path, monkeypatch):
    path = tmp_path / "out.png"
    path.touch()
    monkeypatch.setattr("os.access", lambda *arguments: False)
    assert message(check_writable, path) == f"cannot write '{path}': it is write-protected; give another name"


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no devices here")
def test_a_device(tmp_path):
    (tmp_path / "null.png").symlink_to("/dev/null")
    assert "it is a folder or a device" in message(check_writable, tmp_path / "null.png")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="pipes have no names here")
def test_a_pipe():
    """As /dev/stdout is one, if something reads it."""
    ends = os.pipe()
    try:
        told = message(check_writable, Path(f"/proc/self/fd/{ends[1]}"), format="png")
    finally:
        for end in ends:
            os.close(end)
    assert "it is a folder or a device; give the name of a file" in told


def test_checking_leaves_everything_as_it_was(tmp_path):
    path = tmp_path / "out.png"
    check_writable(path, size=(100, 100))
    assert listed(tmp_path) == []
    path.write_bytes(b"precious")
    before = path.stat().st_mtime_ns
    check_writable(path)
    assert path.read_bytes() == b"precious" and path.stat().st_mtime_ns == before
    assert listed(tmp_path) == ["out.png"]


def test_a_size_that_the_format_cannot_hold(tmp_path):
    expected = (
        f"cannot write '{tmp_path / 'out.webp'}': 20000 x 10 pixels are more than the 16383 that WebP can hold "
        "along an edge; write PNG or TIFF"
    )
    assert message(check_writable, tmp_path / "out.webp", size=(20_000, 10)) == expected
    assert message(write, Picture(torch.zeros(1, 3, 10, 20_000)), tmp_path / "out.webp") == expected


@pytest.mark.parametrize(("suffix", "longest"), [(".webp", 16383), (".avif", 16384), (".jpg", 65500)])
def test_the_greatest_size_is_really_written(suffix, longest):
    assert read_bytes(encode(Picture(torch.full((1, 3, 2, longest), 9.0)), suffix)).size == (longest, 2)


def test_bits_and_quality():
    assert message(encode, painted(), ".jpg", bits=16) == (
        "cannot write '.jpg' with 16 bits: JPEG holds 8; PNG and TIFF hold 8 or 16"
    )
    assert message(encode, painted(), ".png", bits=12).startswith("cannot write '.png' with 12 bits: ")
    for wrong in (0, 101):
        assert message(encode, painted(), ".jpg", quality=wrong) == (
            f"cannot write '.jpg' at quality {wrong}: give a number from 1 to 100"
        )
