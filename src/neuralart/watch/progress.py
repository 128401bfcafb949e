"""Shows progress: a bar on a terminal, elsewhere a plain line every ten iterations."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from neuralart.run.step import Step
from neuralart.watch.kinds import by_kind
from neuralart.watch.pictures import Above
from neuralart.watch.speed import Speed

NARROWEST = 60  # columns that a bar needs
EVERY = 10  # iterations between plain lines, as in the original
SHORT = 12  # columns of the shortest bar, with its separators
REDRAWN = 0.1  # minimal seconds between two redraws of the bar


def reporter(out: TextIO | None = None) -> Reporter:
    """Choose how to show progress.

    Returns:
        A bar if standard error is a terminal; lines there if the terminal is too narrow or cannot move its cursor
        (TERM=dumb); otherwise lines on standard output.
    """
    if out is not None or not sys.stderr.isatty():
        return PlainLines(out or sys.stdout)
    console = Console(stderr=True)
    if console.is_dumb_terminal or console.width < NARROWEST:
        return PlainLines(sys.stderr, lambda: shutil.get_terminal_size().columns)
    return TerminalBar(console)


class Reporter:
    """A reader of steps that is opened before the first one and closed after the last.

    Attributes:
        above: Draws pictures above the bar; None without a bar.
    """

    above: Above | None = None

    def needs(self, step: Step) -> bool:
        """Return False: it only reads numbers."""
        return False

    def __call__(self, step: Step) -> None:
        raise NotImplementedError

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None


class PlainLines(Reporter):
    """Prints one line for every tenth iteration, for the last, and for every note.

    Args:
        out: Where to print.
        width: Returns the width of the terminal in columns, if it is one. What does not fit is left out, except the
            count, the share and the time left.
    """

    def __init__(self, out: TextIO, width: Callable[[], int] | None = None) -> None:
        self.out, self.width, self.speed = out, width, Speed()
        self.is_read = True

    def __call__(self, step: Step) -> None:
        self.speed.update(step)
        for note in step.notes:
            self.print(f"iteration {step.iteration}: {note}")
        if step.iteration and (step.iteration % EVERY == 0 or step.is_last):
            self.print(self.line(step))

    def line(self, step: Step) -> str:
        """Return a line about the run's progress that fits into the width."""
        width, height = step.size
        count, left = f"{step.iteration}/{step.iterations} {share(step)}", f"{clock(self.speed.left(step))} left"
        where, speed = f"scale {step.scale}/{step.scales} {width}x{height}", str(self.speed)
        lines = (
            f"iteration {count}  {where}  {summary(step)}  {speed}  {left}",
            f"iteration {count}  {where}  {speed}  {left}",
            f"iteration {count}  {left}",
            f"{count} {left}",
        )
        room = self.width() if self.width else len(lines[0])
        return next((line for line in lines if len(line) <= room), lines[-1])

    def print(self, line: str) -> None:
        """Print a line as long as somebody reads; `| head` must not cost the picture."""
        if self.is_read:
            try:
                print(line, file=self.out, flush=True)
            except BrokenPipeError:
                self.is_read = False


class TerminalBar(Reporter):
    """A bar with iteration, scale, each kind of term, speed and time left."""

    above: Above

    def __init__(self, console: Console | None = None) -> None:
        self.speed = Speed()
        columns = [
            TextColumn("{task.fields[where]}"),
            BarColumn(bar_width=None),
            TextColumn("{task.completed:.0f}/{task.total:.0f} {task.fields[share]}"),
            TextColumn("{task.fields[values]}"),
            TextColumn("{task.fields[pace]}"),
        ]
        self.above = Above(console or Console(stderr=True))
        # Redrawn only for new steps, not by rich's own thread, which does not know about pictures.
        self.progress = Progress(*columns, console=self.above.console, expand=True, auto_refresh=False)
        self.task = self.progress.add_task("", total=1, where="preparing", share="", values="", pace="")
        self.drawn = 0.0

    def __call__(self, step: Step) -> None:
        self.speed.update(step)
        for note in step.notes:
            self.above.tell(f"iteration {step.iteration}: {note}")
        width, height = step.size
        facts: dict[str, Any] = {
            "where": f"{width}x{height} ({step.scale}/{step.scales})",
            "share": share(step),
            "values": summary(step),
            "pace": f"{self.speed} {clock(self.speed.left(step))} left",
        }
        # Count, share and time left come first; what does not fit next to them and a short bar is left out.
        room = self.above.console.width - len(f"{step.iteration}/{step.iterations}") - SHORT
        for name, shorter in (("values", summary(replace(step, terms={}))), ("values", ""), ("where", "")):
            if sum(len(fact) + 1 for fact in facts.values()) > room:
                facts[name] = shorter
        self.progress.update(self.task, total=max(1, step.iterations), completed=step.iteration, **facts)
        self.redraw(step.is_last)

    def redraw(self, at_once: bool) -> None:
        """Draw the bar, unless that just happened or a picture is being drawn; slow terminals must not block it."""
        if (at_once or time.monotonic() >= self.drawn + REDRAWN) and self.above.lock.acquire(blocking=False):
            try:
                self.progress.refresh()
            finally:
                self.above.lock.release()
            self.drawn = time.monotonic()

    def __enter__(self) -> Reporter:
        self.progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.progress.stop()


def summary(step: Step) -> str:
    """Return the total, and the sum of each kind of term: content, style, smoothness."""
    if step.total is None:
        return ""
    return "  ".join(
        [f"total {step.total:.4g}", *(f"{kind} {value:.4g}" for kind, value in by_kind(step.terms).items())]
    )


def share(step: Step) -> str:
    """Return the share of iterations that are done: 40%."""
    return f"{100 * step.iteration // max(1, step.iterations)}%"


def clock(seconds: float) -> str:
    """Return a duration such as 1:15 for 75 seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
