"""Two of an image's many tiles, in place of all of them, where only what they take is asked for."""

from __future__ import annotations

import math
from typing import Any

from neuralart.networks.window import Region
from neuralart.objective.division import Division
from neuralart.objective.topology import Topology


class Sample(Topology):
    """One process that evaluates two of many tiles.

    Of the last division, parts says how many these two stand for, and kinds how many sizes all tiles have.
    """

    parts: int = 2
    kinds: int = 1

    def divide(self, *facts: Any) -> Division:
        """The whole as it is; tiles as the largest of them, twice."""
        every = super().divide(*facts)
        if len(every.parts) == 1:
            self._stands_for(2, 1)
            return every
        # Corners, edges and middle are looked at: all others are as one of these.
        columns = len({part.columns for part in every.parts})
        of = lambda count: {0, count // 2, count - 1}
        places = [row * columns + column for row in of(len(every.parts) // columns) for column in of(columns)]
        seen = {place: every.window(place).pixels.size for place in places}
        self._stands_for(max(2, len(every.parts)), len(set(seen.values())))
        largest = every.parts[max(seen, key=lambda place: math.prod(seen[place]))]
        return Twice(largest, every)

    def _stands_for(self, parts: int, kinds: int) -> None:
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "kinds", kinds)


class Twice(Division):
    """One part of a division, twice: what is kept of one lies beside the work on the other."""

    def __init__(self, part: Region, every: Division) -> None:
        super().__init__(every.architecture, every.layers, every.size, every.tile)
        self.__dict__["parts"] = (part, part)
