"""Patterns of files -> rows."""

from __future__ import annotations

import pytest

from neuralart.errors import OptionError
from neuralart.jobs.products import matches, rows


@pytest.fixture
def files(place):
    for name in ("in/b.jpg", "in/a.jpg", "in/deep/c.JPG", "in/note.txt", "in/.hidden.jpg", "s/x.png", "s/y.png"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    return place


def told(contents, styles, pair=False):
    return [(row.values["content"], *row.values["style"], row.folder) for row in rows(contents, styles, {}, pair=pair)]


def test_every_content_with_every_style(files):
    assert told(["in/*.jpg"], ["s/*"]) == [
        *(("in/a.jpg", "s/x.png", "."), ("in/a.jpg", "s/y.png", ".")),
        *(("in/b.jpg", "s/x.png", "."), ("in/b.jpg", "s/y.png", ".")),
    ]
    # Folders below count where ** says so, and a folder stands for the pictures in it.
    assert told(["in/**/*.JPG"], ["s/x.png"]) == [("in/deep/c.JPG", "s/x.png", "deep")]
    assert [one for one, *_ in told(["in"], ["s/x.png"])] == ["in/a.jpg", "in/b.jpg"]


def test_several_styles_are_blended(files):
    assert told(["in/a.jpg"], ["s/x.png", "s/*"]) == [
        ("in/a.jpg", "s/x.png", "s/x.png", "."),
        ("in/a.jpg", "s/x.png", "s/y.png", "."),
    ]


def test_pairs(files):
    assert told(["in/*.jpg"], ["s/*"], pair=True) == [("in/a.jpg", "s/x.png", "."), ("in/b.jpg", "s/y.png", ".")]
    with pytest.raises(OptionError, match="as many contents as styles, and there are 1 and 2"):
        told(["in/a.jpg"], ["s/*"], pair=True)


def test_names_that_are_no_patterns(files):
    (files / "odd[1].jpg").touch()
    assert matches("odd[1].jpg", "content") == ["odd[1].jpg"]
    assert matches("wave", "style") == ["wave"]
    assert told(["none"], ["wave"]) == [("none", "wave", "")]


@pytest.mark.parametrize(
    ("pattern", "part"), [("no/*.jpg", "finds no file"), ("in/deep/..", ""), ("empty", "without pictures")]
)
def test_patterns_that_find_nothing(files, pattern, part):
    (files / "empty").mkdir()
    if not part:
        assert matches(pattern, "content") == ["in/deep/../a.jpg", "in/deep/../b.jpg"]
        return
    with pytest.raises(OptionError, match=part):
        matches(pattern, "content")
