"""The options for regions of the picture; part of `Options`. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from neuralart.declare import option
from neuralart.facts import Text


def _masks(text: str, *, unset: str, many: bool = False) -> Any:
    """Declare an option that takes a mask, or with `many` one for every style."""
    return option(
        None,
        "Regions",
        text,
        shown="FILE",
        text=Text.INPUT,
        sweep=False,
        app="drop masks into the page",
        many=many,
        unset=unset,
    )


@dataclass(frozen=True, kw_only=True)
class Areas:
    """Where each style is painted, which parts of it count, and what is left alone; part of `Options`."""

    style_mask: tuple[str, ...] | None = _masks(
        "where each style is painted: one picture per style, of the photograph's shape, white there; none: everywhere",
        unset="everywhere",
        many=True,
    )
    content_mask: str | None = _masks(
        "regions of the photograph: a picture with one colour per region. From dark to light, the regions get the"
        " styles in turn; with --mask, a region gets what has its colour there",
        unset="one region",
    )
    mask: tuple[str, ...] | None = _masks(
        "which parts of each style count: one picture per style, of its shape, white where it counts; none: all of it;"
        " with --content-mask, regions by colour",
        unset="all of it",
        many=True,
    )
    preserve: str | None = _masks(
        "leave the photograph untouched where this picture is white", unset="everything is painted"
    )
    content_weight_mask: str | None = _masks(
        "how much the photograph counts at each place: white fully, black not at all", unset="the same everywhere"
    )


# Of the photograph's shape, and white where they count: what to draw in the app.
DRAWN = {
    "preserve": "draw over what stays untouched",
    "style_mask": "draw over what is painted in this style",
    "content_weight_mask": "draw over what counts of the photograph",
}
NAMES = tuple(one.name for one in fields(Areas))
