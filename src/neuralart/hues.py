"""The options that say which colours a painting has, and what it begins with; part of `Options`. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from neuralart.declare import option


@dataclass(frozen=True, kw_only=True)
class Hues:
    """Whose colours the painting has; part of `Options`."""

    colors: str = option(
        "style",
        "Look",
        "whose colours the picture has. style: the painting's; content: the photograph's, only lightness is painted;"
        " match: the painting's, brought to the photograph's before",
        choices=("style", "content", "match"),
        alias="colours",
    )
    color_strength: float = option(
        1.0,
        "Look",
        "how far --colors content or match goes; 0: as --colors style",
        float,
        least=0,
        most=1,
        alias="colour_strength",
    )
