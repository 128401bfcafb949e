"""How an image is cut."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralart.networks.vgg import VGG
from neuralart.networks.window import Region
from neuralart.objective.division import Division, spans


@given(length=st.integers(1, 5000), tile=st.integers(1, 1000), step=st.integers(1, 32))
def test_spans_cover_the_axis_once_and_evenly(length, tile, step):
    found = spans(length, tile, step)
    assert found[0][0] == 0
    assert found[-1][1] == length
    assert all(one[1] == other[0] for one, other in itertools.pairwise(found))
    assert all(begin % step == 0 for begin, _ in found)
    assert all(end - begin <= max(tile, step) for begin, end in found)
    lengths = [end - begin for begin, end in found[:-1]]
    assert len(set(lengths)) <= 1


def test_without_a_tile_there_is_one_part():
    assert Division(VGG, ("conv5_1",), (300, 200)).parts == (Region((0, 200), (0, 300)),)


def test_parts_go_row_by_row():
    parts = Division(VGG, ("conv5_1",), (40, 40), 32).parts
    assert parts == (
        Region((0, 32), (0, 32)),
        Region((0, 32), (32, 40)),
        Region((32, 40), (0, 32)),
        Region((32, 40), (32, 40)),
    )


@pytest.mark.parametrize(
    ("part", "reach", "rows", "columns"),
    [
        (0, 0, (0, 32), (0, 32)),
        (0, 1, (0, 33), (0, 33)),
        (0, 20, (0, 40), (0, 40)),
        (3, 1, (32, 40), (32, 40)),
    ],
)
def test_neighbours_are_so_many_pixels_more_to_the_right_and_below(part, reach, rows, columns):
    assert Division(VGG, ("conv5_1",), (40, 40), 32).with_neighbours(part, reach) == (rows, columns)


def test_a_picture_that_tiles_has_neighbours_beyond_its_edges():
    tiling = replace(VGG, edges=("zeros", "circular"))
    assert Division(tiling, ("conv5_1",), (40, 40), 32).with_neighbours(3, 1) == ((32, 40), (32, 41))
