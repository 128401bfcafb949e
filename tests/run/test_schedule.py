"""The pyramid's arithmetic."""

from __future__ import annotations

import doctest
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuralart.run import schedule
from neuralart.run.schedule import long_edges, shares

edges = st.integers(1, 20_000)
ratios = st.floats(1.0, 4.0)


def test_examples():
    assert doctest.testmod(schedule).failed == 0


@given(st.integers(0, 2000), st.integers(1, 12), ratios)
def test_shares_sum_to_the_iterations(iterations, scales, ratio):
    counts = shares(iterations, scales, ratio)
    assert len(counts) == scales
    assert sum(counts) == iterations
    assert min(counts) >= 0


@given(st.integers(1, 2000), st.integers(1, 12), ratios)
def test_every_scale_gets_its_share_and_if_they_do_not_suffice_the_last_ones_do(iterations, scales, ratio):
    counts = shares(iterations, scales, ratio)
    assert all(counts) if iterations >= scales else counts == [0] * (scales - iterations) + [1] * iterations
    assert counts[-1] > 0


@given(st.integers(1, 2000), st.integers(2, 6), ratios)
def test_shares_fall_by_the_ratio_but_for_rounding(iterations, scales, ratio):
    counts = shares(iterations, scales, ratio)
    exact = [iterations * ratio**-k / sum(ratio**-j for j in range(scales)) for k in range(scales)]
    # The one that each scale is given at least comes from the largest.
    assert all(abs(count - share) <= scales for count, share in zip(counts, exact))


def test_no_iterations_are_shared_as_none():
    assert shares(0, 3, 2.0) == [0, 0, 0]


@given(edges, edges)
def test_edges_rise_from_the_base_to_the_last(last, base):
    found = long_edges(last, base)
    assert found[-1] == last
    assert found == sorted(found)
    # Beginning at the same base, whatever the last, makes a large picture the same painting as a small one.
    assert found[0] == (base if len(found) > 1 else last)


@given(st.integers(100, 20_000))
def test_ratios_are_near_two(last):
    found = long_edges(last, 100)
    for small, large in itertools.pairwise(found):
        assert 2**0.5 - 0.05 < large / small < 2**1.5 + 0.05


def test_a_picture_smaller_than_the_base_has_one_scale():
    assert long_edges(90, 128) == [90]


@given(st.integers(64, 20_000), st.integers(1, 6))
def test_scales_asked_for_are_each_half_the_next(last, scales):
    found = long_edges(last, 128, scales)
    assert len(found) == scales
    assert found == [round(last / 2**k) for k in reversed(range(scales))]


@pytest.mark.parametrize("scales", [1, 3, 9])
def test_an_edge_is_at_least_a_pixel(scales):
    assert min(long_edges(20, 128, scales)) >= 1
