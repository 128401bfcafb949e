"""The run as JSON lines, one per iteration, for those who plot and compare."""

from __future__ import annotations

import json
import os
from types import TracebackType
from typing import Any

from neuralart.errors import OptionError
from neuralart.run.step import Step


class Log:
    """A file that is opened at once, so that an unwritable one is found out before the work, and flushed every line."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        try:
            self.file = open(path, "w", encoding="utf-8")  # noqa: SIM115, PTH123  (closed by __exit__)
        except OSError as error:
            raise OptionError(f"--log '{path}' cannot be written: {error.strerror or error}") from None

    def __call__(self, step: Step) -> None:
        if step.iteration:
            print(json.dumps(line(step), allow_nan=False), file=self.file, flush=True)

    def __enter__(self) -> Log:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.file.close()


def line(step: Step) -> dict[str, Any]:
    """A step as plain data. size: [width, height] in pixels; seconds since the run began; peak_memory in bytes."""
    found: dict[str, Any] = {
        "iteration": step.iteration,
        "evaluations": step.evaluations,
        "scale": step.scale,
        "size": list(step.size),
        "total": step.total,
        "terms": step.terms,
        "seconds": round(step.seconds, 4),
        "peak_memory": step.peak_memory,
    }
    return found | ({"notes": list(step.notes)} if step.notes else {})
