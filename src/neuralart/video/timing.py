"""When each still of a film is shown, so that its last second shows as much change as its first."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple


class Moment(NamedTuple):
    """A frame of the film: still `first` fading into the next, of which `part` (0..1) shows."""

    first: int
    part: float


def evenly(changes: Sequence[float], count: int) -> list[Moment]:
    """Return `count` moments from the first still to the last, with the same change between any two.

    changes: How much each still differs from the one before it; 0 for the first. A painting changes a hundred times as
    much in its first iterations as in its last. If every still lasted equally long, the film would jump and then stand
    still.

    >>> evenly([0, 3, 1], 5)
    [Moment(first=0, part=0.0), Moment(first=0, part=0.3333333333333333), Moment(first=0, part=0.6666666666666666), \
Moment(first=1, part=0.0), Moment(first=2, part=0.0)]
    """
    ends = list(accumulate(changes))
    if ends[-1] <= 0:  # nothing ever changes, so every still lasts equally long
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
