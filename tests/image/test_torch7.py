"""The original's resizing and saving, against what it computed. Equal means equal: every bit."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from neuralart.image import torch7
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.image.sizes import fit

from .make import ORACLE, SHARED

TENSORS = {entry["name"]: entry for entry in json.loads((ORACLE / "manifest.json").read_text())["tensors"]}
SCALED = [name for name in TENSORS if name.startswith("bilinear")]
RUNS = sorted(path.parent for path in (SHARED / "oracle" / "runs").glob("*/cmd.txt"))


def recorded(name, folder=ORACLE, tensors=TENSORS):
    return np.fromfile(folder / tensors[name]["file"], tensors[name]["dtype"]).reshape(tensors[name]["shape"])


@pytest.mark.parametrize("name", SCALED)
def test_scale_agrees_with_the_original_bit_for_bit(name):
    # The name holds the size as it was asked for ("10p9" is 10.9): the original truncated, and so does its shape.
    kind, precision = name.split("_")[0], name.split("_")[-1]
    source = recorded(f"src_{'53x37' if kind == 'bilinear53' else '7x5'}_{precision}")
    expected = recorded(name)
    _, height, width = expected.shape
    result = torch7.scale(source, (width, height))
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)


def test_every_recorded_size_was_compared():
    assert len(SCALED) == 46


def test_a_tall_picture_does_not_depend_on_the_bands_it_is_widened_in():
    source = np.random.default_rng(0).random((3, 2 * torch7.BAND + 7, 20))
    whole = torch7.scale(source, (13, source.shape[1]))
    for row in (0, torch7.BAND - 1, torch7.BAND, 2 * torch7.BAND + 6):
        np.testing.assert_array_equal(whole[:, row : row + 1], torch7.scale(source[:, row : row + 1], (13, 1)))


def test_saving_truncates_as_the_original_did():
    ramp, expected = recorded("save_ramp_src"), recorded("save_ramp_bytes_read_back")
    saved = torch7.to_bytes((ramp * 255).astype(np.float32))
    # 85 and 170 fall on a step, where the recorded ramp was double and ours has been float32.
    on_a_step = np.isin(np.arange(1024), (341, 682))
    np.testing.assert_array_equal(saved[~on_a_step], expected.reshape(-1)[~on_a_step])


def test_saving_clamps():
    np.testing.assert_array_equal(
        torch7.to_bytes(np.array([-3.0, 0, 254.99, 255, 300], np.float32)), [0, 0, 254, 255, 255]
    )


@pytest.mark.skipif(not RUNS, reason="../shared/oracle/runs is not here")
@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_preprocess_gives_the_networks_input_bit_for_bit(run):
    words = (run / "cmd.txt").read_text().split()
    argument = dict(zip(words[words.index("--cpu") + 1 :], words[words.index("--cpu") + 2 :]))
    fitted = lambda picture, edge: torch7.preprocess(picture, fit(*picture.size, edge))
    content = fitted(read(SHARED / argument["--content"]), int(argument["--size"]))
    style = fitted(read(SHARED / argument["--style"]), max(content.shape[2:]))
    tensors = {entry["name"]: entry for entry in json.loads((run / "manifest.json").read_text())["tensors"]}
    for name, pixels in (("content_pre", content), ("style_pre", style)):
        assert pixels.dtype == torch.float32 and pixels.is_contiguous()
        bgr = pixels.flip(1) - torch.tensor([104.0, 117.0, 123.0]).view(1, 3, 1, 1)
        np.testing.assert_array_equal(bgr.numpy(), recorded(name, run, tensors))


def test_preprocess_keeps_the_own_size_and_does_not_touch_the_picture():
    pixels = torch.arange(2 * 3 * 5, dtype=torch.float32).view(1, 3, 2, 5)
    before = pixels.clone()
    result = torch7.preprocess(Picture(pixels), (5, 2))
    assert result.shape == pixels.shape
    assert torch.equal(pixels, before)
    torch.testing.assert_close(result, pixels, rtol=2e-7, atol=0)


def test_preprocess_drops_alpha():
    pixels = torch.rand(1, 3, 6, 8) * 255
    veiled = Picture(pixels, torch.zeros(1, 1, 6, 8))
    assert torch.equal(torch7.preprocess(veiled, (5, 3)), torch7.preprocess(Picture(pixels), (5, 3)))
