"""Rows of a terminal that are kept for a picture, which is drawn there again and again."""

from __future__ import annotations

import threading

from rich.console import Console


class Above:
    """Draws a picture in rows above the line that the cursor is in, where a progress bar may stand.

    What is printed in between, through `tell`, leaves the picture where it was; the next is drawn below it.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        # Drawing happens on a thread of its own, and must not meet the bar's.
        self.lock = threading.RLock()
        self.kept: tuple[int, int, int] | None = None

    def show(self, picture: str, rows: int) -> None:
        """picture: text that draws from where the cursor stands, in so many rows, and never scrolls."""
        with self.lock:
            keep = (rows, *self.console.size)
            if keep != self.kept:
                self.console.print("\n" * (rows - 1))
                self.kept = keep
            # The cursor is remembered, moved up to the picture's rows, and brought back.
            self.console.file.write(f"\x1b7\r\x1b[{rows}A{picture}\x1b8")
            self.console.file.flush()

    def tell(self, line: str) -> None:
        """Print a line."""
        with self.lock:
            self.console.print(line, highlight=False)
            self.kept = None
