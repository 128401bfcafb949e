"""Jobs and their results. Imports no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from neuralart.facts import Bears, Text
from neuralart.first import first_of
from neuralart.options import Options, declared, from_mapping
from neuralart.presets import unfolded
from neuralart.together import is_none

DONE, FAILED, THERE = "done", "failed", "there"  # the states of a result


class Job(NamedTuple):
    """A picture to paint.

    Attributes:
        number: Its place in the list, from 1.
        line: Its line in the list's file; 0 if there is none.
        values: Its own options, as plain data. They always include `output`.
        common: The options of all jobs, which its own override. All jobs share this one object.
        priority: Jobs with higher ones are painted first.
    """

    number: int
    line: int
    values: Mapping[str, Any]
    common: Mapping[str, Any]
    priority: float = 0.0

    @property
    def output(self) -> str:
        """The picture's file, from the job's own options."""
        return str(self.values["output"])

    @property
    def options(self) -> Options:
        """All options of the job."""
        return from_mapping(together(self.common, self.values))

    @property
    def name(self) -> str:
        """What messages call the job."""
        return f"line {self.line}" if self.line else f"job {self.number}"


@dataclass(frozen=True)
class Result:
    """The result of a job.

    Attributes:
        job: What was to be painted.
        state: "done": painted just now. "there": painted earlier, and nothing has changed since. "failed": see `error`.
        seconds: How long it took.
        error: Why there is no picture, in one line; None if there is one.
    """

    job: Job
    state: str
    seconds: float = 0.0
    error: str | None = None

    @property
    def output(self) -> str:
        """The picture's file."""
        return self.job.output


def together(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of all jobs, overridden by a job's own; its own preset counts among these."""
    return {**common, **unfolded(own)}


def digest_of(options: Mapping[str, Any]) -> str:
    """Return a digest of the options that determine the file. Names of inputs are left out, since their bytes count.

    options: All options, as recorded.
    """
    kept = {name: options.get(name) for name in _telling()}
    first = first_of(str(kept["init"]))
    if first.file:
        kept["init"] = str(first.renamed("a file"))
    kept["content"] = "none" if is_none(options.get("content")) else None
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _telling() -> list[str]:
    """Return the options that change the file: those of the picture, its finish and its encoding."""
    return [
        name
        for name, (facts, _) in declared().items()
        if facts.text not in (Text.INPUT, Text.OUTPUT)
        and (facts.is_replayed or (facts.is_batched and facts.bears is Bears.FILE))
    ]
