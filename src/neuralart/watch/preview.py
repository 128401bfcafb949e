"""The painting, shown as it emerges in a terminal with colours, as half blocks.

A terminal's cell holds two pixels, one above the other: the upper half block in the one's colour, on a ground of the
other's. Where the terminal has no 24-bit colours, or errors are not shown in one, nothing is shown.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from neuralart.image.resize import resize
from neuralart.image.sizes import fit
from neuralart.run.step import Step

WIDEST = 72  # columns


class Preview:
    """Every `interval`-th step, and the last, through `show`: what puts it above the progress bar."""

    def __init__(self, interval: int, show: Callable[[Text], object], columns: int, rows: int) -> None:
        self.interval, self.show = interval, show
        self.columns, self.rows = min(columns, WIDEST), rows

    def __call__(self, step: Step) -> None:
        if step.iteration and (step.iteration % self.interval == 0 or step.is_last):
            self.show(half_blocks(step, self.columns, self.rows))


def preview(
    interval: int, console: Console | None = None, show: Callable[[Text], object] | None = None
) -> Preview | None:
    """A preview for this terminal; None where it could not be seen. show: what puts it there, else it is printed."""
    console = console or Console(stderr=True)
    if not (sys.stderr.isatty() and console.is_terminal and console.color_system == "truecolor"):
        return None
    # Room is left for the bar, and for what was written before.
    return Preview(interval, show or console.print, console.width - 1, max(4, console.height // 2))


def half_blocks(step: Step, columns: int, rows: int) -> Text:
    """The step's image in at most so many columns and rows of a terminal."""
    picture = step.picture()
    factor = min(columns / picture.width, 2 * rows / picture.height)
    width, height = fit(picture.width, picture.height, max(2, int(max(picture.size) * factor)))
    pixels = resize(picture.pixels, (max(1, width), max(2, height - height % 2)))[0].round().clamp(0, 255).byte()
    text = Text(no_wrap=True, end="")
    for row in range(0, pixels.shape[1] - 1, 2):
        for above, below in zip(pixels[:, row].T.tolist(), pixels[:, row + 1].T.tolist()):
            text.append("\N{UPPER HALF BLOCK}", f"{colour(above)} on {colour(below)}")
        text.append("\n")
    return text


def colour(channels: list[int]) -> str:
    """[255, 0, 16] -> #ff0010."""
    return "#" + "".join(f"{channel:02x}" for channel in channels)
