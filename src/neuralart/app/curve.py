"""Draws the objective over the iterations as one SVG without a script."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from neuralart.run.step import Step
from neuralart.watch.kinds import by_kind

WIDTH, HEIGHT = 640, 280  # of the drawing, in units that the page scales
LEFT, RIGHT, TOP, BOTTOM = 64, 116, 14, 48  # margins
POINTS = 240  # of a line; more are not visible
CLOSEST = 20  # units between the names of two lines

# Distinct for the colour-blind, with a contrast of at least 3:1 to the page in light and dark.
COLOURS = {"total": "currentColor", "content": "#0a86c9", "style": "#d5580a", "smoothness": "#0a9268"}
OTHERS = "#b0609a"


@dataclass
class Curve:
    """The values of the total and of every kind of term, by iteration."""

    iterations: list[int] = field(default_factory=list)
    lines: dict[str, list[float]] = field(default_factory=dict)

    def add(self, step: Step) -> None:
        """Add a step; the one before the first iteration has no values."""
        if step.total is None:
            return
        values = {"total": step.total} | by_kind(step.terms)
        for name, value in values.items():
            self.lines.setdefault(name, [math.nan] * len(self.iterations)).append(value)
        self.iterations.append(step.iteration)

    def svg(self, end: int) -> str:
        """Return the drawing; `end` is the last iteration of the axis. It is logarithmic, since values start large."""
        count = min([len(self.iterations), *(len(line) for line in self.lines.values())])
        positive = [v for line in self.lines.values() for v in line[:count] if v > 0 and math.isfinite(v)]
        if count < 2 or not positive:
            return ""
        low, high = math.log10(min(positive)), math.log10(max(positive))
        low, high = (low, high) if high - low > 0.1 else (low - 0.05, high + 0.05)
        plot = _Plot(self.iterations[:count], max(end, 2), low, high)
        lines = {name: plot.points(line[:count]) for name, line in self.lines.items()}
        lines = {name: points for name, points in lines.items() if points}
        values = ", ".join(f"{name} {self.lines[name][count - 1]:.3g}" for name in lines)
        body = plot.axes() + "".join(_line(name, points) for name, points in lines.items()) + _names(lines)
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" class="curve"'
            f' aria-label="Objective after {self.iterations[count - 1]} iterations: {escape(values)}">{body}</svg>'
        )


@dataclass(frozen=True)
class _Plot:
    """Maps values to places in the drawing. `low` and `high` are decimal logarithms."""

    iterations: Sequence[int]
    end: int
    low: float
    high: float

    def x(self, iteration: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (iteration - 1) / (self.end - 1)

    def y(self, exponent: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - exponent) / (self.high - self.low)

    def points(self, values: Sequence[float]) -> list[tuple[float, float]]:
        every = max(1, math.ceil(len(values) / POINTS))
        chosen = sorted({*range(0, len(values), every), len(values) - 1})
        return [
            (self.x(self.iterations[i]), self.y(math.log10(values[i])))
            for i in chosen
            if values[i] > 0 and math.isfinite(values[i])
        ]

    def axes(self) -> str:
        parts = []
        for value in ticks(self.low, self.high):
            y = self.y(math.log10(value))
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
        for part in range(5):
            iteration = round(1 + (self.end - 1) * part / 4)
            parts.append(f'<text x="{self.x(iteration):.1f}" y="{HEIGHT - 27}" text-anchor="middle">{iteration}</text>')
        parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 5}" text-anchor="middle">iteration</text>')
        return "".join(parts)


def ticks(low: float, high: float) -> list[float]:
    """Return round values between two decimal logarithms: powers of ten, or finer ones if those are few.

    >>> ticks(0, 2.1)
    [1.0, 10.0, 100.0]
    """
    powers = range(math.floor(low), math.ceil(high) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5), range(1, 10), [tenth / 10 for tenth in range(10, 100)]):
        result = [step * 10.0**power for power in powers for step in steps]
        result = [value for value in result if low - 1e-9 <= math.log10(value) <= high + 1e-9]
        if len(result) >= 3:
            break
    return result[:: math.ceil(len(result) / 6)] if result else []


def _line(name: str, points: list[tuple[float, float]]) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    width = 2.6 if name == "total" else 2
    return f'<polyline fill="none" stroke="{COLOURS.get(name, OTHERS)}" stroke-width="{width}" points="{path}"/>'


def _names(lines: dict[str, list[tuple[float, float]]]) -> str:
    """Draw each line's name at its end, moved apart if lines end close together."""
    parts, above = [], -math.inf
    for name, points in sorted(lines.items(), key=lambda pair: pair[1][-1][1]):
        x, y = points[-1]
        above = y = max(y + 4, above + CLOSEST)
        parts.append(
            f'<text x="{x + 6:.1f}" y="{min(y, HEIGHT - 4):.1f}" fill="{COLOURS.get(name, OTHERS)}">'
            f"{escape(name)}</text>"
        )
    return "".join(parts)
