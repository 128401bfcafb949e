"""The interface of engines, which paint tasks somewhere and yield outcomes as they end. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Protocol

from neuralart.jobs.job import Job
from neuralart.jobs.manifest import Input

NO_RAY = '--engine ray needs Ray; install it with: pip install "neuralart[ray]"'


class Work(NamedTuple):
    """Work other than painting a job's picture, such as the frames of a film.

    Attributes:
        by: The function that does it, "package.module:name". It takes the job's options, `values`, and whether weights
            may be fetched, and returns a `Made`.
        values: What else it needs, as JSON data.
        threads: How many threads to compute with. Rounding depends on it, so the engine must not choose it.
    """

    by: str
    values: Mapping[str, Any]
    threads: int


class Task(NamedTuple):
    """A job to do now.

    Attributes:
        job: What to paint, and the file that appears when it is done.
        download: Whether weights may be fetched.
        work: What to do instead of painting the job's picture.
    """

    job: Job
    download: bool = False
    work: Work | None = None


class Made(NamedTuple):
    """A picture that was written.

    Attributes:
        sha256: The digest of its file.
        size: (width, height).
        inputs: The files that were read, as they were at the time.
        network: What the record says about the network.
        host: The machine that painted it.
    """

    sha256: str
    size: tuple[int, int]
    inputs: tuple[Input, ...]
    network: Mapping[str, Any]
    host: str


class Outcome(NamedTuple):
    """The outcome of a task: a picture, or an error in one line.

    kind: The name of the error's class in `neuralart.errors`; None if it is none of these.
    elsewhere: Whether another process had this outcome and has already recorded it; `made` is then None.
    """

    job: Job
    seconds: float
    made: Made | None = None
    error: str | None = None
    elsewhere: bool = False
    kind: str | None = None


Tasks = Iterator[Task | None]
"""Tasks on demand; None means that there is none now but may be one later."""


class Engine(Protocol):
    """Paints tasks. Enter it before the first task and leave it after the last; an exception ends it at once."""

    def run(self, tasks: Tasks, stops: Callable[[], bool]) -> Iterator[Outcome]:
        """Paint all tasks, asking for the next one only when it can be painted.

        Args:
            tasks: What to paint.
            stops: Whether to begin no further task. Those under way are finished.
        """
        ...

    def __enter__(self) -> Engine: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...


def to_plain(made: Made) -> dict[str, Any]:
    """Return it as JSON data."""
    return {**made._asdict(), "inputs": [one._asdict() for one in made.inputs]}


def from_plain(told: Mapping[str, Any]) -> Made:
    """Return what `to_plain` was given."""
    width, height = told["size"]
    inputs = tuple(Input(**one) for one in told["inputs"])
    return Made(told["sha256"], (width, height), inputs, told["network"], told["host"])
