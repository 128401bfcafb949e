"""Colours that nobody sees never show; what has no alpha is laid on a ground."""

from __future__ import annotations

import pytest
import torch

from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.image.transparency import filled, ground


def disc(hidden, size=64):
    """Red with a soft edge on a hidden colour."""
    y, x = torch.meshgrid(torch.arange(float(size)), torch.arange(float(size)), indexing="ij")
    far = ((x - size / 2) ** 2 + (y - size / 2) ** 2).sqrt()
    alpha = ((size / 3 - far) / 6).clamp(0, 1)[None, None] * 255
    red = torch.tensor([200.0, 30, 60]).view(1, 3, 1, 1)
    return torch.where(alpha > 0, red, torch.tensor(hidden).view(1, 3, 1, 1).float()), alpha


def test_hidden_colours_make_no_difference():
    pixels, alpha = disc((0, 255, 0))
    expected = filled(pixels, alpha)
    for hidden in ((255, 255, 255), (0, 0, 0)):
        assert torch.equal(filled(disc(hidden)[0], alpha), expected)
    # Nothing but red was seen, so everything is red now; what was seen is what it was.
    assert (expected - torch.tensor([200.0, 30, 60]).view(1, 3, 1, 1)).abs().max() < 0.01
    assert torch.equal(expected[:, :, 32, 32], pixels[:, :, 32, 32])


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 3), (17, 64)])
def test_any_size(size):
    generator = torch.Generator().manual_seed(1)
    alpha = (torch.rand(1, 1, *size, generator=generator) > 0.6).float() * 255
    alpha[..., 0, 0] = 255
    pixels = torch.rand(1, 3, *size, generator=generator) * 255
    result = filled(pixels, alpha)
    assert torch.equal(result[alpha.expand_as(pixels) > 0], pixels[alpha.expand_as(pixels) > 0])
    assert result.min() >= 0 and result.max() <= 255


def test_what_is_all_seen_or_all_hidden_stays():
    pixels, alpha = disc((0, 255, 0))
    assert filled(pixels, None) is pixels
    assert filled(pixels, torch.full_like(alpha, 255)) is pixels
    assert filled(pixels, torch.zeros_like(alpha)) is pixels


def test_a_ground_shows_where_it_is_clear():
    pixels, alpha = disc((0, 255, 0))
    laid = ground(alpha, (10, 20, 30)).under(pixels)
    assert laid[0, :, 0, 0].tolist() == [10, 20, 30]
    assert torch.equal(laid[0, :, 32, 32], pixels[0, :, 32, 32])
    assert ground(None) is None
    # Of another size, too.
    assert ground(alpha).under(pixels[:, :, ::2, ::2]).shape == (1, 3, 32, 32)


def test_cases_of_hidden_colours(shared):
    pictures = [read(shared / "cases" / f"hid_{name}.png") for name in ("green", "white", "black")]
    assert not torch.equal(pictures[0].pixels, pictures[1].pixels)
    first, *others = [picture.filled() for picture in pictures]
    assert all(torch.equal(first.pixels, other.pixels) for other in others)
    assert first.digest == pictures[0].digest


@pytest.mark.parametrize("recipe", ["balanced"])
def test_paintings_of_hidden_colours_are_one(recipe):
    from neuralart import stylize

    style = Picture(torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(2)) * 255)
    how = {"size": 48, "num_iters": 3, "model": "compact", "precision": "float32", "recipe": recipe, "display": "off"}
    made = [
        stylize(Picture(*disc(hidden)), style, style_factor=0, **how).pixels
        for hidden in ((0, 255, 0), (255, 255, 255), (0, 0, 0))
    ]
    assert torch.equal(made[0], made[1]) and torch.equal(made[0], made[2])
