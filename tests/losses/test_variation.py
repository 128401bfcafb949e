"""Smoothness: known pictures, the formula written out, and its derivative by autograd."""

from __future__ import annotations

import pytest
import torch

from neuralart.losses.variation import StyleVariation, Variation, VariationTorch7, energy, energy_pull

from .made import autograd_of, features, pulled, value_of

PIXELS = features(3, 5, 6)


def aim(content):
    """The loss whose content has these pixels."""
    positions = content[0, 0].numel()
    return Variation().aimed(Variation().summary(energy(content), positions), positions)


def checkerboard(height, width, peak=255.0):
    cells = torch.arange(height)[:, None] + torch.arange(width)
    return (peak * (cells % 2)).to(torch.float64).expand(1, 3, height, width)


def test_energy_is_its_formula():
    expected = 0.0
    for c in range(3):
        for y in range(4):
            for x in range(5):
                here = PIXELS[0, c, y, x]
                expected += float((here - PIXELS[0, c, y, x + 1]) ** 2 + (here - PIXELS[0, c, y + 1, x]) ** 2) / 2
    assert float(energy(PIXELS)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("height", "width"), [(2, 2), (5, 7)])
def test_energy_of_a_checkerboard(height, width):
    # Every pixel but those of the last row and column differs by the peak from two neighbours.
    assert float(energy(checkerboard(height, width, 10.0))) == 3 * (height - 1) * (width - 1) * 10**2


def test_a_flat_picture_has_no_energy():
    assert float(energy(torch.full((1, 3, 6, 7), 42.0))) == 0


def test_sampling_a_slope_more_finely_does_not_change_the_energy_per_edge():
    # A ramp over the same height: half the differences, four times the pixels.
    ramp = lambda n: torch.linspace(0, 100, n + 1, dtype=torch.float64)[:, None].expand(1, 3, n + 1, n + 1)
    assert float(energy(ramp(40))) == pytest.approx(float(energy(ramp(20))))


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("slope", [1.0, 0.3])
def test_pull_is_autograds(slope, power):
    pixels = PIXELS.clone().requires_grad_()
    (expected,) = torch.autograd.grad(slope * energy(pixels, power), pixels)
    torch.testing.assert_close(energy_pull(PIXELS, torch.tensor(slope), power), expected)


def step(width):
    """From 0 to 200 over so many pixels, in rows of 30."""
    return ((torch.arange(30.0, dtype=torch.float64) - 5) / width).clamp(0, 1).mul(200).expand(1, 3, 8, 30)


def test_total_variation_does_not_mind_an_edge():
    # The same height, at once or little by little.
    assert float(energy(step(1), 1.0)) == pytest.approx(float(energy(step(10), 1.0)), rel=0.05)
    assert float(energy(step(1))) == pytest.approx(10 * float(energy(step(10))))
    assert float(energy(step(1), 3.0)) > 50 * float(energy(step(10), 3.0))


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0, 4.0])
def test_a_flat_picture_has_neither_energy_nor_pull(power):
    flat = torch.full((1, 3, 6, 7), 42.0)
    assert float(energy(flat, power)) == 0
    assert not energy_pull(flat, torch.tensor(1.0), power).any()


def test_without_a_content_it_is_relative_to_the_style_per_pixel():
    style, positions = features(3, 9, 12, seed=4) * 30, 9 * 12
    loss = StyleVariation(1.0)
    loss = loss.aimed(loss.summary(loss.statistic(style), positions), positions)
    torch.testing.assert_close(value_of(loss, style), torch.ones((), dtype=torch.float64))
    torch.testing.assert_close(pulled(loss, style), autograd_of(loss, style))
    # Four times the same place side by side is no rougher.
    large = style.repeat(1, 1, 2, 2)
    loss = loss.aimed(loss.target, 4 * positions)
    assert float(value_of(loss, large)) == pytest.approx(1, abs=0.2)


def test_the_last_corner_is_left_out_as_in_the_original():
    gradient = energy_pull(PIXELS, torch.tensor(1.0))
    assert not gradient[..., -1, -1].any()
    # What is pulled one way here is pulled the other way there.
    torch.testing.assert_close(gradient.sum(), torch.zeros((), dtype=torch.float64))


def test_balanced_is_relative_to_the_contents_energy():
    loss = aim(PIXELS)
    value, slope = loss.differentiate(loss.statistic(2 * PIXELS))
    assert float(value) == pytest.approx(4)
    pixels = (2 * PIXELS).requires_grad_()
    (expected,) = torch.autograd.grad(energy(pixels) / energy(PIXELS), pixels)
    torch.testing.assert_close(loss.pull(2 * PIXELS, slope), expected)


def test_balanced_survives_a_flat_content():
    loss = aim(torch.full((1, 3, 6, 7), 42.0))
    value, _ = loss.differentiate(loss.statistic(checkerboard(6, 7, 1.0).float()))
    assert 0 < float(value) < 10


def test_torch7_has_a_gradient_but_is_not_reported():
    loss = VariationTorch7()
    value, slope = loss.differentiate(loss.statistic(PIXELS))
    assert (loss.reported, loss.additive, Variation.reported) == (False, True, True)
    torch.testing.assert_close(value, energy(PIXELS))
    torch.testing.assert_close(loss.pull(PIXELS, slope), energy_pull(PIXELS, torch.tensor(1.0)))
