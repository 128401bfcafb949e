"""Shows the painting in the terminal on standard error, in place, above the progress bar if there is one."""

from __future__ import annotations

import secrets
import sys

from rich.console import Console, ConsoleDimensions

from neuralart.errors import OptionError
from neuralart.watch.display.detect import detect
from neuralart.watch.display.frame import Frame
from neuralart.watch.display.protocols import LARGEST_SIXEL, PROTOCOLS, Place, fitted
from neuralart.watch.display.viewer import Viewer
from neuralart.watch.pictures import Above

WIDEST = 72  # columns of half blocks, each of which takes some forty characters
COLOURS = {"truecolor": 2**24, "256": 256}
# The pixels (width, height) of a character if the terminal does not say: half blocks are square; a picture that the
# terminal scales to its cells needs only their shape; sixel had better be too small than exceed its rows.
USUAL = {"half blocks": (1, 2), "kitty": (10, 20), "iterm2": (10, 20), "sixel": (6, 12)}


def is_colourful() -> bool:
    """Whether standard error is a terminal with 24-bit colours."""
    console = Console(stderr=True)
    return sys.stderr.isatty() and console.is_terminal and console.color_system == "truecolor"


class Terminal(Viewer):
    """Shows pictures with the best protocol that the terminal supports."""

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        if not (sys.stderr.isatty() and self.console.is_terminal):
            raise OptionError(
                "--display terminal shows pictures on standard error, which is not a terminal here; --display browser"
                " shows them on a local page"
            )
        self.protocol, cell = detect()
        if self.protocol == "half blocks" and self.console.color_system not in COLOURS:
            raise OptionError(
                "--display terminal needs colours, but this terminal does not say that it has them; set"
                " COLORTERM=truecolor if it does, or give --display browser"
            )
        self.cell = cell_of(self.protocol, cell)
        # A unique number, so that this picture does not replace another program's.
        self.number = 1 + secrets.randbelow(2**31)
        self.above = Above(self.console)
        self.place: Place | None = None
        self.size: ConsoleDimensions | None = None

    def share(self, above: Above) -> None:
        """Draw above the bar."""
        self.above = above

    def show(self, frame: Frame) -> float:
        """Draw the frame in place of the previous one."""
        size = self.console.size
        if self.place is None or self.size != size:
            self.place, self.size = self._place(frame), size
        self.above.show(PROTOCOLS[self.protocol](frame.pixels, self.place), self.place.rows)
        return 0.0

    def _place(self, frame: Frame) -> Place:
        """Return the largest place. It stays the same for all scales, whose shapes differ by a pixel at most."""
        # Leave room for the bar and for earlier lines.
        rows = max(4, self.console.size.height // 2)
        return placed(self.console, self.protocol, self.cell, frame.size, rows, self.number)


def cell_of(protocol: str, reported: tuple[int, int] | None) -> tuple[int, int]:
    """Return the pixels (width, height) of a character cell; `reported` is what the terminal says, if it does."""
    usual = USUAL[protocol]
    return usual if protocol == "half blocks" else reported or usual


def placed(
    console: Console, protocol: str, cell: tuple[int, int], size: tuple[int, int], rows: int, number: int
) -> Place:
    """Return the place for a picture of this (width, height), in at most so many rows at the terminal's left edge."""
    columns = console.size.width - 1
    if protocol == "half blocks":
        columns = min(columns, WIDEST)
    if protocol == "sixel":
        columns, rows = min(columns, LARGEST_SIXEL // cell[0]), min(rows, LARGEST_SIXEL // cell[1])
    columns, rows = fitted(size, max(1, columns), max(1, rows), cell)
    return Place(columns, rows, cell, COLOURS.get(console.color_system or "", 256), number)
