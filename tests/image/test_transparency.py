"""Colours that nobody sees never show; what has no alpha is laid on a ground."""

from __future__ import annotations

import pytest
import torch

from neuralart import Style, stylize
from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.image.transparency import filled, laid
from neuralart.networks.provide import provide
from neuralart.recipes import RECIPES

NETWORK = provide("compact").network


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
    on = laid(pixels, alpha, (10, 20, 30))
    assert on[0, :, 0, 0].tolist() == [10, 20, 30]
    assert torch.equal(on[0, :, 32, 32], pixels[0, :, 32, 32])
    flat = Picture(pixels, alpha).flattened((10, 20, 30))
    assert torch.equal(flat.pixels, on) and flat.alpha is None
    assert flat.flattened() is flat


def test_cases_of_hidden_colours(shared):
    pictures = [read(shared / "cases" / f"hid_{name}.png") for name in ("green", "white", "black")]
    assert not torch.equal(pictures[0].pixels, pictures[1].pixels)
    first, *others = [picture.filled() for picture in pictures]
    assert all(torch.equal(first.pixels, other.pixels) for other in others)
    assert first.digest == pictures[0].digest


HOW = {"size": 48, "num_iters": 3, "model": "compact", "precision": "float32", "display": "off"}
OTHER = Picture(torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(2)) * 255)
# Where the cut-out is, and how it is painted. At style_factor 0 the content is all there is, and its edge shows best.
PLACES = {
    "content": lambda one: stylize(one, OTHER, style_factor=0, **HOW),
    "content, at its own size": lambda one: stylize(one, OTHER, **(HOW | {"size": 0})),
    "content, with the style": lambda one: stylize(one, OTHER, **HOW),
    "style": lambda one: stylize(OTHER, one, **HOW),
    "style, enlarged": lambda one: stylize(OTHER, Style(one, scale=2.0), **HOW),
    "first": lambda one: stylize(OTHER, OTHER, first=one, style_factor=0, **HOW),
}
HIDDEN = ((0, 255, 0), (255, 255, 255), (0, 0, 0))


@pytest.mark.parametrize("place", PLACES)
def test_paintings_of_hidden_colours_are_one(place):
    one, *others = [PLACES[place](Picture(*disc(hidden))) for hidden in HIDDEN]
    assert all(torch.equal(one.pixels, other.pixels) for other in others)


def test_what_is_hidden_shows_in_the_original_as_it_did():
    # It read no alpha; its numbers are its interface.
    how = HOW | {"recipe": "original", "num_iters": 1}
    one, other = (stylize(Picture(*disc(hidden)), OTHER, style_factor=0, **how) for hidden in HIDDEN[:2])
    assert not torch.equal(one.pixels, other.pixels)


def test_a_soft_edge_keeps_its_colour_when_it_is_resized():
    picture = Picture(*disc(HIDDEN[0])).filled()
    pixels = RECIPES["balanced"].pixels(picture, (24, 24), NETWORK)
    assert (pixels - torch.tensor([200.0, 30, 60]).view(1, 3, 1, 1)).abs().max() < 0.01
    # By the alpha of each pixel, not only by what is hidden: blue that is hardly seen weighs hardly anything.
    mixed, alpha = torch.zeros(1, 3, 2, 2), torch.full((1, 1, 2, 2), 255.0)
    mixed[:, 0], mixed[:, :, :, 1], alpha[..., 1] = 255, torch.tensor([0.0, 0, 255]).view(1, 3, 1), 255 / 9
    pixels = RECIPES["balanced"].pixels(Picture(mixed, alpha), (1, 1), NETWORK)
    assert pixels.flatten().tolist() == pytest.approx([229.5, 0, 25.5], abs=0.01)


@pytest.mark.parametrize("role", ["content", "style", "first image"])
def test_what_is_wholly_transparent_is_refused(role):
    clear = Picture(torch.full((1, 3, 40, 40), 9.0), torch.zeros(1, 1, 40, 40))
    given = {"content": OTHER, "styles": OTHER, "first": None} | {ROLES[role]: clear}
    with pytest.raises(OptionError, match=f"^the {role} is completely transparent, so nothing of it is visible"):
        stylize(**given, **HOW)


ROLES = {"content": "content", "style": "styles", "first image": "first"}
