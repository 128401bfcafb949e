"""The colour behind a transparent picture, by its name. Imports no torch."""

from __future__ import annotations

import re

from neuralart.errors import suggest


def colour_of(text: str) -> tuple[int, int, int]:
    """Return the colour of a name that CSS knows, or of #rrggbb. Raises ValueError.

    >>> colour_of("#ff8000"), colour_of("Navy")
    ((255, 128, 0), (0, 0, 128))
    """
    if text == "white":  # the default, for which no library need be imported
        return 255, 255, 255
    if result := re.fullmatch(r"#?([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", text):
        return int(result[1], 16), int(result[2], 16), int(result[3], 16)
    from PIL import ImageColor

    if text.lower() in ImageColor.colormap:
        return ImageColor.getrgb(text)[:3]
    near = suggest(text.lower(), ImageColor.colormap)
    raise ValueError(
        f"'{text}', which is not a colour{near or ';'} give a name that CSS knows, such as navy, or #rrggbb"
    )
