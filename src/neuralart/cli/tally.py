"""How far a batch is: a bar on a terminal, elsewhere a line for every picture; failures, and all of them at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from neuralart.errors import escaped
from neuralart.jobs.job import DONE, FAILED, Result
from neuralart.jobs.manifest import Manifest

SHOWN = 100  # failures that are listed at the end
SPAN = 600.0  # seconds that the rate is taken over


class Tally:
    """Counts results, and tells of them.

    Attributes:
        painted: How many were painted.
        there: How many are there already.
        failures: What failed, in one line each; of very many the first hundred, all of which are in the manifest.
    """

    def __init__(self, total: int, there: int, quiet: bool) -> None:
        self.total, self.there, self.quiet = total, there, quiet
        self.painted, self.failed = 0, 0
        self.failures: list[str] = []

    def __call__(self, result: Result) -> None:
        """Take one more."""
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
        """How many results there were."""
        return self.painted + self.failed

    def done(self, result: Result) -> None:
        """A picture is there."""
        if not self.quiet:
            print(f"{self.ended}/{self.total} {result.output}: {result.seconds:.1f} seconds", flush=True)

    def warn(self, line: str) -> None:
        """A picture has failed."""
        print(f"neuralart: {escaped(line)}", file=sys.stderr, flush=True)

    def note(self, line: str) -> None:
        """Something is to be known now."""
        print(escaped(line), file=sys.stderr, flush=True)

    def end(self, manifest: Manifest, *, stopped: bool) -> None:
        """How it went, and what failed."""
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
    """The same with a bar on a terminal."""

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
        """The bar tells."""

    def warn(self, line: str) -> None:
        """Above the bar."""
        self.progress.console.print(f"neuralart: {escaped(line)}", markup=False, highlight=False)

    def note(self, line: str) -> None:
        """Above the bar."""
        self.progress.console.print(escaped(line), markup=False, highlight=False)


@contextmanager
def tally(total: int, there: int, *, quiet: bool) -> Iterator[Tally]:
    """What suits the place that it is shown in."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal or console.is_dumb_terminal:
        yield Tally(total, there, quiet)
        return
    bar = Bar(total, there, console)
    with bar.progress:
        yield bar
