"""A batch's progress: a bar on a terminal, else a line per picture; failures as they come, and again at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from neuralart.errors import escaped
from neuralart.jobs.job import DONE, FAILED, Result
from neuralart.jobs.manifest import Manifest

SHOWN = 100  # failures listed at the end
SPAN = 600.0  # seconds over which the rate is averaged


class Tally:
    """Counts and reports results.

    Attributes:
        painted: How many pictures were painted.
        there: How many were there already.
        failures: A line for each failure, up to a hundred; the manifest has all of them.
    """

    def __init__(self, total: int, there: int, quiet: bool) -> None:
        self.total, self.there, self.quiet = total, there, quiet
        self.painted, self.failed = 0, 0
        self.failures: list[str] = []

    def __call__(self, result: Result) -> None:
        """Take one more result."""
        self.painted += result.state == DONE
        self.there += result.state not in (DONE, FAILED)
        if result.state == FAILED:
            self.failed += 1
            line = f"{result.job.name}: {result.output}: {result.error}"
            if len(self.failures) < SHOWN:
                self.failures.append(line)
            self.warn(line)
        elif result.state == DONE:
            self.done(result)

    @property
    def ended(self) -> int:
        """How many pictures were painted or failed."""
        return self.painted + self.failed

    def done(self, result: Result) -> None:
        """Report a painted picture."""
        if not self.quiet:
            print(f"{self.ended}/{self.total} {result.output}: {result.seconds:.1f} seconds", flush=True)

    def warn(self, line: str) -> None:
        """Report a failure."""
        print(f"neuralart: {escaped(line)}", file=sys.stderr, flush=True)

    def note(self, line: str) -> None:
        """Report something else at once."""
        print(escaped(line), file=sys.stderr, flush=True)

    def end(self, manifest: Manifest, *, stopped: bool) -> None:
        """Report the totals, and what failed."""
        if manifest.failure:
            self.warn(f"{manifest.path}: some lines could not be written ({manifest.failure}); the pictures are there")
        if self.failed and self.ended > self.failed:
            more = f", and {self.failed - len(self.failures)} more" if self.failed > len(self.failures) else ""
            lines = [f"{self.failed} of {self.ended} pictures failed{more}:", *self.failures]
            print(escaped("\n  ".join(lines)), file=sys.stderr, flush=True)
        if self.quiet:
            return
        words = [f"{self.painted} painted"]
        words += [f"{self.there} already there"] if self.there else []
        words += [f"{self.failed} failed"] if self.failed else []
        left = self.total - self.ended
        on = f"; {left} to go: the same command goes on" if stopped and left else ""
        print(f"{manifest.path}: {', '.join(words)}{on}", flush=True)


class Bar(Tally):
    """A tally with a progress bar on a terminal."""

    def __init__(self, total: int, there: int, console: Console) -> None:
        super().__init__(total, there, quiet=False)
        self.progress = Progress(
            TextColumn("painting"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("[red]{task.fields[failed]}"),
            console=console,
            speed_estimate_period=SPAN,
            transient=True,
        )
        self.task: TaskID = self.progress.add_task("", total=total, rate="", failed="")

    def __call__(self, result: Result) -> None:
        super().__call__(result)
        speed = self.progress.tasks[0].speed
        rate = f"{3600 * speed:,.0f} an hour" if speed else ""
        failed = f"{self.failed} failed" if self.failed else ""
        self.progress.update(self.task, advance=1, rate=rate, failed=failed)

    def done(self, result: Result) -> None:
        """Print nothing: the bar shows it."""

    def warn(self, line: str) -> None:
        """Report a failure above the bar."""
        self.progress.console.print(f"neuralart: {escaped(line)}", markup=False, highlight=False)

    def note(self, line: str) -> None:
        """Report something else above the bar."""
        self.progress.console.print(escaped(line), markup=False, highlight=False)


@contextmanager
def tally(total: int, there: int, *, quiet: bool) -> Iterator[Tally]:
    """Yield a bar on a terminal, and a plain tally elsewhere."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal or console.is_dumb_terminal:
        yield Tally(total, there, quiet)
        return
    bar = Bar(total, there, console)
    with bar.progress:
        yield bar
