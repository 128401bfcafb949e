"""As much changes in the film's last second as in its first."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralart.video.timing import Moment, evenly


def place(changes, moment):
    """How far along the changes a moment is."""
    after = changes[moment.first + 1] if moment.part else 0
    return sum(changes[: moment.first + 1]) + moment.part * after


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30), st.integers(2, 60))
def test_equal_steps_from_the_first_still_to_the_last(later, count):
    changes = [0.0, *later]
    moments = evenly(changes, count)
    assert len(moments) == count
    assert moments[0].first == 0 or not any(changes[: moments[0].first + 1])
    assert all(0 <= moment.part < 1 + 1e-9 for moment in moments)
    if sum(changes):
        places = [place(changes, moment) for moment in moments]
        steps = [b - a for a, b in pairwise(places)]
        assert steps == pytest.approx([sum(changes) / (count - 1)] * (count - 1), rel=1e-6, abs=1e-6)
        assert places[-1] == pytest.approx(sum(changes))


def test_where_nothing_changes_stills_last_alike():
    assert [moment.first for moment in evenly([0, 0, 0], 5)] == [0, 0, 1, 1, 2]


def test_one_still():
    assert evenly([0.0], 3) == [Moment(0, 0.0)] * 3
