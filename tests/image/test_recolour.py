"""The style in the photograph's colours, and in its lightness."""

from __future__ import annotations

import pytest
import torch

from neuralart.image import moments as file
from neuralart.image.moments import moments
from neuralart.image.oklab import lightness, to_oklab
from neuralart.image.picture import Picture
from neuralart.image.recolour import Blend, Grey, matched, relit


def soft(mean, spread, seed=0, size=64):
    """Correlated noise well within what can be shown: nothing is clipped."""
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(3, 3, generator=generator)
    noise = torch.einsum("ij,njhw->nihw", mix, torch.rand(1, 3, size, size, generator=generator) - 0.5)
    return Picture(torch.tensor(mean).view(1, 3, 1, 1) + noise / noise.abs().amax() * spread)


STYLE, PHOTO = soft((90.0, 140, 170), 40.0), soft((150.0, 120, 100), 60.0, seed=1)
GREY = Picture(PHOTO.pixels[:, :1].expand(-1, 3, -1, -1).contiguous())
FLAT = Picture(torch.tensor([50.0, 100, 150]).view(1, 3, 1, 1).expand(1, 3, 9, 9).contiguous())
LINE = Picture(PHOTO.pixels[:, :1] * torch.tensor([1.0, 0.5, 0.25]).view(1, 3, 1, 1))


def test_a_matched_style_has_the_photographs_mean_and_covariance():
    found = moments(Picture(matched(STYLE, PHOTO)(STYLE.pixels)))
    wanted = moments(PHOTO)
    assert torch.allclose(found.mean, wanted.mean, atol=1e-3)
    assert torch.allclose(found.covariance, wanted.covariance, atol=5e-4)
    assert (moments(STYLE).covariance - wanted.covariance).abs().max() > 5e-3


def test_the_map_is_the_shortest_way():
    # An optimal transport is symmetric and has no negative eigenvalue; it does not know the order of the channels.
    one = matched(STYLE, PHOTO)
    assert torch.allclose(one.matrix, one.matrix.T, atol=1e-9)
    assert torch.linalg.eigvalsh(one.matrix).min() >= 0
    turned = [Picture(picture.pixels[:, [2, 0, 1]]) for picture in (STYLE, PHOTO)]
    assert torch.allclose(matched(*turned)(turned[0].pixels)[:, [1, 2, 0]], one(STYLE.pixels), atol=1e-3)


def test_a_style_in_the_photographs_colours_already_stays():
    assert (matched(PHOTO, PHOTO)(PHOTO.pixels) - PHOTO.pixels).abs().max() < 0.01


@pytest.mark.parametrize("photo", [GREY, FLAT, LINE, PHOTO])
@pytest.mark.parametrize("style", [GREY, FLAT, LINE, STYLE])
def test_pictures_without_colour_give_finite_ones(style, photo):
    made = matched(style, photo)(style.pixels)
    assert made.isfinite().all() and made.min() >= 0 and made.max() <= 255
    assert torch.allclose(moments(Picture(made)).mean, moments(photo).mean, atol=5e-3)
    relit_one = relit(style, photo)(style.pixels)
    assert relit_one.isfinite().all() and (relit_one - relit_one[:, :1]).abs().max() < 0.01


def test_a_coloured_style_turns_grey_for_a_grey_photograph():
    made = matched(STYLE, GREY)(STYLE.pixels)
    assert (made - made.mean(1, keepdim=True)).abs().mean() < 1.5
    assert (STYLE.pixels - STYLE.pixels.mean(1, keepdim=True)).abs().mean() > 20


def test_a_relit_style_is_grey_and_has_the_photographs_lightness():
    made = relit(STYLE, PHOTO)(STYLE.pixels)
    assert to_oklab(made)[:, 1:].abs().max() < 1e-3
    found, wanted = lightness(made), lightness(PHOTO.pixels)
    assert float(found.mean()) == pytest.approx(float(wanted.mean()), abs=1e-3)
    assert float(found.std()) == pytest.approx(float(wanted.std()), abs=1e-3)


@pytest.mark.parametrize("how", [matched, relit])
def test_only_visible_pixels_count(how):
    alpha = torch.full((1, 1, 64, 64), 255.0)
    alpha[..., :20] = 0
    one, other = (Picture(torch.where(alpha > 0, STYLE.pixels, torch.tensor(hidden)), alpha) for hidden in (0.0, 255.0))
    assert torch.equal(how(one, PHOTO)(STYLE.pixels), how(other, PHOTO)(STYLE.pixels))
    assert torch.equal(how(PHOTO, one)(PHOTO.pixels), how(PHOTO, other)(PHOTO.pixels))


@pytest.mark.parametrize("whole", [Grey(), matched(STYLE, PHOTO)])
def test_strength(whole):
    pixels = STYLE.pixels
    assert Blend(whole, 0.0)(pixels) is pixels
    assert torch.allclose(Blend(whole, 1.0)(pixels), whole(pixels), atol=1e-4)
    assert torch.allclose(Blend(whole, 0.5)(pixels), (whole(pixels) + pixels) / 2, atol=1e-3)


def test_bands_make_no_difference(monkeypatch):
    whole = Blend(matched(STYLE, PHOTO), 0.7)(STYLE.pixels)
    monkeypatch.setattr(file, "BAND", 300)
    assert (Blend(matched(STYLE, PHOTO), 0.7)(STYLE.pixels) - whole).abs().max() < 1e-3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_pixels_keep_their_type(dtype):
    for how in (matched(STYLE, PHOTO), relit(STYLE, PHOTO), Grey()):
        assert how(STYLE.pixels.to(dtype)).dtype == dtype
