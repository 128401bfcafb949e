"""Turns rows into jobs; the whole list is checked before anything is painted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from neuralart.errors import JobsError, NeuralartError, OptionError, suggest
from neuralart.facts import Text
from neuralart.image.paintings import resolved
from neuralart.image.place import named_format
from neuralart.image.source import absent, quoted
from neuralart.image.write import FORMATS
from neuralart.jobs.fields import expanded
from neuralart.jobs.job import Job, together
from neuralart.jobs.table import BadRow, Row
from neuralart.options import declared, files, flag, from_mapping, spelt
from neuralart.together import STREAM, is_none

PRIORITY = "priority"  # the only column that is not an option
TOLD = 100  # most bad rows that a message lists
WIDEST = 400  # characters that it shows of each; a list may hold anything
OF_EACH = ("content", "style", "output")  # these usually differ from row to row; the others rarely do


class Checker:
    """Checks rows and turns them into jobs."""

    def __init__(self, common: Mapping[str, Any], name: str) -> None:
        """Create a checker; common: the options of all jobs. name: what messages call the list."""
        self.common, self.name = plain(taken(common)), name
        self.jobs: list[Job] = []
        self.mistakes: list[str] = []
        self._kinds: dict[str, dict[str, Any]] = {}
        self._input = lru_cache(maxsize=4096)(self._place)
        self._missing, self._folder = lru_cache(maxsize=4096)(missing), lru_cache(maxsize=1024)(os.path.realpath)
        self._outputs: dict[int, int] = {}
        self._inputs: set[int] = set()

    def checked(self, rows: Iterable[Row | BadRow]) -> list[Job]:
        """Return the jobs. Raises JobsError with a line for every bad row."""
        count = 0
        for count, row in enumerate(rows, 1):
            try:
                if isinstance(row, BadRow):
                    raise OptionError(row.reason)
                self._add(row, count)
            except NeuralartError as error:
                self.mistakes.append(f"{f'line {row.line}' if row.line else f'job {count}'}: {error}")
        for job in self.jobs:
            if self._place(job.output) in self._inputs:
                self.mistakes.append(f"{job.name}: --output '{job.output}' would overwrite an input; give another name")
        if self.mistakes:
            raise JobsError(
                listed(f"{self.name}: {len(self.mistakes):,} of {count:,} jobs cannot be painted", self.mistakes)
            )
        if not count:
            raise JobsError(f"{self.name} has no jobs")
        return self.jobs

    def _add(self, row: Row, number: int) -> None:
        values = taken(row.values, also=(PRIORITY,))
        priority = _priority(values.pop(PRIORITY, 0))
        values["output"] = self._output(values, number, row.folder)
        job = Job(number, row.line, self._plain(values), self.common, priority)
        for name in self._files(job):
            self._inputs.add(self._input(name))
            if reason := self._missing(name):
                raise OptionError(reason)
        place = self._place(job.output)
        if (other := self._outputs.setdefault(place, len(self.jobs))) != len(self.jobs):
            raise OptionError(f"--output is '{job.output}', and so is that of {self.jobs[other].name}; give two names")
        self.jobs.append(job)

    def _output(self, values: Mapping[str, Any], number: int, folder: str) -> str:
        given = values.get("output", self.common.get("output"))
        if given is None:
            raise OptionError(
                "--output is missing; give every job one, or all of them --output '{content}-{style}.png'"
            )
        template = os.fspath(given) if isinstance(given, str | os.PathLike) else given
        if not isinstance(template, str) or not template:
            raise OptionError(f"--output is {given!r}; it must be a path")
        is_field = "{" in template or "}" in template
        return os.path.normpath(expanded(template, {**self.common, **values}, number, folder) if is_field else template)

    def _plain(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Check the values and return them as plain data. Rows that differ only in their files are checked once."""
        own = {**self.common, **{name: values[name] for name in OF_EACH if name in values}}
        content, style, output = (own.get(name) for name in OF_EACH)
        styles = [style] if isinstance(style, str) else style
        is_simple = isinstance(content, str) and isinstance(styles, list | tuple) and len(content) > 0
        if not (is_simple and styles and all(isinstance(one, str) and one for one in styles)):
            return self._fully(values)
        others = {name: value for name, value in values.items() if name not in OF_EACH}
        streams = STREAM in (content, *styles, output)
        kind = repr((sorted(others.items()), is_none(content), len(styles), Path(str(output)).suffix, streams))
        if kind not in self._kinds:
            self._kinds[kind] = self._fully(values)
        result = {**self._kinds[kind], "output": output}
        for name in ("content", "style"):
            if name in values:
                result[name] = content if name == "content" else styles[0] if len(styles) == 1 else list(styles)
        return result

    def _fully(self, values: Mapping[str, Any]) -> dict[str, Any]:
        options = from_mapping(together(self.common, values))
        for name in ("content", "style"):
            if getattr(options, name) is None:
                raise OptionError(f"{flag(name)} is missing")
        if STREAM in (options.content, options.output, *(options.style or ())):
            raise OptionError("'-' is one stream, and a list has many pictures; give the names of files")
        assert options.output
        suffix = f".{options.format}" if options.format else Path(options.output).suffix
        named_format(suffix, FORMATS, quoted(options.output))
        record = options.record()
        return {name: record[name] for name in values}

    def _files(self, job: Job) -> list[str]:
        """Return the files that a job reads."""
        given = {**self.common, **job.values}
        if not _reading() & given.keys() - {"content", "style"}:
            style = given["style"]
            several = [style] if isinstance(style, str) else style
            return [str(one) for one in (given["content"], *several) if not is_none(one)]
        return [str(resolved(name) if option == "style" else name) for option, name in files(job.options, Text.INPUT)]

    def _place(self, name: str) -> int:
        """Return a number that is the same for all names of a file; links are followed."""
        if "\0" in name:
            raise OptionError(f"{quoted(name)} holds a null character, which no file's name can; give another name")
        folder, last = os.path.split(name)
        whole = os.path.join(self._folder(folder), last)  # noqa: PTH118
        return hash(os.path.normcase(os.path.realpath(whole) if os.path.islink(whole) else whole))  # noqa: PTH114


def taken(values: Mapping[str, Any], also: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the options of a list of jobs under their full names, without empty ones.

    also: Other names to accept.

    Raises:
        OptionError: If there is no such option, if it is given twice, or if it belongs to a single picture.
    """
    known, result = declared(), {}
    for given, value in values.items():
        name = str(given).strip().replace("-", "_")
        facts = known[name][0] if name in known else next((f for f, _ in known.values() if f.alias == name), None)
        if name not in also and facts is None:
            raise OptionError(f"there is no option '{given}'{suggest(name, (*known, *also))}")
        if facts is not None and not facts.is_batched:
            raise OptionError(f"{flag(name)} belongs to a single picture, and a list has many; leave it out")
        if name in result:
            raise OptionError(f"{flag(name)} is given twice; give it once")
        if value is not None:
            result[name] = value
    return spelt(result)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Check the options of all jobs and return them as plain data. Raises OptionError."""
    record = from_mapping(values).record()
    return {name: record[name] for name in values}


def listed(head: str, lines: list[str]) -> str:
    """Return a message with a line for every mistake, up to a hundred."""
    more = [f"and {len(lines) - TOLD:,} more"] if len(lines) > TOLD else []
    told = [line if len(line) <= WIDEST else f"{line[:WIDEST]}..." for line in lines[:TOLD]]
    return "\n  ".join([f"{head}, so nothing is painted:", *told, *more])


def missing(name: str) -> str | None:
    """Return why an input, which may be the name of a bundled painting, cannot be read; None if it is there."""
    try:
        return absent(resolved(name))
    except NeuralartError as error:
        return str(error)


@lru_cache(maxsize=1)
def _reading() -> frozenset[str]:
    """Return the options that may name files to read."""
    return frozenset(name for name, (facts, _) in declared().items() if facts.text in (Text.INPUT, Text.FIRST))


def _priority(value: Any) -> float:
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        result = float("nan")
    if isinstance(value, bool) or result != result:
        raise OptionError(f"'{PRIORITY}' is '{value}'; it must be a number, and the highest is painted first")
    return result
