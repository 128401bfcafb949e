"""Which rows of an image belong to which process, and which rows of its neighbours each process needs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

Span = tuple[int, int]  # first row, row after the last


def bands(height: int, count: int, step: int) -> list[Span]:
    """Divide an image's rows about evenly among `count` processes, so that every band begins on a multiple of `step`.

    If there are fewer steps than processes, the last ones get a band of no rows at the image's lower edge.

    >>> bands(100, 2, 16)
    [(0, 64), (64, 100)]
    >>> bands(20, 3, 16)
    [(0, 16), (16, 20), (20, 20)]
    """
    cells = -(-height // step)
    each, more = divmod(cells, count)
    ends = [min(height, step * (each * (k + 1) + min(k + 1, more))) for k in range(count)]
    return list(zip([0, *ends[:-1]], ends))


def common(one: Span, other: Span) -> Span:
    """Return the rows that both spans contain; an empty span if there are none."""
    begin, end = max(one[0], other[0]), min(one[1], other[1])
    return begin, max(begin, end)


def borrowed(owned: Sequence[Span], needed: Sequence[Span], height: int = 0) -> list[tuple[int, int, Span, int]]:
    """Return (owner, borrower, rows, turn) for all rows that one process owns and another needs.

    Args:
        owned: The rows that each process owns, by rank.
        needed: The rows that each process needs, by rank.
        height: The height of an image that repeats above and below its edges; 0 if nobody needs rows beyond them. The
            borrower counts a row as `turn` more than its own number, a multiple of the height. It may borrow its own
            rows, too.
    """
    begin, end = min(span[0] for span in needed), max(span[1] for span in needed)
    rounds = range(begin // height, -(-end // height)) if height else range(1)
    result = []
    for owner, borrower, turn in product(range(len(owned)), range(len(needed)), (height * one for one in rounds)):
        rows = common(owned[owner], (needed[borrower][0] - turn, needed[borrower][1] - turn))
        if rows[1] > rows[0] and (owner != borrower or turn):
            result.append((owner, borrower, rows, turn))
    return result
