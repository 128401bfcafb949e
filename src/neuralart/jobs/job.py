"""What is to be painted, and what came of it. Imports no torch."""

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
    """One picture that is to be painted.

    Attributes:
        number: Its place in the list, from 1.
        line: Of the file that it comes from; 0 where there is none.
        values: The options of its own, as plain data. Among them is always `output`.
        common: The options of all jobs, which its own go before. One object, which all of them share.
        priority: The higher it is, the sooner it is painted.
    """

    number: int
    line: int
    values: Mapping[str, Any]
    common: Mapping[str, Any]
    priority: float = 0.0

    @property
    def output(self) -> str:
        """The file that the picture goes to."""
        return str(self.values["output"])

    @property
    def options(self) -> Options:
        """Everything that is asked for."""
        return from_mapping(together(self.common, self.values))

    @property
    def name(self) -> str:
        """How messages call it."""
        return f"line {self.line}" if self.line else f"job {self.number}"


@dataclass(frozen=True)
class Result:
    """What came of a job.

    Attributes:
        job: What was asked for.
        state: "done": painted just now. "there": painted earlier, and nothing has changed since. "failed": see `error`.
        seconds: How long it took.
        error: Why there is no picture, in one line; None where there is one.
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
    """The options of all jobs, and in their place those of one; a preset of its own counts as its own options."""
    return {**common, **unfolded(own)}


def digest_of(options: Mapping[str, Any]) -> str:
    """A digest of all options that say what the file holds; inputs are left out, whose bytes count and not their names.

    options: all of them, as they are recorded.
    """
    kept = {name: options.get(name) for name in _telling()}
    first = first_of(str(kept["init"]))
    if first.file:
        kept["init"] = str(first.renamed("a file"))
    kept["content"] = "none" if is_none(options.get("content")) else None
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _telling() -> list[str]:
    """Options that make another file where they change: of the picture and its finish, and how it is encoded."""
    return [
        name
        for name, (facts, _) in declared().items()
        if facts.text not in (Text.INPUT, Text.OUTPUT)
        and (facts.is_replayed or (facts.is_batched and facts.bears is Bears.FILE))
    ]
