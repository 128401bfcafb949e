"""Resizing for `balanced`: properties that any good filter has."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralart.image.resize import resize, resize_round, resize_with_alpha

EDGES = st.integers(1, 40)


def waves(size, period):
    """A horizontal wave of `period` pixels, 0..255, [1, 3, size, size]."""
    wave = 127.5 + 127.5 * torch.cos(2 * math.pi * (torch.arange(size) + 0.5) / period)
    return wave.expand(1, 3, size, size).contiguous()


@settings(deadline=None, max_examples=40)
@given(EDGES, EDGES, EDGES, EDGES)
def test_a_constant_stays_itself_and_the_shape_is_as_asked(width, height, new_width, new_height):
    pixels = torch.full((1, 3, height, width), 77.25)
    result = resize(pixels, (new_width, new_height))
    assert result.shape == (1, 3, new_height, new_width)
    assert torch.equal(result, torch.full_like(result, 77.25))


@pytest.mark.parametrize(("size", "turn"), [((64, 48), (24, 16)), ((48, 36), (18, 12)), ((16, 12), (6, 4))])
def test_a_picture_that_tiles_is_resized_the_same_wherever_it_is_cut(size, turn):
    pixels = torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 255
    rolled = resize_round(pixels.roll((12, 8), (2, 3)), size, "both")
    torch.testing.assert_close(rolled, resize_round(pixels, size, "both").roll(turn, (2, 3)))
    inside = resize_round(pixels, size, "x")[:, :, size[1] // 4 : -size[1] // 4]
    torch.testing.assert_close(inside, resize_round(pixels, size, "both")[:, :, size[1] // 4 : -size[1] // 4])


@settings(deadline=None, max_examples=40)
@given(EDGES, EDGES, EDGES, EDGES)
def test_nothing_leaves_the_range_of_its_channel(width, height, new_width, new_height):
    pixels = torch.randint(0, 2, (1, 3, height, width)) * 255.0
    result = resize(pixels, (new_width, new_height))
    for channel in range(3):
        assert pixels[0, channel].min() <= result[0, channel].min()
        assert result[0, channel].max() <= pixels[0, channel].max()


def test_the_same_size_is_the_same_tensor():
    pixels = torch.rand(1, 3, 5, 7)
    assert resize(pixels, (7, 5)) is pixels


def test_detail_too_fine_for_the_new_size_becomes_grey_not_moire():
    # Two pixels a period, reduced 3.2 times: anything but grey would be an alias.
    inside = resize(waves(320, 2.5), (100, 100))[..., 5:-5, 5:-5]
    assert (inside - 127.5).abs().max() < 4


def test_detail_that_fits_survives():
    inside = resize(waves(320, 32), (160, 160))[..., 8:-8, 8:-8]
    expected = waves(160, 16)[..., 8:-8, 8:-8]
    assert (inside - expected).abs().max() < 5


def test_an_edge_rings_little():
    step = torch.zeros(1, 1, 1, 64)
    step[..., 32:] = 200
    step[..., 0], step[..., -1] = -100, 300  # a wider range, so that clamping hides nothing
    around = resize(step, (160, 1))[0, 0, 0, 40:120]
    assert around.min() > -20 and around.max() < 220


def test_resizing_does_not_shift():
    ramp = torch.arange(64.0).expand(1, 3, 64, 64).contiguous()
    for size in (16, 40, 128):
        centre = (torch.arange(size) + 0.5) * 64 / size - 0.5
        inside = slice(size // 4, -size // 4)
        assert (resize(ramp, (size, size))[0, 0, 0, inside] - centre[inside]).abs().max() < 0.02


def test_an_image_between_steps_is_not_cut_to_0_255():
    pixels = torch.linspace(-50, 400, 64).expand(1, 3, 8, 64).contiguous()
    result = resize(pixels, (32, 4))
    assert result.min() < -20 and result.max() > 370


def test_what_is_invisible_does_not_bleed_into_what_is_seen():
    pixels = torch.zeros(1, 3, 32, 32)
    pixels[..., :16] = 200.0
    pixels[:, 1, :, 16:] = 255.0  # a green that nobody can see
    alpha = torch.zeros(1, 1, 32, 32)
    alpha[..., :16] = 255.0
    result, veil = resize_with_alpha(pixels, alpha, (10, 10))
    seen = (veil > 1).expand_as(result)
    torch.testing.assert_close(result[seen], torch.full_like(result[seen], 200.0), rtol=0, atol=0.01)
    assert result[0, 1, :, -2:].min() > 254  # and it keeps its own colour where it is hidden


def test_alpha_of_the_same_size_changes_nothing():
    pixels, alpha = torch.rand(1, 3, 4, 4), torch.rand(1, 1, 4, 4)
    result, veil = resize_with_alpha(pixels, alpha, (4, 4))
    assert result is pixels and veil is alpha


def test_an_empty_size_is_refused():
    with pytest.raises(ValueError, match="cannot resize to 0 x 4 pixels"):
        resize(torch.rand(1, 3, 4, 4), (0, 4))
