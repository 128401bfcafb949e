"""Named sets of options, few and good. Imports nothing of ours.

An option that is given overrides what the preset sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Preset:
    """about: What it is good for. options: What it sets, by the options' Python names."""

    about: str
    options: Mapping[str, Any] = field(default_factory=dict)


PRESETS = {
    "balanced": Preset("the default: the painting's own colours and strokes, and the photograph clear beneath them"),
    "faithful": Preset("portraits, buildings: the photograph stays", {"strength": 0.35}),
    "bold": Preset("more style than photograph", {"strength": 0.65}),
    "texture": Preset(
        "the style's brushwork and colours, little of the photograph", {"strength": 0.8, "style_loss": "gaussian"}
    ),
    "painterly": Preset(
        "shapes of the style in place of the photograph's", {"strength": 0.42, "content_loss": "similarity"}
    ),
    "classic": Preset("Gram matrices, the default until version 1.4; quicker", {"style_loss": "gram"}),
    "original": Preset("the Torch7 program of 2015, number by number", {"recipe": "original"}),
}


def unfolded(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given options and, for the others, what the preset sets. An unknown preset is refused later."""
    preset = PRESETS.get(str(given.get("preset")))
    return {**(preset.options if preset else {}), **given}
