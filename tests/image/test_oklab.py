"""Oklab: its published values, there and back, and what happens to colours that sRGB lacks."""

from __future__ import annotations

import pytest
import torch

from neuralart.image.oklab import from_oklab, grey, lightness, to_oklab


def colours(*rows):
    return torch.tensor(rows, dtype=torch.float32).T.reshape(1, 3, 1, -1)


def anything(size=40, seed=0):
    return torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(seed)) * 255


def test_published_values():
    # CSS Color 4 and the author's page: red, green, blue and white.
    found = to_oklab(colours((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)))[0, :, 0].T
    wanted = [[0.62796, 0.22486, 0.12585], [0.86644, -0.23389, 0.17950], [0.45201, -0.03246, -0.31153], [1, 0, 0]]
    assert torch.allclose(found, torch.tensor(wanted), atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_there_and_back(dtype):
    pixels = anything().to(dtype)
    assert (from_oklab(to_oklab(pixels)) - pixels).abs().max() < 0.01
    corners = colours(*[(r, g, b) for r in (0, 255) for g in (0, 255) for b in (0, 255)]).to(dtype)
    assert (from_oklab(to_oklab(corners)) - corners).abs().max() < 0.05


def test_greys_have_the_lightness_asked_for():
    pixels = anything()
    made = grey(lightness(pixels))
    assert (made - made[:, :1]).abs().max() < 0.01
    assert (lightness(made) - lightness(pixels)).abs().max() < 1e-4
    assert grey(torch.tensor([[[[-0.5, 1.5]]]]))[0, 0, 0].tolist() == pytest.approx([0, 255], abs=0.01)


def test_chroma_is_reduced_where_srgb_has_no_room_and_the_hue_stays():
    lab = to_oklab(anything())
    lab[:, 1:] *= 3
    made = from_oklab(lab)
    assert made.min() >= 0 and made.max() <= 255
    found = to_oklab(made)
    length = lambda planes: planes[:, 1:].norm(dim=1)
    across = (found[:, 1] * lab[:, 2] - found[:, 2] * lab[:, 1]) / length(lab)  # off the line of the hue
    assert across.abs().max() < 0.003
    lost = length(found) < 0.98 * length(lab)
    assert lost.float().mean() > 0.3
    assert (length(found) <= length(lab) + 0.003).all()
    # Lightness gives way a little, and only towards the middle, where there is room for more chroma.
    moved, to_the_middle = found[:, 0] - lab[:, 0], 0.5 - lab[:, 0]
    assert (moved * to_the_middle.sign() > -0.003).all() and (moved.abs() <= to_the_middle.abs() + 0.003).all()
    assert moved.abs().mean() < 0.1
    # No more is lost than has to be: a little more chroma would no longer fit.
    more = from_oklab(torch.cat([found[:, :1], found[:, 1:] * 1.03], 1))
    assert (length(to_oklab(more)) / length(found))[lost].quantile(0.9) < 1.02


def test_what_is_in_gamut_is_not_touched():
    lab = to_oklab(anything())
    lab[:, 1:] *= 0.5
    assert (to_oklab(from_oklab(lab)) - lab).abs().max() < 2e-4
