"""When each still of a film is seen, so that as much changes in its last second as in its first."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple


class Moment(NamedTuple):
    """A frame of the film: still `first` fading into the next, of which `part` (0..1) is seen."""

    first: int
    part: float


def evenly(changes: Sequence[float], count: int) -> list[Moment]:
    """`count` moments, the first on the first still and the last on the last, the same change between any two.

    changes: how much each still differs from the one before it, the first from nothing (0). A painting changes a
    hundred times as much in its first iterations as in its last; shown one still after another it would jump and then
    stand still.

    >>> evenly([0, 3, 1], 5)
    [Moment(first=0, part=0.0), Moment(first=0, part=0.3333333333333333), Moment(first=0, part=0.6666666666666666), \
Moment(first=1, part=0.0), Moment(first=2, part=0.0)]
    """
    ends = list(accumulate(changes))
    if ends[-1] <= 0:  # nothing ever changes; then every still lasts as long as the next
        ends = [float(k) for k in range(len(changes))]
    moments = []
    for k in range(count):
        place = ends[-1] * k / max(1, count - 1)
        first = min(bisect_right(ends, place), len(ends)) - 1
        if first == len(ends) - 1:
            moments.append(Moment(first, 0.0))
        else:
            moments.append(Moment(first, (place - ends[first]) / (ends[first + 1] - ends[first])))
    return moments
