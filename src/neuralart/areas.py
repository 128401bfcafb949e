"""The options that say where; part of `Options`. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from neuralart.declare import option
from neuralart.facts import Text


def _masks(text: str, *, unset: str, many: bool = False) -> Any:
    """An option that takes a mask, or with `many` one for every style."""
    return option(
        None,
        "Regions",
        text,
        shown="FILE",
        text=Text.INPUT,
        sweep=False,
        app="masks are dropped into the page",
        many=many,
        unset=unset,
    )


@dataclass(frozen=True, kw_only=True)
class Areas:
    """Where each style is painted, what counts of it, and what is left alone; part of `Options`."""

    style_mask: tuple[str, ...] | None = _masks(
        "where each style is painted: for each a picture of the photograph's shape, white there; none: everywhere",
        unset="everywhere",
        many=True,
    )
    content_mask: str | None = _masks(
        "regions of the photograph: a picture with a colour for each. From dark to light they get the styles in turn;"
        " with --mask, what has the same colour there",
        unset="one region",
    )
    mask: tuple[str, ...] | None = _masks(
        "what counts of each style: for each a picture of its shape, white where it counts; none: all of it; with"
        " --content-mask, regions by colours",
        unset="all of it",
        many=True,
    )
    preserve: str | None = _masks(
        "leave the photograph alone where this picture is white", unset="nothing is left alone"
    )
    content_weight_mask: str | None = _masks(
        "how much the photograph counts, place by place: white fully, black not at all", unset="everywhere alike"
    )


NAMES = tuple(one.name for one in fields(Areas))
