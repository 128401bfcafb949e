"""Small pictures among the lines that a command prints, in a terminal that can show them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from rich.console import Console

from neuralart.watch.display.detect import detect
from neuralart.watch.display.protocols import PROTOCOLS, Pixels
from neuralart.watch.display.terminal import cell_of, placed
from neuralart.watch.pictures import Above

ROWS = 8  # of a thumbnail


class Thumbnails:
    """Draws where standard output is shown."""

    def __init__(self, console: Console) -> None:
        self.console, self.above = console, Above(console)
        self.protocol, cell = detect()
        self.cell = cell_of(self.protocol, cell)
        self.number = 1 + secrets.randbelow(2**30)

    def show(self, pixels: Pixels, lines: Sequence[str]) -> None:
        """A picture, and these lines below it."""
        self.number += 1
        size = pixels.shape[1], pixels.shape[0]
        place = placed(self.console, self.protocol, self.cell, size, ROWS, self.number)
        self.above.show(PROTOCOLS[self.protocol](pixels, place), place.rows)
        for line in lines:
            self.above.tell(line)


def thumbnails() -> Thumbnails | None:
    """What draws on standard output; None where that is no terminal with 24-bit colours."""
    console = Console()
    shows = console.file.isatty() and console.is_terminal and console.color_system == "truecolor"
    return Thumbnails(console) if shows and not console.is_dumb_terminal else None
