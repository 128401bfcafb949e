"""A film looked through: its scenes, its frames, its size."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from neuralart.errors import OptionError
from neuralart.video.choices import FilmOptions
from neuralart.video.film import opened
from neuralart.video.survey import cuts, surveyed

from ..cli.made import picture
from .movies import movie, scene


def flat(*values):
    return [np.full((3, 4), value, np.float32) for value in values]


def test_cuts():
    assert cuts(flat(10, 11, 12, 80, 81, 82, 10, 11)) == [0, 3, 6]


def test_a_slow_change_is_no_cut():
    assert cuts(flat(*range(0, 200, 20))) == [0]
    assert cuts(flat(10, 11, 20, 22, 21)) == [0]  # much more than its neighbours, and not much


def test_two_frames():
    assert cuts(flat(10, 20)) == [0]
    assert cuts(flat(10, 90)) == [0, 1]
    assert cuts(flat(10)) == [0]


def test_scenes_of_a_film(tmp_path):
    movie(tmp_path / "a.mp4", [*scene(5, seed=0), *scene(4, seed=7), *scene(3, seed=12)])
    found = surveyed(opened(tmp_path / "a.mp4"), FilmOptions())
    assert list(found.scenes) == [0, 5, 9]
    assert [found.scene_of(index) for index in (0, 4, 5, 8, 9, 11)] == [0, 0, 1, 1, 2, 2]
    assert found.total == 12
    assert found.numbers == frozenset(range(12))


def test_the_rest_is_not_looked_at(tmp_path):
    movie(tmp_path / "a.mp4", scene(20))
    found = surveyed(opened(tmp_path / "a.mp4"), FilmOptions(end=0.2))
    assert len(found.moments) == 5
    assert found.total < 8


def test_beyond_the_end(tmp_path):
    movie(tmp_path / "a.mp4", scene(5))
    with pytest.raises(OptionError, match=r"begin is 9, and '.*a\.mp4' lasts 0\.2 seconds"):
        surveyed(opened(tmp_path / "a.mp4"), FilmOptions(begin=9))


def test_frames_of_several_sizes(tmp_path, caplog):
    caplog.set_level(logging.INFO, "neuralart")
    picture(40, 30).save(tmp_path / "1.png")
    picture(60, 45).save(tmp_path / "2.png")
    found = surveyed(opened(tmp_path), FilmOptions())
    assert found.first.size == (40, 30)
    assert "its frames differ in size; all are brought to 40 x 30, the first one's" in caplog.text
