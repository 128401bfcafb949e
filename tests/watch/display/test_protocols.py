"""Pictures for terminals, read back from what is sent."""

from __future__ import annotations

import re

import numpy as np
import pytest

from neuralart.watch.display.protocols import (
    LARGEST,
    PROTOCOLS,
    Place,
    fitted,
    half_blocks,
    iterm2,
    kitty,
    palette_colour,
    sixels,
    true_colour,
)
from neuralart.watch.display.sixel import packed, quantised, sixel

from .decode import half_block_pixels, iterm2_pictures, kitty_pictures, sixel_pixels
from .make import frame, quarters

PHOTO = quarters(90, 60)


def difference(one, other):
    assert one.shape == other.shape
    return np.abs(one.astype(int) - other).mean()


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (6, 6), (7, 13), (90, 60), (300, 5)])
def test_sixel_there_and_back(size):
    pixels = quarters(*size)
    found = sixel_pixels(sixel(pixels))
    # Hundredths in place of 256ths, and the palette's rounding.
    assert difference(found, pixels) < 3


def test_sixel_of_many_colours():
    generator = np.random.default_rng(0)
    coarse = generator.integers(0, 256, (8, 8, 3)).astype(np.uint8)
    pixels = frame(np.kron(coarse, np.ones((12, 12, 1), np.uint8)) // 2 + quarters(96, 96) // 2).pixels
    noise = generator.integers(0, 256, (50, 70, 3)).astype(np.uint8)
    assert difference(sixel_pixels(sixel(pixels)), pixels) < 4
    # Dithering keeps the mean colour, however many colours there are.
    found = sixel_pixels(sixel(noise))
    assert np.abs(found.mean((0, 1)) - noise.mean((0, 1))).max() < 4
    indices, palette = quantised(noise)
    assert len(palette) <= 256 and indices.max() < len(palette)
    assert np.abs(np.int16(palette[indices]) - noise).mean() < 25


def test_sixel_is_short_where_nothing_changes():
    flat = np.full((60, 600, 3), 128, np.uint8)
    assert len(sixel(flat)) < 200
    line = np.array([64, 63, 63, 63, 63, 64, 64, 64, 64, 64, 63, 63], np.uint8)
    assert packed(line, 12, [7]) == "#7@!4?!5@"
    assert packed(line, 6, [7, 9]) == "#7@!4?@$#9!4@"


def test_kitty():
    place = Place(30, 10, (9, 18), number=77)
    (keys, pixels), = kitty_pictures(kitty(PHOTO, place))  # fmt: skip
    assert keys == {"a": "T", "f": "100", "t": "d", "i": "77", "p": "1", "c": "30", "r": "10", "C": "1", "q": "2"}
    assert np.array_equal(pixels, PHOTO)


def test_kitty_in_pieces():
    noise = np.random.default_rng(0).integers(0, 256, (100, 100, 3)).astype(np.uint8)
    text = kitty(noise, Place(20, 10, (10, 20)))
    assert text.count("\x1b_G") > 5
    assert np.array_equal(kitty_pictures(text)[0][1], noise)


def test_iterm2():
    (keys, pixels), = iterm2_pictures(iterm2(PHOTO, Place(30, 10, (9, 18))))  # fmt: skip
    assert (keys["inline"], keys["width"], keys["height"]) == ("1", "30", "10")
    assert difference(pixels, PHOTO) < 3


@pytest.mark.parametrize("protocol", [kitty, iterm2])
def test_no_more_is_sent_than_can_be_seen(protocol):
    large = quarters(1024, 700)
    read = kitty_pictures if protocol is kitty else iterm2_pictures
    few, many = (read(protocol(large, Place(columns, rows, (10, 20))))[0][1] for columns, rows in ((20, 7), (400, 100)))
    assert few.shape == (140, 205, 3) or few.shape[1] <= 205
    assert max(many.shape) == LARGEST


def test_sixels_fill_their_place():
    assert sixel_pixels(sixels(PHOTO, Place(20, 8, (6, 12)))).shape == (96, 120, 3)


def test_half_blocks_there_and_back():
    found = half_block_pixels(half_blocks(PHOTO, Place(90, 30, (1, 2))))
    assert np.array_equal(found, PHOTO)


def test_half_blocks_of_a_picture_of_two_by_two():
    pixels = np.array([[[255, 0, 255], [0, 0, 0]], [[16, 0, 16], [255, 0, 255]]], np.uint8)
    text = half_blocks(pixels, Place(2, 1, (1, 2)))
    block = "\N{UPPER HALF BLOCK}"
    assert text == f"\x1b[38;2;255;0;255;48;2;16;0;16m{block}\x1b[38;2;0;0;0;48;2;255;0;255m{block}\x1b[0m"


def test_half_blocks_in_256_colours():
    text = half_blocks(PHOTO, Place(30, 10, (1, 2), colours=256))
    assert set(re.findall(r"\x1b\[(\d+;\d)", text)) == {"38;5"}
    assert text.count("\N{UPPER HALF BLOCK}") == 300


@pytest.mark.parametrize(
    ("colour", "number"),
    [((0, 0, 0), 16), ((255, 255, 255), 231), ((255, 0, 0), 196), ((95, 135, 175), 67), ((128, 128, 128), 244)],
)
def test_the_palette_of_xterm(colour, number):
    assert palette_colour(38, colour) == f"38;5;{number}"
    assert true_colour(48, colour) == "48;2;" + ";".join(map(str, colour))


@pytest.mark.parametrize("size", [(40, 40), (100, 10), (10, 100), (1, 1), (3, 1000), (640, 480)])
@pytest.mark.parametrize("room", [(72, 20), (20, 40), (10, 4), (1, 1)])
@pytest.mark.parametrize("cell", [(1, 2), (10, 20), (7, 15)])
def test_fitted(size, room, cell):
    columns, rows = fitted(size, *room, cell)
    assert 1 <= columns <= room[0] and 1 <= rows <= room[1]
    # The shape is kept within a cell, and one direction is filled.
    assert columns == room[0] or rows == room[1] or columns + 1 == room[0] or rows + 1 == room[1]
    factor = min(room[0] * cell[0] / size[0], room[1] * cell[1] / size[1])
    assert abs(columns - max(1, size[0] * factor / cell[0])) <= 1
    assert abs(rows - max(1, size[1] * factor / cell[1])) <= 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_else_is_sent(protocol):
    # A control character within would move the cursor; a picture ends in the state it began in.
    text = PROTOCOLS[protocol](PHOTO, Place(20, 7, (6, 12)))
    rest = re.sub(r"\x1b_G[^\x1b]*\x1b\\|\x1bP[^\x1b]*\x1b\\|\x1b\]1337;[^\x07]*\x07|\x1b\[[\d;]*m", "", text)
    assert set(rest) <= ({"\N{UPPER HALF BLOCK}", "\r", "\n"} if protocol == "half blocks" else set())
