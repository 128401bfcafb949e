"""neuralart compare: one sheet of many pictures."""

from __future__ import annotations

import pytest

from neuralart import read

from .made import SMALL, contents, picture

GOOD = ("--content", "photo.png", "--style", "style.png", *SMALL)


def test_any_pictures(installed, call, place):
    picture(90, 30, seed=3).save("wide.jpg")
    code, out, err = installed("compare", "photo.png", "style.png", "wide.jpg")
    assert (code, err) == (0, "")
    sheet = read("compare.png")
    assert out == f"compare.png: 3 pictures, {sheet.width} x {sheet.height} pixels\n"
    assert sheet.width > 1000
    assert sheet.pixels[0, :, :20].min() == 255  # paper
    # Another sheet does not take this one's place.
    assert "compare-2.png" in call("compare", "photo.png", "style.png").out


def test_labels_are_what_differs(call, place):
    for number, factor in enumerate((1e8, 1e10)):
        assert call(*GOOD, "--style-factor", factor, "--output", f"{number}.png").code == 0
    sheets = {}
    for labels in ("options", "names", "none"):
        words = ["compare", "0.png", "1.png", "--output", f"{labels}.png", "--labels", labels]
        assert call(*words).code == 0
        sheets[labels] = read(f"{labels}.png")
    # Two lines, one line, none.
    heights = [sheets[labels].height for labels in ("options", "names", "none")]
    assert heights[0] > heights[1] > heights[2]
    # And what is written in them is not the same for both.
    below = sheets["options"].pixels[0, :, sheets["none"].height - 24 :]
    left, right = below[..., 24:424], below[..., 440:840]
    assert left.min() < 60 and right.min() < 60
    assert (left != right).any()


def test_rows_and_sizes(call, place):
    assert (
        call("compare", "photo.png", "photo.png", "photo.png", "--columns=1", "--edge", 80, "--output", "a.png").code
        == 0
    )
    tall = read("a.png")
    assert tall.height > 2 * tall.width
    assert call("compare", "photo.png", "photo.png", "--output", "b.webp").code == 0
    assert read("b.webp").width > 800


def test_help(call):
    code, out, err = call("compare", "--help")
    assert (code, err) == (0, "")
    for word in ("--output", "--columns", "--edge", "--labels", "left records inside"):
        assert word in out


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ([], ["name at least two pictures: neuralart compare a.png b.png"]),
        (["photo.png"], ["name at least two pictures"]),
        (["photo.png", "stile.png"], ["cannot read 'stile.png'", "did you mean 'style.png'?"]),
        (["photo.png", "style.png", "--output", "photo.png"], ["--output 'photo.png' would overwrite 'photo.png'"]),
        (["photo.png", "style.png", "--output", "x.gif"], ["the suffix '.gif' is not known"]),
        (["photo.png", "style.png", "--output", "nowhere/x.png"], ["there is no folder"]),
        (["photo.png", "style.png", "--colums", 3], ["no option '--colums'; did you mean '--columns'?"]),
        (["photo.png", "style.png", "--xyzzy=3"], ["no option '--xyzzy'; see neuralart compare --help"]),
        (["photo.png", "style.png", "--columns", 0], ["--columns is 0; it must be at least 1"]),
        (["photo.png", "style.png", "--edge", "big"], ["--edge is 'big'; it must be a whole number"]),
        (["photo.png", "style.png", "--labels", "name"], ["not one of options, names, none; did you mean 'names'?"]),
    ],
)
def test_mistakes(mistake, words, parts):
    mistake(["compare", *words], *parts)


def test_a_system_without_fonts(mistake, call, place, monkeypatch):
    from neuralart.figures import text

    monkeypatch.setattr(text, "_has_font", lambda: False)
    monkeypatch.setattr(text, "find_spec", lambda name: None)
    text._font_file.cache_clear()
    try:
        mistake(["compare", "photo.png", "style.png"], "labels need a font", "fonts-dejavu-core")
        assert call("compare", "photo.png", "style.png", "--labels", "none").code == 0
    finally:
        text._font_file.cache_clear()
    assert "compare.png" in contents(place)
