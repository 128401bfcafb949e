"""Evaluates two of an image's many tiles in place of all of them, to measure what they take."""

from __future__ import annotations

import math
from typing import Any

from neuralart.networks.window import Region
from neuralart.objective.division import Division
from neuralart.objective.topology import Topology


class Sample(Topology):
    """One process that evaluates two of many tiles.

    Attributes:
        parts: How many tiles of the last division these two represent.
        kinds: How many different sizes these tiles have.
    """

    parts: int = 2
    kinds: int = 1

    def divide(self, *facts: Any) -> Division:
        """Return the whole image as it is, or the largest tile twice."""
        return self._twice(super().divide(*facts))

    def entire(self, *facts: Any) -> Division:
        """Return the whole image as it is, or the largest tile twice."""
        return self._twice(super().entire(*facts))

    def _twice(self, every: Division) -> Division:
        if len(every.parts) == 1:
            self._stands_for(2, 1)
            return every
        # Corners, edges and middle are enough: every other tile equals one of these in size.
        columns = len({part.columns for part in every.parts})
        of = lambda count: {0, count // 2, count - 1}
        places = [row * columns + column for row in of(len(every.parts) // columns) for column in of(columns)]
        sizes = {place: every.window(place).pixels.size for place in places}
        self._stands_for(max(2, len(every.parts)), len(set(sizes.values())))
        largest = every.parts[max(sizes, key=lambda place: math.prod(sizes[place]))]
        return Twice(largest, every)

    def _stands_for(self, parts: int, kinds: int) -> None:
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "kinds", kinds)


class Twice(Division):
    """One part of a division, twice, so that what is kept of one coexists with the work on the other."""

    def __init__(self, part: Region, every: Division) -> None:
        super().__init__(every.architecture, every.layers, every.size, every.tile)
        self.__dict__["parts"] = (part, part)
