"""The options that say where; part of `Options`. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from neuralart.declare import option
from neuralart.facts import Text

NAMES = ("style_mask", "content_mask", "mask", "preserve", "content_weight_mask")


@dataclass(frozen=True, kw_only=True)
class Areas:
    """Where each style is painted, what counts of it, and what is left alone; part of `Options`."""

    style_mask: tuple[str, ...] | None = option(
        None,
        "Regions",
        "where each style is painted: for each a picture of the photograph's shape, white there; none: everywhere",
        shown="FILE",
        text=Text.INPUT,
        sweep=False,
        app="masks are files, which the page does not take",
        many=True,
        unset="everywhere",
    )
    content_mask: str | None = option(
        None,
        "Regions",
        "regions of the photograph: a picture with a colour for each. From dark to light they get the styles in turn;"
        " with --mask, what has the same colour there",
        shown="FILE",
        text=Text.INPUT,
        sweep=False,
        app="masks are files, which the page does not take",
        unset="one region",
    )
    mask: tuple[str, ...] | None = option(
        None,
        "Regions",
        "what counts of each style: for each a picture of its shape, white where it counts; none: all of it; with"
        " --content-mask, regions by colours",
        shown="FILE",
        text=Text.INPUT,
        sweep=False,
        app="masks are files, which the page does not take",
        many=True,
        unset="all of it",
    )
    preserve: str | None = option(
        None,
        "Regions",
        "leave the photograph alone where this picture is white",
        shown="FILE",
        text=Text.INPUT,
        sweep=False,
        app="masks are files, which the page does not take",
        unset="nothing is left alone",
    )
    content_weight_mask: str | None = option(
        None,
        "Regions",
        "how much the photograph counts, place by place: white fully, black not at all",
        shown="FILE",
        text=Text.INPUT,
        sweep=False,
        app="masks are files, which the page does not take",
        unset="everywhere alike",
    )
