"""Keeps rows of a terminal for a picture that is redrawn there."""

from __future__ import annotations

import threading

from rich.console import Console


class Above:
    """Draws a picture in rows above the cursor's line, which may hold a progress bar.

    After a line is printed through `tell`, the old picture stays where it was, and the next is drawn below the line.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        # Pictures are drawn on a separate thread, which must not interfere with the bar's.
        self.lock = threading.RLock()
        self.kept: tuple[int, int, int] | None = None

    def show(self, picture: str, rows: int) -> None:
        """Show a picture: text that draws it from the cursor, in this number of rows, without scrolling."""
        with self.lock:
            keep = (rows, *self.console.size)
            if keep != self.kept:
                self.console.print("\n" * (rows - 1))
                self.kept = keep
            # Save the cursor, move it up to the picture's rows, and restore it.
            self.console.file.write(f"\x1b7\r\x1b[{rows}A{picture}\x1b8")
            self.console.file.flush()

    def tell(self, line: str) -> None:
        """Print a line."""
        with self.lock:
            self.console.print(line, highlight=False)
            self.kept = None
