"""Which rows of an image belong to which process, and which of their neighbours' rows each has to see."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

Span = tuple[int, int]  # first row, first row no longer


def bands(height: int, count: int, step: int) -> list[Span]:
    """An image's rows dealt out to `count` processes, about evenly, every band beginning on a multiple of `step`.

    Where there are fewer steps than processes the last ones get none: a band of no rows at the image's lower edge.

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
    """The rows that both have; an empty span where there are none."""
    begin, end = max(one[0], other[0]), min(one[1], other[1])
    return begin, max(begin, end)


def borrowed(owned: Sequence[Span], seen: Sequence[Span], height: int = 0) -> list[tuple[int, int, Span, int]]:
    """(owner, borrower, rows, turn) of all rows that one process owns and another sees.

    height: of an image that begins anew beyond its last row, and ends before its first; 0 where nobody sees so far. The
    borrower counts a row as so much more than it is: turn, a multiple of the height. It may see its own rows, too.
    """
    begin, end = min(span[0] for span in seen), max(span[1] for span in seen)
    rounds = range(begin // height, -(-end // height)) if height else range(1)
    result = []
    for owner, borrower, turn in product(range(len(owned)), range(len(seen)), (height * one for one in rounds)):
        rows = common(owned[owner], (seen[borrower][0] - turn, seen[borrower][1] - turn))
        if rows[1] > rows[0] and (owner != borrower or turn):
            result.append((owner, borrower, rows, turn))
    return result
