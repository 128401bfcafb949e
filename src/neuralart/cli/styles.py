"""neuralart styles: the paintings that ship with the program."""

from __future__ import annotations

from neuralart.errors import OptionError
from neuralart.image.paintings import PAINTINGS

USAGE = """\
neuralart styles

List the paintings that ship with the program. neuralart --style NAME paints in the style of one; where
there is a file of that name, it is the file that is meant."""


def run(words: list[str]) -> int:
    """Every painting on a line."""
    if words:
        raise OptionError(f"'neuralart styles' takes no words, and '{words[0]}' is one too many")
    width = max(map(len, PAINTINGS))
    for name, painting in PAINTINGS.items():
        print(f"{name:{width}}  {painting}")
    return 0
