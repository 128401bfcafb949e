"""The paintings that ship: all there, small, told of in SOURCES.md, and never in the way of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuralart.errors import PictureError
from neuralart.image.paintings import FOLDER, PAINTINGS, called, file_of, resolved
from neuralart.image.picture import origin
from neuralart.image.take import as_picture

SOURCES = (FOLDER.parent / "SOURCES.md").read_text(encoding="utf-8")


def test_every_painting_is_there_and_no_other():
    assert {path.stem for path in FOLDER.iterdir()} == set(PAINTINGS)
    assert 8 <= len(PAINTINGS) <= 12
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_500_000


@pytest.mark.parametrize("name", PAINTINGS)
def test_a_painting_by_its_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture = as_picture(name, "style")
    assert 480 <= max(picture.size) <= 800
    assert Path(str(picture.source)) == file_of(name)
    assert f"`{name}.jpg`, {picture.width} × {picture.height}" in SOURCES


def test_a_file_of_that_name_goes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("wave").write_bytes(file_of("hat").read_bytes())
    assert as_picture("wave", "style").size == as_picture(file_of("hat"), "style").size
    Path("wave").write_bytes(b"no picture")
    with pytest.raises(PictureError):
        as_picture("wave", "style")


def test_only_styles_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PictureError):
        as_picture("wave", "content")


def test_a_name_that_is_nearly_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        PictureError, match=r"neither a file nor a painting called 'scraem' .*; did you mean 'scream'\?$"
    ):
        resolved("scraem")
    with pytest.raises(PictureError, match=r"did you mean 'wave'\?$"):
        resolved("WAVE")
    with pytest.raises(PictureError, match=r"neither a file nor a painting called 'xyzzy' .* lists them\)$"):
        resolved("xyzzy")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "strokes.png").touch()
    assert resolved("stroke") == "stroke"  # is suggested the file by whoever reads it
    assert resolved("wave.jpg") == "wave.jpg"


def test_a_record_calls_a_painting_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert origin(as_picture("wave", "style"))["path"] == "wave" == called(file_of("wave"))
    other = tmp_path / "wave.jpg"
    other.write_bytes(file_of("wave").read_bytes())
    assert origin(as_picture(other, "style"))["path"] == str(other) == called(other)
    # A file of that name would be read in its place.
    Path("wave").write_bytes(b"no picture")
    assert called(file_of("wave")) == str(file_of("wave"))
