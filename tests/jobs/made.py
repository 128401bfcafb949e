"""Jobs, and an engine that paints nothing: it writes the output's name into it, or fails as it is told to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from neuralart.jobs.check import Checker
from neuralart.jobs.engine import Made, Outcome, Task, Tasks
from neuralart.jobs.job import Job
from neuralart.jobs.manifest import Manifest
from neuralart.jobs.plan import read_by, seen
from neuralart.jobs.run import Batch
from neuralart.jobs.table import Row
from neuralart.weights.digest import sha256


def jobs(rows: Iterable[dict[str, Any]], **common: Any) -> list[Job]:
    """The jobs of these rows."""
    return Checker(common, "the list").checked(Row(0, row) for row in rows)


def inputs() -> None:
    """photo.png and style.png in the working directory; no pictures, for nobody paints them."""
    for name in ("photo.png", "style.png"):
        Path(name).write_bytes(name.encode())


def some(count: int, **more: Any) -> list[Job]:
    """So many jobs of one photograph and style."""
    common = {"content": "photo.png", "style": "style.png", **more}
    return jobs(({"output": f"out/{k}.png"} for k in range(count)), **common)


class Fake:
    """An engine that has ended a task as soon as it has taken two more.

    Attributes:
        begun: The outputs of all tasks, in order.
        fails: Why a job fails, or None.
    """

    def __init__(self, fails: Callable[[Job], str | None] = lambda job: None) -> None:
        self.begun: list[str] = []
        self.fails = fails

    def __enter__(self) -> Fake:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def run(self, tasks: Tasks, stops: Callable[[], bool]) -> Iterator[Outcome]:
        under_way: list[Task] = []
        is_over = False
        while True:
            while len(under_way) < 2 and not is_over and not stops():
                try:
                    task = next(tasks)
                except StopIteration:
                    is_over = True
                    break
                if task is None:
                    break
                self.begun.append(task.job.output)
                under_way.append(task)
            if not under_way and (is_over or stops()):
                return
            if not under_way:
                time.sleep(0.001)
                continue
            yield self.outcome(under_way.pop(0).job)

    def outcome(self, job: Job) -> Outcome:
        if why := self.fails(job):
            return Outcome(job, 0.5, error=why)
        place = Path(job.output)
        place.parent.mkdir(exist_ok=True)
        place.write_text(job.output)
        read = tuple(seen(name, path, sha256(Path(path))) for name, path in read_by(job.options))
        return Outcome(job, 1.5, Made(sha256(place), (4, 3), read, {"name": "none"}, "here"))


def batch(listed: list[Job], **settings: Any) -> Batch:
    """As the command makes it, with a manifest in the working directory."""
    return Batch(listed, Manifest(Path("batch.manifest.jsonl")), **settings)
