"""The options for the colours of a painting; part of `Options`. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from neuralart.declare import option


@dataclass(frozen=True, kw_only=True)
class Hues:
    """Where the colours of the painting come from; part of `Options`."""

    colors: str = option(
        "style",
        "Look",
        "where the colours come from. style: the painting; content: the photograph, of which only the lightness is"
        " painted; match: the painting, after its colours are matched to the photograph's",
        choices=("style", "content", "match"),
        alias="colours",
    )
    color_strength: float = option(
        1.0,
        "Look",
        "how far --colors content or match goes; 0: like --colors style",
        float,
        least=0,
        most=1,
        alias="colour_strength",
    )
