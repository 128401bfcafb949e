"""Mean and covariance of what is seen."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neuralart.image import moments as file
from neuralart.image.moments import moments, rows
from neuralart.image.oklab import lightness
from neuralart.image.picture import Picture

from ..cli.made import picture


@pytest.mark.parametrize("band", [1, 37, 10**6])
def test_they_are_numpys(monkeypatch, band):
    monkeypatch.setattr(file, "BAND", band)
    one = picture(31, 23)
    found, values = moments(one), one.pixels[0].flatten(1).double().numpy() / 255
    assert np.allclose(found.mean, values.mean(1))
    assert np.allclose(found.covariance, np.cov(values, bias=True))
    light = moments(one, lightness)
    assert float(light.covariance) == pytest.approx(lightness(one.pixels).var(correction=0).item(), rel=1e-4)


def test_only_what_is_seen_counts():
    one, alpha = picture(30, 20), torch.full((1, 1, 20, 30), 255.0)
    alpha[..., :10] = 0
    half = Picture(one.pixels[..., 10:].contiguous())
    found, wanted = moments(Picture(one.pixels, alpha)), moments(half)
    assert torch.allclose(found.mean, wanted.mean) and torch.allclose(found.covariance, wanted.covariance)
    # By how much of it is seen: red at 200 of 255 beside blue at 50 is 4 : 1.
    two = torch.zeros(1, 3, 1, 2)
    two[:, 0, :, 0], two[:, 2, :, 1] = 255, 255
    assert moments(Picture(two, torch.tensor([[[[200.0, 50.0]]]]))).mean.tolist() == pytest.approx([0.8, 0, 0.2])
    # Nothing is seen: then everything counts, and nothing is divided by zero.
    assert torch.allclose(moments(Picture(one.pixels, torch.zeros_like(alpha))).mean, moments(one).mean)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (7, 3), (5, 10**7)])
def test_rows_cover_a_picture_once(height, width):
    assert [row for band in rows(height, width) for row in range(height)[band]] == list(range(height))
