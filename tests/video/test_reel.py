"""Stills in bounded memory."""

from __future__ import annotations

import numpy as np
import pytest

from neuralart.video.reel import Reel, Still

from ..cli.made import picture


def level(value, size=(32, 24)):
    return np.full((size[1], size[0], 3), value, np.uint8)


def test_what_goes_in_comes_out():
    reel = Reel()
    image = picture(64, 48).numpy()
    reel.add(image)
    (only,) = reel.frames(1, (64, 48))
    assert np.abs(only.numpy().astype(int) - image).mean() < 1.5
    assert reel.size() == (64, 48)


def test_changes_are_measured_and_small_stills_enlarged():
    reel = Reel()
    reel.add(level(10))
    reel.add(level(30))
    reel.add(level(35, (64, 48)))
    assert [still.change for still in reel.stills] == pytest.approx([0, 20, 5])
    values = [frame.numpy() for frame in reel.frames(6, (64, 48))]
    assert all(value.shape == (48, 64, 3) for value in values)
    assert [value.mean() for value in values] == pytest.approx([10, 15, 20, 25, 30, 35])


@pytest.mark.parametrize("bounds", [{"most": 20}, {"room": 20 * 800}])
def test_memory_is_bounded_and_the_ends_are_kept(bounds):
    reel = Reel(**bounds)
    # Great changes first, then ever smaller ones.
    values = [200 - 190 * 0.97**k for k in range(200)]
    for value in values:
        reel.add(level(round(value)))
    assert 4 <= len(reel) <= 30
    assert reel.bytes == sum(len(still.data) for still in reel.stills) <= bounds.get("room", 10**9)
    kept = [still.image().avg() for still in reel.stills]
    assert (kept[0], kept[-1]) == pytest.approx((values[0], values[-1]), abs=1)
    # What is thinned is what hardly differs, so that no gap is wider than a few of the others.
    gaps = np.diff(kept)
    assert gaps.max() < 4 * np.median(gaps) + 1
    assert [still.change for still in reel.stills[1:]] == pytest.approx(gaps, abs=1e-6)


def test_frames_are_made_one_at_a_time():
    reel = Reel()
    for value in range(0, 250, 50):
        reel.add(level(value))
    endless = reel.frames(20_000, (32, 24))
    assert next(endless).avg() == 0


def test_every_still_is_decoded_once_however_many_frames_show_it(monkeypatch):
    decoded, decode = [], Still.image
    reel = Reel()
    for value in (0, 50, 250):
        reel.add(level(value))
    monkeypatch.setattr(Still, "image", lambda still, size: decoded.append(still) or decode(still, size))
    assert len(list(reel.frames(100, (32, 24)))) == 100
    assert decoded == reel.stills
