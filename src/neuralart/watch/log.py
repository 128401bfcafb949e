"""Writes the run as JSON lines, one per iteration, for plots and comparisons."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from neuralart.errors import OptionError
from neuralart.run.step import Step


class Log:
    """A file that begins empty and is flushed after every line."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path
        try:
            self.file = open(path, "w", encoding="utf-8")  # noqa: SIM115, PTH123  (closed by __exit__)
        except OSError as error:
            raise _unwritable(path, error) from None

    @staticmethod
    def check(path: str | os.PathLike[str]) -> None:
        """Raise OptionError if the file cannot be written; an existing file is not changed."""
        missing = not os.path.lexists(path)
        try:
            Path(path).open("a").close()
            if missing:
                Path(path).unlink()
        except OSError as error:
            raise _unwritable(path, error) from None

    def needs(self, step: Step) -> bool:
        """Return False: it only reads numbers."""
        return False

    def __call__(self, step: Step) -> None:
        if step.iteration:
            try:
                print(json.dumps(line(step), allow_nan=False), file=self.file, flush=True)
            except OSError as error:
                raise _unwritable(self.path, error) from None

    def __enter__(self) -> Log:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with suppress(OSError):  # a full disk has been reported already, by the line that did not fit
            self.file.close()


def _unwritable(path: str | os.PathLike[str], error: OSError) -> OptionError:
    return OptionError(f"--log '{path}' cannot be written ({error.strerror or error}); give another file")


def line(step: Step) -> dict[str, Any]:
    """Return a step as plain data: size [width, height] in pixels, seconds since the start, peak_memory in bytes."""
    result: dict[str, Any] = {
        "iteration": step.iteration,
        "evaluations": step.evaluations,
        "scale": step.scale,
        "size": list(step.size),
        "total": step.total,
        "terms": step.terms,
        "seconds": round(step.seconds, 4),
        "peak_memory": step.peak_memory,
    }
    return result | ({"notes": list(step.notes)} if step.notes else {})
