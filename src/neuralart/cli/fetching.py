"""A progress bar for downloads, which appears only if there is one."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn


class Bar:
    """A progress callback for downloads, bar(here, total) in bytes; shown only on a terminal, and not if quiet."""

    def __init__(self, quiet: bool = False) -> None:
        columns = [TextColumn("downloading"), BarColumn(), DownloadColumn(), TransferSpeedColumn()]
        console = Console(stderr=True)
        self.progress = Progress(*columns, console=console, disable=quiet or not console.is_terminal, transient=True)
        self.task: TaskID | None = None

    def __call__(self, here: int, total: int | None) -> None:
        if self.task is None:
            self.progress.start()
            self.task = self.progress.add_task("", total=total)
        self.progress.update(self.task, completed=here, total=total)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.task is not None:
            self.progress.stop()
