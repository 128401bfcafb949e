"""What an engine is: something that paints tasks, somewhere, in whatever order they end. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Protocol

from neuralart.jobs.job import Job
from neuralart.jobs.manifest import Input


class Task(NamedTuple):
    """A job that is to be painted now.

    Attributes:
        job: What is asked for.
        download: Whether weights may be fetched.
    """

    job: Job
    download: bool = False


class Made(NamedTuple):
    """A picture that was written.

    Attributes:
        sha256: Of its file.
        size: (width, height).
        inputs: The files that were read, as they were then.
        network: What the record says of the network.
        host: Where it was painted.
    """

    sha256: str
    size: tuple[int, int]
    inputs: tuple[Input, ...]
    network: Mapping[str, Any]
    host: str


class Outcome(NamedTuple):
    """What came of a task: a picture, or an error in one line.

    elsewhere: whether that is another process's outcome, which has been written down already; then no picture is told.
    """

    job: Job
    seconds: float
    made: Made | None = None
    error: str | None = None
    elsewhere: bool = False


Tasks = Iterator[Task | None]
"""Tasks as they are wanted; None where there is none at the moment, and there may be one later."""


class Engine(Protocol):
    """Where tasks are painted. Entered before the first, and left after the last, or at once by an exception."""

    def run(self, tasks: Tasks, stops: Callable[[], bool]) -> Iterator[Outcome]:
        """Paint all of them, asking for the next when there is somebody to paint it.

        Args:
            tasks: What to paint.
            stops: Whether no further task is to be begun. Those under way are painted to their end.
        """
        ...

    def __enter__(self) -> Engine: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...


def to_plain(made: Made) -> dict[str, Any]:
    """As JSON takes it."""
    return {**made._asdict(), "inputs": [one._asdict() for one in made.inputs]}


def from_plain(told: Mapping[str, Any]) -> Made:
    """The same back."""
    width, height = told["size"]
    inputs = tuple(Input(**one) for one in told["inputs"])
    return Made(told["sha256"], (width, height), inputs, told["network"], told["host"])
