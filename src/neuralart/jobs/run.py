"""Many pictures from Python: takes a list of jobs and yields results as they end."""

from __future__ import annotations

import os
import platform
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuralart.errors import JobsError
from neuralart.jobs.check import Checker
from neuralart.jobs.engine import Engine, Outcome, Task
from neuralart.jobs.job import DONE, FAILED, THERE, Job, Result, together
from neuralart.jobs.manifest import Entry, Manifest
from neuralart.jobs.plan import Keys, Plan, plan
from neuralart.jobs.processes import on_this_machine
from neuralart.jobs.table import Row, rows

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from neuralart.keywords import Keywords


@dataclass
class Batch:
    """Checked jobs, and how to paint them.

    Attributes:
        jobs: All jobs.
        manifest: What became of each.
        retry: How often to try a failed job again.
        limit: The most jobs to paint; None for all.
        keeps_going: Whether to paint the others after one has failed.
        download: Whether weights may be fetched.
        stops: Whether to begin no further picture.
    """

    jobs: list[Job]
    manifest: Manifest
    retry: int = 0
    limit: int | None = None
    keeps_going: bool = True
    download: bool = False
    stops: Callable[[], bool] = lambda: False
    _again: deque[Job] = field(default_factory=deque)
    _tries: dict[int, int] = field(default_factory=dict)
    _open: int = 0
    _has_failed: bool = False

    def planned(self) -> Plan:
        """Return what to paint. Raises JobsError, see `neuralart.jobs.plan.plan`, and if a picture is the manifest."""
        own = self.manifest.path
        for job in self.jobs:
            # Most names differ, and to look a file up takes longer than to compare them.
            if job.output.endswith(own.name) and Path(job.output).resolve() == own.resolve():
                raise JobsError(f"{job.name}: --output and --manifest are both '{own}'; give two names")
        self.manifest.refresh()
        result = plan(self.jobs, self.manifest)
        result.todo = result.todo[: self.limit]
        return result

    def painted(self, todo: Iterable[Job], engine: Engine) -> Iterator[Result]:
        """Paint these jobs and yield results as they end. The caller enters and leaves the engine."""
        keys = Keys()
        outcomes = engine.run(
            self._tasks(iter(todo)), lambda: self.stops() or (self._has_failed and not self.keeps_going)
        )
        for outcome in outcomes:
            self._open -= 1
            result = self._kept(outcome, keys)
            if result:
                yield result

    def _tasks(self, todo: Iterator[Job]) -> Iterator[Task | None]:
        while True:
            job = self._again.popleft() if self._again else next(todo, None)
            if job is not None:
                self._open += 1
                yield Task(job, self.download)
            elif self._open and self.retry:
                yield None  # a job under way may fail and be tried again
            else:
                return

    def _kept(self, outcome: Outcome, keys: Keys) -> Result | None:
        """Write the result into the manifest and return it; None if the job will be tried again."""
        job, made = outcome.job, outcome.made
        if outcome.elsewhere:
            return Result(job, FAILED if outcome.error else THERE, error=outcome.error)
        if made is None:
            tries = self._tries[job.number] = self._tries.get(job.number, 0) + 1
            if tries <= self.retry:
                self._again.append(job)
                return None
            self._has_failed = True
        self._tries.pop(job.number, None)
        entry = Entry(
            DONE if made else FAILED,
            keys.of(job),
            made.sha256 if made else None,
            made.inputs if made else (),
            round(outcome.seconds, 3),
        )
        more = {"size": made.size, "network": made.network} if made else {}
        host = made.host if made else platform.node()
        options = together(job.common, job.values)
        self.manifest.add(job.output, entry, line=job.line, options=options, error=outcome.error, host=host, **more)
        return Result(job, entry.state, outcome.seconds, outcome.error)


def batch(
    jobs: str | os.PathLike[str] | Iterable[Mapping[str, Any]],
    *,
    style: str | Sequence[str] | None = None,
    output: str | None = None,
    manifest: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    retry: int = 0,
    limit: int | None = None,
    keep_going: bool = True,
    overwrite: bool = False,
    download: bool = False,
    **keywords: Unpack[Keywords],
) -> Iterator[Result]:
    """Paint many pictures in processes of their own, as many at once as the machine allows.

    The whole list is checked before anything is painted. A second call paints only what is missing or has changed.

    Args:
        jobs: The name of a list (.csv, .jsonl or .toml), or dicts. Each job has the options of one picture by name:
            content, style, output, size, seed and so on; jobs with a higher `priority` are painted first.
        style: The style of all jobs that name none.
        output: The output name of all jobs that give none, with fields: "out/{content}-{style}.png".
        manifest: The file that says what became of each job; by default the list's name with .manifest.jsonl added,
            or for dicts batch.manifest.jsonl beside the first picture.
        workers: How many pictures to paint at once; by default one for every GPU, or as many as cores and memory
            allow.
        retry: How often to try a failed picture again.
        limit: The most pictures to paint.
        keep_going: Whether to paint the others after one has failed.
        overwrite: Whether pictures may replace files that this list did not make.
        download: Whether weights may be fetched, as for `stylize`.
        **keywords: Options of all jobs; a job's own override them.

    Returns:
        A `Result` for every job, first those whose pictures are there already, then the others as they end. To stop,
        stop reading.

    Raises:
        JobsError: If the list cannot be painted as it stands, with a line for every bad job.
        OptionError: If a keyword makes no sense.
    """
    given = {"style": style, "output": output, "overwrite": overwrite or None, **keywords}
    common = {name: value for name, value in given.items() if value is not None}
    if isinstance(jobs, str | os.PathLike):
        name, found = str(jobs), rows(Path(jobs))
    else:
        name, found = "the list", (Row(0, job) for job in jobs)
    checked = Checker(common, name).checked(found)
    place = Path(manifest) if manifest else usual_place(checked, None if name == "the list" else Path(name))
    work = Batch(checked, Manifest(place), retry, limit, keep_going, download)
    return _results(work, workers)


def _results(work: Batch, workers: int | None) -> Iterator[Result]:
    with work.manifest.held(alone=True):
        planned = work.planned()
        yield from (Result(job, THERE) for job in planned.there)
        if planned.todo:
            with on_this_machine(planned.todo[0].options, len(planned.todo), workers) as engine:
                yield from work.painted(planned.todo, engine)


def usual_place(jobs: Sequence[Job], path: Path | None) -> Path:
    """Return where a list's manifest usually lies: beside its file, or else beside the first picture."""
    if path:
        return path.with_name(f"{path.name}.manifest.jsonl")
    return Path(jobs[0].output).parent / "batch.manifest.jsonl"
