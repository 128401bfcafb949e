"""Words -> pixels, through the text renderer of libvips (Pango), which knows every script that has a font here."""

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
    """The words as a mask, uint8 [H, W], 255 where there is ink.

    size: of the letters, in pixels. The mask is `width` pixels wide and as high as `lines` lines, or as the lines that
    it takes if it is to be trimmed; `low` words stand on the last line. They are wrapped, and what does not fit is left
    out of the middle, since names differ at their ends. Raises OptionError where there is no font.
    """

    def drawn(kept: int) -> Any:
        return _draw(_shortened(text, kept), width, size, bold)

    def fits(image: Any) -> bool:
        # Of the last line no more than the letters' own height is needed.
        return (
            image.yoffset + image.height <= (lines + 0.1) * line_height(size) and image.xoffset + image.width <= width
        )

    if not text.strip():
        return np.zeros(((1 if trim else lines) * line_height(size), width), np.uint8)
    image = drawn(len(text))
    if not fits(image):
        # The most characters that fit; of one it is not asked.
        kept = bisect_left(range(1, len(text)), True, key=lambda count: not fits(drawn(count + 1)))
        image = drawn(kept + 1)
    used = min(lines, max(1, round((image.yoffset + image.height) / line_height(size))))
    top = image.yoffset + (lines - used) * line_height(size) * low
    height = (used if trim else lines) * line_height(size)
    return np.asarray(image.embed(image.xoffset, top, width, height)).reshape(height, width)


def line_height(size: int) -> int:
    """Pixels from one line to the next."""
    return round(size * 1.3)


def check_font() -> None:
    """Raise OptionError where no font can be found."""
    _font_file()


def _shortened(text: str, kept: int) -> str:
    """So many characters of the text, the middle left out; more of the end, where numbers and suffixes are.

    >>> _shortened("castle-by-a-river-001.jpg", 12)
    'cast…-001.jpg'
    """
    if kept >= len(text):
        return text
    return text[: kept // 3] + ELLIPSIS + text[len(text) - kept + kept // 3 :]


def _draw(text: str, width: int, size: int, bold: bool) -> Any:
    """The ink alone; xoffset and yoffset tell where in its lines it lies."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    how = {"fontfile": _font_file()} if _font_file() else {}
    return pyvips.Image.text(
        escape(plain),
        font=f"{_family()} {'bold ' if bold else ''}{size}",
        dpi=72,  # at which a point is a pixel
        width=width,
        wrap="word-char",
        **how,
    )


@cache
def _font_file() -> str:
    """A font to load, where the system has none of its own; else nothing."""
    if _has_font():
        return ""
    matplotlib = find_spec("matplotlib")
    file = Path(matplotlib.origin or "").parent / "mpl-data/fonts/ttf/DejaVuSans.ttf" if matplotlib else None
    if file is None or not file.is_file():
        raise OptionError(
            "labels need a font, and this system has none; install one (apt install fonts-dejavu-core), or"
            ' pip install "neuralart[plot]", which brings one along'
        )
    return str(file)


def _family() -> str:
    return "DejaVu Sans" if _font_file() else "sans"


def _has_font() -> bool:
    """Where there is none, every letter becomes the same empty box."""
    narrow, wide = (pyvips.Image.text(letter, font="sans 20", dpi=72) for letter in "iM")
    return bool(narrow.width != wide.width)
