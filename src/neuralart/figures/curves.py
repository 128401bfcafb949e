"""Draws points as a Matplotlib figure without global state: no pyplot, no choice of a backend, no window."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from neuralart.figures.point import Point

# Okabe and Ito's colours, which people with every kind of colour vision can distinguish (jfly.uni-koeln.de/color),
# without yellow, which is too faint on white. Dashes distinguish the lines as well.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 2)), (0, (8, 2, 2, 2)))
INK, PALE = "#1a1a1a", "#757575"

# Text stays text in an SVG, for search and screen readers; the same points make the same file.
LOOK = {"svg.fonttype": "none", "svg.hashsalt": "neuralart", "pdf.fonttype": 42, "font.size": 11}


def save(figure: Figure, path: str | os.PathLike[str], kind: str) -> None:
    """Write the figure as "svg", "png" or "pdf"."""
    with mpl.rc_context(LOOK):
        # Without the date, so that the same run makes the same file.
        figure.savefig(path, format=kind, metadata={"Date": None} if kind == "svg" else None)


def curves(points: Sequence[Point], title: str = "") -> Figure:
    """Return a figure with a curve for every term and a thicker one for the total, on a logarithmic axis."""
    with mpl.rc_context(LOOK):
        figure = Figure(figsize=(10, 5.6), dpi=110, layout="constrained")
        axes = figure.add_subplot()
        drawn = [_curve(axes, points, None, color=INK, linewidth=2.4, label="total", zorder=3)]
        for number, name in enumerate(_names(points)):
            colour, dash = COLOURS[number % len(COLOURS)], DASHES[number // len(COLOURS) % len(DASHES)]
            drawn.append(_curve(axes, points, name, color=colour, linestyle=dash, linewidth=1.6, label=name))
        _dress(axes, points)
        _legend(axes, drawn, points)
        if title:
            axes.set_title(title, loc="left", pad=26 if _begins(points) else 10, fontsize=13, parse_math=False)
    return figure


def _names(points: Sequence[Point]) -> list[str]:
    """Return every term's name, in the order of the objective."""
    return list(dict.fromkeys(name for point in points for name in point.terms))


def _curve(axes: Axes, points: Sequence[Point], name: str | None, **look: Any) -> Any:
    """Draw one term's line, interrupted at the end of a scale because the objective changes there."""
    across: list[float] = []
    up: list[float] = []
    for before, point in zip([points[0], *points], points):
        if point.scale != before.scale:
            across.append(math.nan)
            up.append(math.nan)
        value = point.total if name is None else point.terms.get(name, math.nan)
        across.append(point.iteration)
        up.append(value if value > 0 else math.nan)  # a logarithmic axis cannot show 0
    marker = "." if len(points) < 3 else ""
    return axes.plot(across, up, marker=marker, **look)[0]


def _begins(points: Sequence[Point]) -> list[Point]:
    """Return the first point of every scale; nothing if there is only one scale."""
    result = [point for before, point in zip([None, *points], points) if before is None or before.scale != point.scale]
    return result if len(result) > 1 else []


def _dress(axes: Axes, points: Sequence[Point]) -> None:
    """Draw axes, grid, and the scales."""
    axes.set_yscale("log")
    axes.set_xlabel("iteration")
    axes.set_ylabel("weighted value")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(True, which="major", color="#dddddd", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.01)
    low, high = points[0].iteration, max(points[-1].iteration, points[0].iteration + 1)
    begins = _begins(points)
    for point, after in zip(begins, [*begins[1:], None]):
        if point is not begins[0]:
            axes.axvline(point.iteration - 0.5, color=PALE, linewidth=1, linestyle=(0, (1, 2)))
        room = ((after.iteration if after else high) - point.iteration) / (high - low)
        # If a scale is too narrow for both numbers, show only the width.
        words = f"{point.size[0]} × {point.size[1]}" if room > 0.12 else f"{point.size[0]}"
        if room > 0.04:
            place = (point.iteration - (0 if point is begins[0] else 0.5), 1.0)
            axes.annotate(
                words,
                place,
                (3, 4),
                xycoords=axes.get_xaxis_transform(),
                textcoords="offset points",
                color=PALE,
                fontsize=10,
            )


def _legend(axes: Axes, drawn: Sequence[Any], points: Sequence[Point]) -> None:
    """Draw the legend beside the curves, in the order of their last values, so that it matches the lines."""
    ends = {"total": points[-1].total, **points[-1].terms}
    order = sorted(drawn, key=lambda line: -ends.get(line.get_label(), 0.0))
    axes.legend(handles=order, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, handlelength=2.6)
