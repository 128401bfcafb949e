"""Contact sheets: where tiles lie, how large they are, and that they are labelled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from neuralart.figures import sheet as sheets
from neuralart.figures.sheet import EDGE, GAP, MARGIN, Tile, good_columns, grid, side_by_side, table, tile
from neuralart.image.picture import Picture

COLOURS = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30), (200, 30, 200), (30, 200, 200)]


def plain(number, size=(80, 60)):
    """A picture of one colour."""
    return Picture(torch.tensor(COLOURS[number], dtype=torch.float32).view(1, 3, 1, 1).expand(1, 3, size[1], size[0]))


def boxes(sheet, count):
    """(left, top, width, height) of the first so many colours on a sheet."""
    pixels, found = sheet.numpy().astype(int), []
    for colour in COLOURS[:count]:
        rows, columns = np.nonzero(np.abs(pixels - colour).max(2) < 12)
        found.append((columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1))
        assert len(rows) == found[-1][2] * found[-1][3]  # whole: nothing lies over it
    return found


def tiles(count, **labels):
    return [tile(plain(k), labels.get("title", ""), labels.get("caption", "")) for k in range(count)]


def test_a_grid_in_reading_order():
    sheet = grid(tiles(6))
    found = boxes(sheet, 6)
    assert {box[2:] for box in found} == {(EDGE, EDGE * 3 // 4)}
    across = [MARGIN + k * (EDGE + GAP) for k in range(3)]
    assert [box[0] for box in found] == across * 2
    assert [box[1] for box in found] == [MARGIN] * 3 + [MARGIN + 300 + GAP] * 3
    assert sheet.size == (across[2] + EDGE + MARGIN, 2 * 300 + GAP + 2 * MARGIN)


def test_columns_that_are_asked_for():
    assert [box[1] for box in boxes(grid(tiles(3), columns=1), 3)] == [MARGIN + k * (300 + GAP) for k in range(3)]
    assert len({box[1] for box in boxes(grid(tiles(3), columns=9), 3)}) == 1


@pytest.mark.parametrize(
    ("count", "columns"), [(1, 1), (2, 2), (3, 3), (4, 2), (6, 3), (8, 4), (9, 3), (12, 4), (64, 8)]
)
def test_good_columns(count, columns):
    assert good_columns(count, 400, 340) == columns


def test_sizes_and_shapes_are_brought_together():
    pictures = [plain(0, (1600, 1200)), plain(1, (8, 6)), plain(2, (60, 80)), plain(3, (2000, 20))]
    found = boxes(grid([tile(one, "") for one in pictures]), 4)
    assert found[0][2:] == found[1][2:] == (400, 300)
    assert found[2][2:] == (300, 400)
    assert found[3][2:] == (680, 7)  # a panorama is not as wide as all others together


def test_labels_are_there_and_take_room_of_their_own():
    bare = grid(tiles(3), columns=3)
    named = grid(tiles(3, title="style-factor 1e9", caption="photo-style.png"), columns=3)
    assert named.width == bare.width
    assert 30 < named.height - bare.height < 60
    below = named.numpy()[MARGIN + 300 :]
    for left, _, width, _ in boxes(named, 3):
        assert below[:, left : left + width].min() < 40  # ink
    assert (bare.numpy()[MARGIN + 300 :] == 255).all()


def test_labels_differ_as_the_words_do():
    one, other = (grid(tiles(1, title=f"style-factor 1e{k}")).numpy() for k in (8, 9))
    assert one.shape == other.shape
    assert (one != other).any()


def test_a_heading():
    bare, headed = grid(tiles(2)), grid(tiles(2), heading="photo.jpg in the style of style.jpg")
    assert headed.height > bare.height + 20
    assert headed.numpy()[: MARGIN + 20].min() < 120


def test_a_place_without_a_picture_says_why():
    missing = Tile(None, "style-factor 1e300", "the objective is not a finite number")
    sheet = grid([*tiles(1, title="style-factor 1e9"), missing], columns=2)
    empty = sheet.numpy()[MARGIN : MARGIN + 300, MARGIN + EDGE + GAP : MARGIN + 2 * EDGE + GAP]
    assert (empty[-10:] == 232).all()
    assert empty[:100].min() < 60
    assert grid([missing]).width > EDGE


def test_a_table():
    rows = [tiles(3), [tile(plain(k), "") for k in (3, 4, 5)]]
    sheet = table(rows, rows=["seed 1", "seed 2"], columns=["a", "b", "c"], heading="h", edge=120)
    found = boxes(sheet, 6)
    assert len({box[0] for box in found[:3]}) == 3
    assert [box[0] for box in found[:3]] == [box[0] for box in found[3:]]
    assert [len({box[1] for box in row}) for row in (found[:3], found[3:])] == [1, 1]
    pixels = sheet.numpy()
    for left, top, _, height in (found[0], found[3]):
        assert pixels[top : top + height, MARGIN : left - 2].min() < 60  # beside the row
    for left, top, width, _ in found[:3]:
        assert pixels[top - 24 : top, left : left + width].min() < 60  # above the column


def test_content_style_and_result_are_equally_high():
    sheet = side_by_side(
        plain(0, (80, 60)), plain(1, (60, 90)), plain(2, (800, 600)), names=["a.jpg", "b.jpg", "c.png"]
    )
    found = boxes(sheet, 3)
    assert [box[3] for box in found] == [300, 300, 300]
    assert [box[2] for box in found] == [400, 200, 400]


def test_what_is_clear_is_white():
    picture = replace(plain(0), alpha=torch.zeros(1, 1, 60, 80))
    assert (grid([tile(picture, "")]).numpy() == 255).all()


def test_many_tiles_are_smaller(monkeypatch):
    small = tile(plain(0), "")
    monkeypatch.setattr(sheets, "MOST_PIXELS", 2_000_000)
    sheet = grid([small] * 80, edge=4000)
    assert 1e6 < sheet.width * sheet.height < 3e6
