"""One iteration as curves are drawn of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """One iteration. scale: counted from 1. size: (width, height) of the image in pixels. terms: by name."""

    iteration: int
    scale: int
    size: tuple[int, int]
    total: float
    terms: dict[str, float]
