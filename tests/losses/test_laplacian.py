"""Edges of pixels: the formula written out, what it sees and what not, and parts that overlap."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from neuralart.losses.laplacian import CELL, Laplacian, laplacian, laplacian_pull

from .made import features, pulled, value_of

REACH = Laplacian.reach


def aimed(content):
    return Laplacian().aimed([content], content[0, 0].numel()).at(0)


def ramp(height, width):
    down, across = torch.arange(height).double(), torch.arange(width).double()
    return (3 * down[:, None] + 2 * across + 7).expand(1, 3, height, width)


def test_it_is_the_formula():
    pixels = features(3, 15, 17)
    grey = pixels[0].mean(0)
    mean = lambda y, x: float(grey[y : y + CELL, x : x + CELL].mean())
    found = laplacian(pixels)
    assert found.shape == (1, 1, 15 - REACH, 17 - REACH)
    for y in range(15 - REACH):
        for x in range(17 - REACH):
            around = [(0, CELL), (2 * CELL, CELL), (CELL, 0), (CELL, 2 * CELL)]
            expected = 4 * mean(y + CELL, x + CELL) - sum(mean(y + down, x + across) for down, across in around)
            assert float(found[0, 0, y, x]) == pytest.approx(expected)


def test_its_way_back_is_its_transpose():
    pixels, other = features(3, 15, 17), features(1, 15 - REACH, 17 - REACH, seed=1)
    there = (laplacian(pixels) * other).sum()
    torch.testing.assert_close((pixels * laplacian_pull(other, pixels)).sum(), there)


def test_it_sees_edges_and_neither_slopes_nor_brightness_nor_hue():
    content = features(3, 20, 22)
    assert float(laplacian(ramp(20, 22)).abs().max()) < 1e-10
    loss = aimed(content)
    tinted = content + torch.tensor([40.0, -25.0, -15.0]).view(1, 3, 1, 1) + ramp(20, 22)
    assert float(value_of(loss, tinted)) < 1e-20
    assert float(value_of(loss, content.flip(3))) > 0.1


@pytest.mark.parametrize("cuts", [(0, 16, 40), (0, 3, 7, 40), (0, 20, 35, 40)], ids=str)
def test_parts_with_their_neighbours_add_up(cuts):
    content, pixels = features(3, 16, 40), features(3, 16, 40, seed=1)
    whole = aimed(content)
    places = [(begin, min(end + REACH, 40)) for begin, end in pairwise(cuts)]
    loss = Laplacian().aimed([content[..., slice(*place)] for place in places], 16 * 40)
    parts = [pixels[..., slice(*place)] for place in places]
    value, cotangent = loss.differentiate(sum(loss.at(k).statistic(part) for k, part in enumerate(parts)))
    torch.testing.assert_close(value, value_of(whole, pixels))
    gradient = torch.zeros_like(pixels)
    for k, (place, part) in enumerate(zip(places, parts)):
        gradient[..., slice(*place)] += loss.at(k).pull(part, cotangent)
    torch.testing.assert_close(gradient, pulled(whole, pixels))


@pytest.mark.parametrize("size", [(20, 20), (5, 20), (11, 11)])
def test_a_content_without_edges_and_one_too_small_for_them(size):
    even = torch.full((1, 3, *size), 90.0)
    loss = aimed(even)
    assert float(value_of(loss, even)) == 0
    pixels = features(3, *size).float()
    value, gradient = value_of(loss, pixels), pulled(loss, pixels)
    assert bool(torch.isfinite(value)) and bool(torch.isfinite(gradient).all())
    assert gradient.shape == pixels.shape and bool(gradient.any()) == (min(size) > REACH)
