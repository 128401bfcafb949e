"""Puts pictures and their labels on one sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyvips
import torch
from numpy.typing import NDArray

from neuralart.figures import text
from neuralart.image.picture import Picture
from neuralart.image.sizes import shrink

EDGE = 400  # pixels: the long edge of a 4 : 3 tile; others have the same area
LONGEST = 1.7  # times the edge: otherwise a panorama would be as wide as several neighbours
SHAPE = 1.6  # width to height of a grid, like a screen
MOST_PIXELS = 60_000_000  # of a sheet; if there are very many tiles, each is smaller

MARGIN, GAP, LETTERS = 24, 16, 17  # pixels; the letters of headings
PAPER, INK, PALE, EMPTY = 255, (26, 26, 26), (85, 85, 85), (232, 232, 232)

Canvas = NDArray[np.uint8]


@dataclass(frozen=True)
class Tile:
    """A picture on a sheet.

    Attributes:
        pixels: uint8 [H, W, 3]; None if there is no picture, and the caption says why.
        title: The bold text below the picture.
        caption: The fainter text below the title.
    """

    pixels: Canvas | None
    title: str
    caption: str = ""

    def called(self, title: str, caption: str) -> Tile:
        """Return the same picture with other labels."""
        return replace(self, title=title, caption=caption)


@dataclass(frozen=True)
class _Placed:
    """A tile at its final size, and its labels as masks, one below the other."""

    pixels: Canvas
    labels: tuple[tuple[Canvas, tuple[int, int, int]], ...]

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @property
    def foot(self) -> int:
        """The height of the labels below the picture in pixels."""
        return sum(len(mask) for mask, _ in self.labels) + (8 if self.labels else 0)


def tile(picture: Picture, title: str, caption: str = "", edge: int = EDGE) -> Tile:
    """Return a picture as a tile: no larger than a sheet needs, and on white where it is transparent."""
    small = picture.resized(shrink(picture.width, picture.height, 2 * edge))
    pixels = small.pixels
    if small.alpha is not None:
        pixels = PAPER + (pixels - PAPER) * (small.alpha / 255)
    return Tile(Picture(pixels).numpy(), title, caption)


def side_by_side(content: Picture | None, *others: Picture, names: Sequence[str] = ()) -> Picture:
    """Put content, styles and result in a row, with equal heights.

    Args:
        content: The photograph, if there is one.
        others: The styles, then the result.
        names: The text below each picture's role.

    Raises:
        OptionError: There is no font for the labels.
    """
    words = ["content", *["style"] * (len(others) - 1), "result"]
    pictures = (content, *others)
    labels = zip(pictures, words, names or [""] * len(words))
    tiles = [tile(picture, word, name) for picture, word, name in labels if picture is not None]
    return grid(tiles, columns=len(tiles), equal_heights=True)


def grid(
    tiles: Sequence[Tile],
    *,
    columns: int | None = None,
    edge: int = EDGE,
    heading: str = "",
    equal_heights: bool = False,
) -> Picture:
    """Put tiles in rows, each with its labels below it, scaled to equal areas or equal heights.

    Args:
        tiles: The tiles, at least one.
        columns: By default as many as give the sheet about the shape of a screen.
        edge: See `EDGE`.
        heading: The text above the tiles.
        equal_heights: Whether to scale to equal heights.

    Raises:
        OptionError: There is no font for the labels.
    """
    placed = _placed(tiles, edge, equal_heights)
    widest, highest = max(one.width for one in placed), max(one.height + one.foot for one in placed)
    across = min(columns or good_columns(len(placed), widest, highest), len(placed))
    rows = [placed[start : start + across] for start in range(0, len(placed), across)]
    return _sheet(rows, heading, [], [])


def table(
    cells: Sequence[Sequence[Tile]],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    edge: int = EDGE,
    heading: str = "",
) -> Picture:
    """Put tiles [row][column] on a sheet with headings of rows and columns. Raises OptionError if there is no font."""
    placed = _placed([one for row in cells for one in row], edge, False)
    return _sheet(
        [placed[start : start + len(columns)] for start in range(0, len(placed), len(columns))], heading, rows, columns
    )


def good_columns(count: int, width: int, height: int) -> int:
    """Return the number of columns that looks best: shaped like a screen, with few empty places.

    >>> good_columns(6, 400, 350)
    3
    """

    def blemish(columns: int) -> float:
        rows = math.ceil(count / columns)
        return abs(math.log(columns * width / (rows * height) / SHAPE)) + 3 * (columns * rows - count) / count

    return min(range(1, count + 1), key=blemish)


def _placed(tiles: Sequence[Tile], edge: int, equal_heights: bool) -> list[_Placed]:
    edge = min(edge, math.isqrt(MOST_PIXELS // len(tiles)))
    sizes = [_size(one.pixels, edge, equal_heights) for one in tiles if one.pixels is not None]
    usual = sorted(sizes)[len(sizes) // 2] if sizes else (edge, edge * 3 // 4)
    letters = max(13, round(edge / 26))
    return [
        _one_placed(one, _size(one.pixels, edge, equal_heights) if one.pixels is not None else usual, letters)
        for one in tiles
    ]


def _size(pixels: Canvas, edge: int, equal_heights: bool) -> tuple[int, int]:
    """Return (width, height) on the sheet."""
    height, width = pixels.shape[:2]
    scale = 0.75 * edge / height if equal_heights else edge * math.sqrt(0.75 / (width * height))
    scale = min(scale, LONGEST * edge / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _one_placed(one: Tile, size: tuple[int, int], letters: int) -> _Placed:
    width = max(size[0], 6 * letters)
    labels = []
    if one.title:
        labels.append((text.write(one.title, width, letters, bold=True, lines=2, trim=True), INK))
    if one.caption and one.pixels is not None:
        labels.append((text.write(one.caption, width, letters - 1, lines=3, trim=True), PALE))
    return _Placed(_enlarged(one, size, letters), tuple(labels))


def _enlarged(one: Tile, size: tuple[int, int], letters: int) -> Canvas:
    """Return the picture at its size, or a grey area with the reason why there is none."""
    if one.pixels is None:
        place = np.full((size[1], size[0], 3), EMPTY, np.uint8)
        words = text.write(one.caption, max(1, size[0] - 2 * GAP), letters - 1, lines=6, trim=True)
        _ink(place, words[: size[1] - GAP], GAP, GAP, INK)
        return place
    image = pyvips.Image.new_from_array(one.pixels)
    return np.asarray(
        image.resize(size[0] / image.width, vscale=size[1] / image.height, kernel="lanczos3").cast("uchar")
    )


def _sheet(rows: Sequence[Sequence[_Placed]], heading: str, beside: Sequence[str], above: Sequence[str]) -> Picture:
    """Draw the sheet: a heading, headings beside the rows and above the columns, and the tiles."""
    widths = [max(row[k].width for row in rows if k < len(row)) for k in range(len(rows[0]))]
    heights = [(max(one.height for one in row), max(one.foot for one in row)) for row in rows]
    left = MARGIN + (9 * LETTERS if beside else 0)
    width = left + sum(widths) + GAP * (len(widths) - 1) + MARGIN
    head = text.write(heading, width - 2 * MARGIN, LETTERS, lines=3, trim=True) if heading else None
    top = MARGIN + (0 if head is None else len(head) + GAP)
    first = top + (2 * text.line_height(LETTERS) + 4 if above else 0)
    height = first + sum(map(sum, heights)) + GAP * (len(rows) - 1) + MARGIN
    canvas = np.full((height, width, 3), PAPER, np.uint8)
    if head is not None:
        _ink(canvas, head, MARGIN, MARGIN, PALE)
    across = [left + sum(widths[:k]) + GAP * k for k in range(len(widths))]
    for words, x, room in zip(above, across, widths):
        _ink(canvas, text.write(words, room, LETTERS, bold=True, lines=2, low=True), x, top, INK)
    y = first
    for number, (row, (high, foot)) in enumerate(zip(rows, heights)):
        if beside:
            mask = text.write(beside[number], 8 * LETTERS, LETTERS, bold=True, lines=6, trim=True)
            _ink(canvas, mask, MARGIN, y + max(0, (high - len(mask)) // 2), INK)
        for one, x in zip(row, across):
            _put(canvas, one, x, y + high - one.height)
        y += high + foot + GAP
    return Picture(torch.from_numpy(canvas).permute(2, 0, 1)[None].float())


def _put(canvas: Canvas, one: _Placed, x: int, y: int) -> None:
    """Draw a tile, and its labels below it."""
    canvas[y : y + one.height, x : x + one.width] = one.pixels
    y += one.height + 8
    for mask, colour in one.labels:
        _ink(canvas, mask, x, y, colour)
        y += len(mask)


def _ink(canvas: Canvas, mask: Canvas, x: int, y: int, colour: tuple[int, int, int]) -> None:
    """Draw text on the canvas."""
    place = canvas[y : y + mask.shape[0], x : x + mask.shape[1]]
    cover = mask[: place.shape[0], : place.shape[1], None] / 255
    place[:] = np.rint(place * (1 - cover) + np.array(colour) * cover)
