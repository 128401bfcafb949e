"""When frames are seen, and which of them are painted."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from neuralart.video.choices import FilmOptions
from neuralart.video.moments import chosen, in_order

TENTH = Fraction(1, 10)
STEADY = in_order(list(range(10)), [1] * 10, TENTH)
UNEVEN = in_order([5, 7, 8, 12], [0, 0, 0, 3], TENTH)


def seconds(moments):
    return [(one.number, float(one.begin), float(one.end)) for one in moments]


def test_each_lasts_until_the_next():
    assert [(one.ticks, one.length) for one in UNEVEN] == [(5, 2), (7, 1), (8, 4), (12, 3)]


def test_times_that_make_no_sense():
    assert [one.ticks for one in in_order([0, None, 1, 9], [2, 2, 2, 2], TENTH)] == [0, 2, 4, 9]
    assert in_order([], [], TENTH) == []


def test_a_whole_film_keeps_its_times():
    assert chosen(UNEVEN, FilmOptions()) == UNEVEN
    assert chosen(STEADY, FilmOptions()) == STEADY
    assert chosen([], FilmOptions()) == []


def test_a_part_begins_at_nought():
    part = chosen(STEADY, FilmOptions(begin=0.25, end=0.5))
    # The frame that is seen at 0.25 s, which is rounded to the film's own unit, and nothing after 0.5 s.
    assert seconds(part) == [(2, 0.0, 0.1), (3, 0.1, 0.2), (4, 0.2, 0.3)]


def test_a_part_is_counted_from_the_first_frame():
    assert [one.number for one in chosen(UNEVEN, FilmOptions(begin=0.2, end=0.4))] == [1, 2]


def test_every():
    assert seconds(chosen(STEADY, FilmOptions(every=4))) == [(0, 0.0, 0.4), (4, 0.4, 0.8), (8, 0.8, 1.0)]


def test_fps():
    assert [one.number for one in chosen(STEADY, FilmOptions(fps=5))] == [0, 2, 4, 6, 8]
    assert chosen(STEADY, FilmOptions(fps=50)) == STEADY
    # A folder's frames are all of them, only slower.
    assert chosen(STEADY, FilmOptions(fps=5), is_timed=False) == STEADY


@pytest.mark.parametrize("options", [FilmOptions(every=3), FilmOptions(fps=4), FilmOptions(begin=0.3), FilmOptions()])
def test_there_is_no_gap(options):
    found = chosen(STEADY, options)
    assert all(one.end == other.begin for one, other in pairwise(found))
    assert all(one.length > 0 for one in found)


def test_beyond_the_end():
    assert chosen(STEADY, FilmOptions(begin=7)) == []
