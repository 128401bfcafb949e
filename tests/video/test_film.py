"""What is taken for a film, and what is not."""

from __future__ import annotations

import os
from fractions import Fraction

import pytest

from neuralart.errors import OptionError, PictureError
from neuralart.video import film as films
from neuralart.video.film import opened

from ..cli.made import picture


def test_a_folder_of_pictures(tmp_path):
    for number in (2, 10, 1):
        picture(20, 16, number).save(tmp_path / f"frame-{number}.png")
    (tmp_path / "notes.txt").write_text("none")
    found = opened(tmp_path, 10)
    assert found.base == Fraction(1, 10)
    assert not found.is_timed
    assert [file.name for file in found.files] == ["frame-1.png", "frame-2.png", "frame-10.png"]
    shots = list(found.shots())
    assert [(one.ticks, one.length) for one in shots] == [(0, 1), (1, 1), (2, 1)]
    assert (shots[2].picture().pixels - picture(20, 16, 10).pixels).abs().max() <= 0.5
    assert opened(tmp_path).base == Fraction(1, 25)


def test_what_is_no_film(tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no film at all\n" * 100)
    (tmp_path / "folder").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.mp4")
    for name, part in (
        ("nowhere.mp4", "there is no such file"),
        ("empty.mp4", "the file is empty"),
        ("text.mp4", "it is no film"),
        ("folder", "the folder holds no pictures"),
        *([("pipe.mp4", "which may never end")] if hasattr(os, "mkfifo") else []),
    ):
        with pytest.raises(PictureError, match=part):
            opened(tmp_path / name)


def test_without_pyav(tmp_path, monkeypatch):
    (tmp_path / "a.mp4").write_bytes(b"something")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(OptionError, match=r'needs PyAV, which is not installed: pip install "neuralart\[video\]"'):
        films.opened(tmp_path / "a.mp4")
