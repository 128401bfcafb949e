"""Large pictures: read strip by strip into files, and streamed to the disk."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import numpy as np
import pytest
import pyvips
import torch

from neuralart.errors import PictureError
from neuralart.image import mapped
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.image.write import write


@pytest.fixture
def large(monkeypatch):
    """Every picture counts as large."""
    monkeypatch.setattr(mapped, "LARGE", 0)


def noise(width: int, height: int, alpha: bool = False) -> Picture:
    generator = torch.Generator().manual_seed(0)
    planes = torch.rand(1, 4, height, width, generator=generator) * 255
    return Picture(planes[:, :3].contiguous(), planes[:, 3:].contiguous() if alpha else None)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp", "a.avif"])
@pytest.mark.parametrize("alpha", [False, True])
def test_large_pictures_are_the_pictures(tmp_path, monkeypatch, name, alpha):
    picture, here, there = noise(300, 600, alpha), tmp_path / "small", tmp_path / "large"
    here.mkdir(), there.mkdir()
    write(picture, here / name, record={"a": 1})
    expected = read(here / name)
    monkeypatch.setattr(mapped, "LARGE", 0)
    write(picture, there / name, record={"a": 1})
    found = read(there / name)
    assert torch.equal(found.pixels, expected.pixels) and found.record == {"a": 1}
    assert (found.alpha is None) == (expected.alpha is None)
    assert found.alpha is None or torch.equal(found.alpha, expected.alpha)
    assert mapped.is_mapped(found.pixels) and not mapped.is_mapped(expected.pixels)
    assert [path.name for path in there.iterdir()] == [name]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_large_pictures_stand_upright(tmp_path, monkeypatch, orientation):
    image = pyvips.Image.new_from_array((np.arange(3 * 300 * 40) % 251).reshape(300, 40, 3).astype(np.uint8))
    image = image.copy(interpretation="srgb").copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    image.tiffsave(str(tmp_path / "a.tif"))
    expected = read(tmp_path / "a.tif")
    monkeypatch.setattr(mapped, "LARGE", 0)
    assert torch.equal(read(tmp_path / "a.tif").pixels, expected.pixels)


def test_sixteen_bits_and_grey(tmp_path, monkeypatch):
    grey = (np.arange(600 * 50) * 2).reshape(600, 50).astype(np.uint16)
    pyvips.Image.new_from_array(grey).copy(interpretation="grey16").pngsave(str(tmp_path / "a.png"))
    expected = read(tmp_path / "a.png")
    monkeypatch.setattr(mapped, "LARGE", 0)
    found = read(tmp_path / "a.png")
    assert torch.equal(found.pixels, expected.pixels) and found.grey and found.bits == 16


def test_copies_are_copies(large):
    pixels = torch.rand(1, 3, 4, 5)
    copy = Picture(pixels).with_pixels(pixels).pixels
    assert mapped.is_mapped(copy) and torch.equal(copy, pixels)
    copy.zero_()
    assert pixels.any()


def test_without_room_for_a_file_it_is_memory(large, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(mapped, "_reserve", full)
    assert not isinstance(mapped.empty((2, 3), np.float32, 6), np.memmap)


def test_a_damaged_large_picture(tmp_path, large):
    write(noise(64, 600), tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(PictureError, match="end early or are damaged"):
        read(tmp_path / "a.png")


@pytest.mark.parametrize("bits", [8, 16])
def test_a_pyramid(tmp_path, bits):
    picture = noise(1000, 700)
    write(picture, tmp_path / "a.tif", bits=bits, record={"made": "here"}, pyramid=True)
    assert (tmp_path / "a.tif").read_bytes()[:4] in (b"II+\0", b"MM\0+")  # BigTIFF
    levels = [pyvips.Image.new_from_file(str(tmp_path / "a.tif"), page=page) for page in range(3)]
    assert [(level.width, level.height) for level in levels] == [(1000, 700), (500, 350), (250, 175)]
    assert levels[0].get("n-pages") == 3
    assert levels[0].get("tile-width") == levels[0].get("tile-height") == 256
    assert levels[0].get_typeof("icc-profile-data")
    found = read(tmp_path / "a.tif")
    assert found.record == {"made": "here"}
    assert (found.pixels - picture.pixels).abs().max() <= (0.51 if bits == 8 else 0.01)
    # A level is the picture in small: the means of its squares of two by two pixels.
    half = torch.nn.functional.avg_pool2d(read(tmp_path / "a.tif").pixels, 2)[0].permute(1, 2, 0).numpy()
    level = np.asarray(levels[1]) / (1 if bits == 8 else 257)
    assert np.abs(level - half).max() <= 1


def test_only_tiffs_are_pyramids(tmp_path):
    with pytest.raises(
        PictureError, match=r"^cannot write '.*a.png' as a pyramid: PNG does not support it; write TIFF$"
    ):
        write(noise(8, 8), tmp_path / "a.png", pyramid=True)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing(tmp_path, large, monkeypatch):
    (tmp_path / "a.tif").write_bytes(b"before")

    def full(*_, **__):
        raise pyvips.Error("unable to call tiffsave", os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pyvips.Image, "tiffsave", full, raising=False)
    with pytest.raises(PictureError, match="the disk is full; make room or write elsewhere"):
        write(noise(8, 8), tmp_path / "a.tif")
    assert (tmp_path / "a.tif").read_bytes() == b"before" and len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="memory is counted differently elsewhere")
def test_writing_needs_no_second_copy(tmp_path):
    # 6 megapixels: 75 MB in float32. What is written beside them stays far below that.
    script = (
        "import sys, torch; from neuralart.image import mapped; from neuralart.image.picture import Picture\n"
        "from neuralart.image.write import write\n"
        "hwm = lambda: next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('RssAnon'))\n"
        "import threading, time\n"
        "picture = Picture(torch.zeros(1, 3, 2500, 2500).add_(7)); mapped.LARGE = 0\n"
        "before, most = hwm(), [0]\n"
        "def watch():\n"
        "    while True:\n"
        "        most[0] = max(most[0], hwm()); time.sleep(0.01)\n"
        "threading.Thread(target=watch, daemon=True).start()\n"
        "write(picture, sys.argv[1], pyramid=True)\n"
        "print(most[0] - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.tif")],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert int(done.stdout) * 1024 < 50_000_000
