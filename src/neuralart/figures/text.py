"""Draws text as pixels with libvips's renderer (Pango), which supports every script that has a font here."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pyvips
from numpy.typing import NDArray

from neuralart.errors import OptionError

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def write(
    text: str, width: int, size: int, *, bold: bool = False, lines: int = 1, trim: bool = False, low: bool = False
) -> NDArray[np.uint8]:
    """Return the text as a mask, uint8 [H, W], with 255 where there is ink.

    The text is wrapped. If it does not fit, its middle is left out, since names differ at their ends.

    Args:
        text: The text.
        width: The width of the mask in pixels.
        size: The size of the letters in pixels.
        bold: Whether the letters are bold.
        lines: The height of the mask in lines.
        trim: Whether to reduce the height to the lines that the text needs.
        low: Whether the text ends on the last line.

    Raises:
        OptionError: There is no font.
    """

    def drawn(kept: int) -> Any:
        return _draw(_shortened(text, kept), width, size, bold)

    def fits(image: Any) -> bool:
        # The last line only needs the height of the letters.
        return (
            image.yoffset + image.height <= (lines + 0.1) * line_height(size) and image.xoffset + image.width <= width
        )

    if not text.strip():
        return np.zeros(((1 if trim else lines) * line_height(size), width), np.uint8)
    image = drawn(len(text))
    if not fits(image):
        # The most characters that fit, at least one.
        kept = bisect_left(range(1, len(text)), True, key=lambda count: not fits(drawn(count + 1)))
        image = drawn(kept + 1)
    used = min(lines, max(1, round((image.yoffset + image.height) / line_height(size))))
    top = image.yoffset + (lines - used) * line_height(size) * low
    height = (used if trim else lines) * line_height(size)
    return np.asarray(image.embed(image.xoffset, top, width, height)).reshape(height, width)


def line_height(size: int) -> int:
    """Return the distance between lines in pixels."""
    return round(size * 1.3)


def check_font() -> None:
    """Raise OptionError if there is no font."""
    _font_file()


def _shortened(text: str, kept: int) -> str:
    """Return `kept` characters of the text without its middle; more of them from the end, which has numbers and suffix.

    >>> _shortened("castle-by-a-river-001.jpg", 12)
    'cast…-001.jpg'
    """
    if kept >= len(text):
        return text
    return text[: kept // 3] + ELLIPSIS + text[len(text) - kept + kept // 3 :]


def _draw(text: str, width: int, size: int, bold: bool) -> Any:
    """Draw the ink alone; its xoffset and yoffset give its place in the lines."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    how = {"fontfile": _font_file()} if _font_file() else {}
    return pyvips.Image.text(
        escape(plain),
        font=f"{_family()} {'bold ' if bold else ''}{size}",
        dpi=72,  # makes a point a pixel
        width=width,
        wrap="word-char",
        **how,
    )


@cache
def _font_file() -> str:
    """Return a font file to load if the system has no font, or else an empty text."""
    if _has_font():
        return ""
    matplotlib = find_spec("matplotlib")
    file = Path(matplotlib.origin or "").parent / "mpl-data/fonts/ttf/DejaVuSans.ttf" if matplotlib else None
    if file is None or not file.is_file():
        raise OptionError(
            "labels need a font, but this system has none; install one (apt install fonts-dejavu-core), or"
            ' pip install "neuralart[plot]", which includes one'
        )
    return str(file)


def _family() -> str:
    return "DejaVu Sans" if _font_file() else "sans"


def _has_font() -> bool:
    """Return whether there is a font; without one, every letter is drawn as the same empty box."""
    narrow, wide = (pyvips.Image.text(letter, font="sans 20", dpi=72) for letter in "iM")
    return bool(narrow.width != wide.width)
