"""Progress on a terminal: a bar; elsewhere a plain line every ten iterations."""

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
EVERY = 10  # iterations between plain lines, as the original printed them
SHORT = 12  # columns of the shortest bar, with what separates it
REDRAWN = 0.1  # seconds between two drawings of the bar, at least


def reporter(out: TextIO | None = None) -> Reporter:
    """What suits the place that errors are shown in.

    Returns:
        A bar on a terminal; lines there where it is too narrow for one or cannot move its cursor (TERM=dumb); else
        lines on standard output.
    """
    if out is not None or not sys.stderr.isatty():
        return PlainLines(out or sys.stdout)
    console = Console(stderr=True)
    if console.is_dumb_terminal or console.width < NARROWEST:
        return PlainLines(sys.stderr, lambda: shutil.get_terminal_size().columns)
    return TerminalBar(console)


class Reporter:
    """A reader of steps that is opened before the first and closed after the last.

    above: what puts pictures above the bar; None where there is no bar.
    """

    above: Above | None = None

    def needs(self, step: Step) -> bool:
        """It reads numbers only."""
        return False

    def __call__(self, step: Step) -> None:
        raise NotImplementedError

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None


class PlainLines(Reporter):
    """One line for every tenth iteration, for the last, and whenever there is something to note.

    width: of the terminal in which they appear, in columns, if that is one: what does not fit is left out, but never
    the count, the share and the time left.
    """

    def __init__(self, out: TextIO, width: Callable[[], int] | None = None) -> None:
        self.out, self.width, self.speed = out, width, Speed()
        self.is_read = True

    def __call__(self, step: Step) -> None:
        self.speed.look_at(step)
        for note in step.notes:
            self.tell(f"iteration {step.iteration}: {note}")
        if step.iteration and (step.iteration % EVERY == 0 or step.is_last):
            self.tell(self.line(step))

    def line(self, step: Step) -> str:
        """How far the run is, as long as there is room for."""
        width, height = step.size
        count, left = f"{step.iteration}/{step.iterations} {share(step)}", f"{clock(self.speed.left(step))} left"
        where, speed = f"scale {step.scale}/{step.scales} {width}x{height}", self.speed.told()
        lines = (
            f"iteration {count}  {where}  {summary(step)}  {speed}  {left}",
            f"iteration {count}  {where}  {speed}  {left}",
            f"iteration {count}  {left}",
            f"{count} {left}",
        )
        room = self.width() if self.width else len(lines[0])
        return next((line for line in lines if len(line) <= room), lines[-1])

    def tell(self, line: str) -> None:
        """Print a line, as long as anybody reads; `| head` must not cost the picture."""
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
        # Drawn when there is something new, and not from a thread of rich's that knows nothing of pictures.
        self.progress = Progress(*columns, console=self.above.console, expand=True, auto_refresh=False)
        self.task = self.progress.add_task("", total=1, where="preparing", share="", values="", pace="")
        self.drawn = 0.0

    def __call__(self, step: Step) -> None:
        self.speed.look_at(step)
        for note in step.notes:
            self.above.tell(f"iteration {step.iteration}: {note}")
        width, height = step.size
        facts: dict[str, Any] = {
            "where": f"{width}x{height} ({step.scale}/{step.scales})",
            "share": share(step),
            "values": summary(step),
            "pace": f"{self.speed.told()} {clock(self.speed.left(step))} left",
        }
        # Count, share and time left come first; what there is no room for beside them and a short bar is left out.
        room = self.above.console.width - len(f"{step.iteration}/{step.iterations}") - SHORT
        for name, shorter in (("values", summary(replace(step, terms={}))), ("values", ""), ("where", "")):
            if sum(len(fact) + 1 for fact in facts.values()) > room:
                facts[name] = shorter
        self.progress.update(self.task, total=max(1, step.iterations), completed=step.iteration, **facts)
        self.redraw(step.is_last)

    def redraw(self, at_once: bool) -> None:
        """Draw the bar, unless that was done just now or a picture is being drawn: a slow terminal holds nothing up."""
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
    """The total, and the sum of each kind of term: content, style, smoothness."""
    if step.total is None:
        return ""
    return "  ".join(
        [f"total {step.total:.4g}", *(f"{kind} {value:.4g}" for kind, value in by_kind(step.terms).items())]
    )


def share(step: Step) -> str:
    """How many of the iterations are done: 40%."""
    return f"{100 * step.iteration // max(1, step.iterations)}%"


def clock(seconds: float) -> str:
    """75 -> 1:15."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
