"""Rows are dealt out without gap or overlap, and every row that is seen comes from its owner."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from neuralart.distributed.rows import bands, borrowed, common

SIDES, COUNTS, STEPS = st.integers(1, 500), st.integers(1, 9), st.sampled_from([1, 2, 16, 32])


@given(height=SIDES, count=COUNTS, step=STEPS)
def test_every_row_has_one_owner(height, count, step):
    found = bands(height, count, step)
    assert len(found) == count
    assert [row for begin, end in found for row in range(begin, end)] == list(range(height))
    assert all(begin % step == 0 or begin == height for begin, _ in found)


@given(height=SIDES, count=COUNTS, step=STEPS)
def test_bands_are_about_equal(height, count, step):
    sizes = [-(-(end - begin) // step) for begin, end in bands(height, count, step)]
    assert max(sizes) - min(sizes) <= 1


@given(height=SIDES, count=COUNTS, step=STEPS, halo=st.integers(0, 600))
def test_what_is_seen_is_owned_or_borrowed(height, count, step, halo):
    owned = bands(height, count, step)
    seen = [(max(0, a - halo), min(height, b + halo)) if b > a else (a, b) for a, b in owned]
    for rank, (begin, end) in enumerate(seen):
        own = common(owned[rank], seen[rank])
        rows = [*range(*own)]
        rows += [row for _, borrower, span, _ in borrowed(owned, seen) if borrower == rank for row in range(*span)]
        assert sorted(rows) == list(range(begin, end))


@settings(deadline=None, max_examples=50)
@given(height=st.integers(100, 500), count=COUNTS, step=STEPS, halo=st.integers(0, 600))
def test_beyond_the_last_row_the_image_begins_anew(height, count, step, halo):
    owned = bands(height, count, step)
    seen = [(a - halo, b + halo) if b > a else (a, b) for a, b in owned]
    for rank, (begin, end) in enumerate(seen):
        rows = dict.fromkeys(range(*owned[rank]), rank)
        for owner, borrower, span, turn in borrowed(owned, seen, height):
            assert turn % height == 0
            if borrower == rank:
                assert owned[owner][0] <= span[0] < span[1] <= owned[owner][1]
                assert not rows.keys() & range(span[0] + turn, span[1] + turn)
                rows |= dict.fromkeys(range(span[0] + turn, span[1] + turn), owner)
        assert sorted(rows) == list(range(begin, end))
