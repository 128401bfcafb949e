"""Which rows of an image belong to which process, and which of their neighbours' rows each has to see."""

from __future__ import annotations

from collections.abc import Sequence

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


def borrowed(owned: Sequence[Span], seen: Sequence[Span]) -> list[tuple[int, int, Span]]:
    """(owner, borrower, rows) of all rows that one process owns and another sees."""
    pairs = ((owner, borrower) for owner in range(len(owned)) for borrower in range(len(seen)) if owner != borrower)
    found = ((owner, borrower, common(owned[owner], seen[borrower])) for owner, borrower in pairs)
    return [(owner, borrower, rows) for owner, borrower, rows in found if rows[1] > rows[0]]
