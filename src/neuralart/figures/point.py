"""One iteration, as a point of the curves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """One iteration.

    Attributes:
        iteration: Its number.
        scale: The number of its scale, from 1.
        size: (width, height) of the image in pixels.
        total: The objective.
        terms: The terms by name.
    """

    iteration: int
    scale: int
    size: tuple[int, int]
    total: float
    terms: dict[str, float]
