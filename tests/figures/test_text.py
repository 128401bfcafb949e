"""Words as pixels."""

from __future__ import annotations

import numpy as np
import pytest

from neuralart.errors import OptionError
from neuralart.figures import text


def ink(mask):
    """Rows and columns that hold ink: top, bottom, left, right."""
    rows, columns = np.nonzero(mask.max(1) > 60)[0], np.nonzero(mask.max(0) > 60)[0]
    return rows[0], rows[-1], columns[0], columns[-1]


def test_legible_at_its_own_size():
    mask = text.write("style-factor 1e9", 200, 15)
    assert mask.shape == (text.line_height(15), 200)
    assert mask.dtype == np.uint8
    assert mask.max() > 230  # strokes of full contrast
    top, bottom, left, right = ink(mask)
    assert 12 <= bottom - top <= 18  # from the top of f to the bottom of y
    assert 90 < right - left < 180


def test_all_letters_stand_on_one_line():
    bottoms = {ink(text.write(word, 100, 15))[1] for word in ("style", "gypsy", "photo.jpg")}
    assert len(bottoms) == 1
    assert ink(text.write("xxx", 100, 15))[0] > ink(text.write("XXX", 100, 15))[0]


def test_wrapped_and_trimmed():
    words = "a name of several words that needs two lines"
    assert text.write(words, 200, 15, lines=4).shape == (4 * text.line_height(15), 200)
    trimmed = text.write(words, 200, 15, lines=4, trim=True)
    assert trimmed.shape == (2 * text.line_height(15), 200)
    assert text.write("short", 200, 15, lines=4, trim=True).shape == (text.line_height(15), 200)


def test_low_words_stand_on_the_last_line():
    line = text.line_height(15)
    mask = text.write("word", 200, 15, lines=2, low=True)
    assert not mask[:line].any()
    assert np.array_equal(mask[line:], text.write("word", 200, 15))


@pytest.mark.parametrize("width", [90, 150])
def test_what_does_not_fit_loses_its_middle(width):
    name = "photograph-of-a-castle-by-the-river-0001.png"
    mask = text.write(name, width, 14)
    assert mask.shape == (text.line_height(14), width)
    # As much as fits is shown.
    assert ink(mask)[3] > width - 22
    other = text.write(name.replace("0001", "0002"), width, 14)
    assert not np.array_equal(mask, other)


@pytest.mark.parametrize("words", ["<b>&amp;", "a & b", "x" * 500, "", "\n\t\0", "\N{CJK UNIFIED IDEOGRAPH-6F22}é"])
def test_any_name_can_be_written(words):
    assert text.write(words, 120, 14, lines=2).shape == (2 * text.line_height(14), 120)


def test_marks_are_letters_and_not_markup():
    assert ink(text.write("<b>x</b>", 200, 14))[3] > ink(text.write("x", 200, 14))[3] + 30


def test_a_system_without_fonts(monkeypatch):
    monkeypatch.setattr(text, "_has_font", lambda: False)
    text._font_file.cache_clear()
    try:
        text.check_font()  # Matplotlib's
        assert text.write("style", 100, 14).any()
        text._font_file.cache_clear()
        monkeypatch.setattr(text, "find_spec", lambda name: None)
        with pytest.raises(OptionError, match=r'apt install fonts-dejavu-core\), or pip install "neuralart\[plot\]"'):
            text.check_font()
    finally:
        text._font_file.cache_clear()


def test_this_system_has_one():
    assert text._has_font()
