"""The photograph's colours under painted lightness: kept to within a level of 255, at every size."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neuralart.image import chroma as file
from neuralart.image import moments
from neuralart.image.chroma import Chroma
from neuralart.image.oklab import CONES, LAB, lightness, to_oklab
from neuralart.image.picture import Picture
from neuralart.image.read import read

from ..cli.made import picture

PHOTO_FILE = Path(file.__file__).parents[1] / "assets" / "photo.jpg"
PHOTO, PAINTED = picture(60, 45), picture(60, 45, seed=1)


def length(pixels):
    return to_oklab(pixels)[:, 1:].norm(dim=1)


def exact(lab):
    """L, a, b -> sRGB, 0..255 and beyond, as the formula says, in double precision."""
    cones = np.linalg.inv(LAB) @ lab[0].flatten(1).double().numpy()
    light = np.linalg.inv(CONES) @ cones**3
    unit = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
    return torch.from_numpy(255 * unit).view(1, 3, *lab.shape[2:])


@pytest.mark.parametrize("size", [(60, 45), (40, 30), (17, 13), (90, 68)])
@pytest.mark.parametrize("photo", [PHOTO, read(PHOTO_FILE, 120)], ids=["noise", "the bundled photograph"])
def test_chroma_is_kept_to_within_a_level(photo, size):
    painted = PAINTED.resized(size).pixels
    saved = Picture(Chroma(photo).under(painted.clone())).numpy()
    made = torch.from_numpy(saved.copy()).permute(2, 0, 1)[None].float()
    # The lightness that was painted under exactly the photograph's colours.
    colours = to_oklab(photo.resized(size).pixels)[:, 1:]
    wanted = exact(torch.cat([lightness(painted), colours], 1))
    fits = ((wanted >= 0) & (wanted <= 255)).all(1)
    assert fits.float().mean() > 0.5
    assert (made - wanted).abs().amax(1)[fits].max() <= 1
    # Elsewhere chroma is lost, never gained.
    assert (length(made) - colours.norm(dim=1))[~fits].max() < 1 / 255


def test_the_photograph_over_itself_is_the_photograph():
    assert (Chroma(PHOTO).under(PHOTO.pixels.clone()) - PHOTO.pixels).abs().max() < 0.01


def test_strength():
    assert (Chroma(PHOTO, 0.0).under(PAINTED.pixels.clone()) - PAINTED.pixels).abs().max() < 0.01
    half = to_oklab(Chroma(PHOTO, 0.5).under(PAINTED.pixels.clone()))
    between = (to_oklab(PHOTO.pixels) + to_oklab(PAINTED.pixels))[:, 1:] / 2
    fits = (half[:, 1:].norm(dim=1) - between.norm(dim=1)).abs() < 1e-3
    assert fits.float().mean() > 0.8
    assert (half[:, 1:] - between).abs().amax(1)[fits].max() < 2e-3


def test_bands_make_no_difference(monkeypatch):
    whole = Chroma(PHOTO).under(PAINTED.resized((90, 68)).pixels.clone())
    monkeypatch.setattr(moments, "BAND", 200)
    assert (Chroma(PHOTO).under(PAINTED.resized((90, 68)).pixels.clone()) - whole).abs().max() < 1e-3


def test_colours_hidden_in_the_photograph_do_not_matter():
    alpha = torch.full((1, 1, 45, 60), 255.0)
    alpha[..., :30], alpha[..., 30:40] = 0, torch.linspace(0, 255, 10)
    green = torch.tensor([0.0, 255, 0]).view(1, 3, 1, 1)
    made = [
        Chroma(Picture(torch.where(alpha > 0, PHOTO.pixels, hidden), alpha).filled()).under(
            PAINTED.resized((30, 22)).pixels.clone()
        )
        for hidden in (green, 255 - green)
    ]
    assert torch.equal(*made)


def test_the_resized_photograph_is_kept_for_the_next_preview(monkeypatch):
    chroma, asked = Chroma(PHOTO), []
    resized = Chroma._resized
    monkeypatch.setattr(Chroma, "_resized", lambda self, size: asked.append(size) or resized(self, size))
    for size in ((30, 22), (30, 22), (20, 15), (30, 22), (60, 45)):
        chroma.under(PAINTED.resized(size).pixels.clone())
    assert asked == [(30, 22), (20, 15), (30, 22)]
    # Of large pictures nothing is.
    monkeypatch.setattr(file, "KEPT", 100)
    for _ in range(2):
        chroma.under(PAINTED.resized((20, 15)).pixels.clone())
    assert asked[3:] == [(20, 15), (20, 15)]


def test_it_can_be_sent_to_another_process():
    one, other = Chroma(PHOTO, 0.7), pickle.loads(pickle.dumps(Chroma(PHOTO, 0.7)))
    assert torch.equal(one.under(PAINTED.pixels.clone()), other.under(PAINTED.pixels.clone()))
    assert replace(one, strength=1.0).strength == 1.0
