"""Animated GIF and WebP read as films."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from neuralart.errors import PictureError
from neuralart.video.film import opened
from neuralart.video.flipbook import write_pages
from neuralart.video.moments import Moment

from ..cli.made import picture


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_frames_and_times(tmp_path, suffix):
    moments = [
        Moment(0, 0, Fraction(1, 100), 5),
        Moment(1, 5, Fraction(1, 100), 20),
        Moment(2, 25, Fraction(1, 100), 4),
    ]
    pictures = [picture(40, 30, seed) for seed in range(3)]
    path = tmp_path / f"film{suffix}"
    assert write_pages(zip(moments, pictures), path) == 3
    film = opened(path)
    shots = list(film.shots())
    assert [(one.ticks, one.length) for one in shots] == [(0, 50), (50, 200), (250, 40)]
    for shot, one in zip(shots, pictures):
        found = shot.picture()
        assert found.alpha is None
        assert float((found.pixels - one.pixels).abs().mean()) < 8


def test_one_that_is_damaged(tmp_path):
    path = tmp_path / "film.gif"
    path.write_bytes(b"GIF89a" + bytes(np.random.default_rng(0).integers(0, 256, 60, dtype=np.uint8)))
    with pytest.raises(PictureError, match="the data end early or are damaged"):
        opened(path)
