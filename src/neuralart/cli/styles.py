"""neuralart styles: the paintings that ship with the program."""

from __future__ import annotations

from neuralart.cli import listing
from neuralart.cli.listing import Entry
from neuralart.image.paintings import PAINTINGS, file_of

USAGE = """\
neuralart styles [--sheet FILE]

List the paintings that ship with the program. neuralart --style NAME paints in the style of one; where
there is a file of that name, it is the file that is meant."""


def run(words: list[str]) -> int:
    """List every painting on one line."""
    width = max(map(len, PAINTINGS))
    entries = [
        Entry((f"{name:{width}}  {painting}",), file_of(name), name, str(painting))
        for name, painting in PAINTINGS.items()
    ]
    return listing.run("styles", USAGE, entries, words)
