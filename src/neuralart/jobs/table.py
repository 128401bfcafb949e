"""Reads lists of jobs from CSV, JSON Lines and TOML files. Imports no torch."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from neuralart.errors import JobsError, OptionError, counted, suggest
from neuralart.image.source import cannot_read
from neuralart.options import declared

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SUFFIXES = (".csv", ".jsonl", ".toml")
LARGEST = 2**30  # bytes
LARGEST_TOML = 2**24  # bytes; all of a TOML file is in memory at once, several times over
LONGEST = 2**20  # characters of a line
SWITCHES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
SEVERAL = ";"  # separates the values of one cell
HEADER = re.compile(r"^\s*\[\[\s*(?:jobs|\"jobs\"|'jobs')\s*\]\]", re.MULTILINE)


class Row(NamedTuple):
    """A job as written in the list: the number of its line, and its options under the names used there.

    folder: The content's folder, relative to the one that its pattern starts from.
    """

    line: int
    values: Mapping[str, Any]
    folder: str = ""


class BadRow(NamedTuple):
    """A row that cannot be read, and why."""

    line: int
    reason: str


def rows(path: Path) -> Iterator[Row | BadRow]:
    """Yield the rows of a list, in order.

    The first line of a CSV file names the options, and ';' separates several values in a cell. JSON Lines have one
    object per line. TOML has tables [[jobs]].

    Raises:
        JobsError: If the file is not a list of jobs, or cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        near = suggest(suffix, SUFFIXES) if suffix else ""
        raise JobsError(f"'{path}' is no list of jobs by its name{near or ';'} give a {', '.join(SUFFIXES)} file")
    try:
        size = path.stat().st_size
        most = LARGEST_TOML if suffix == ".toml" else LARGEST
        if not path.is_file():
            raise JobsError(f"cannot read '{path}': it is not a file")
        if size > most:
            raise JobsError(f"cannot read '{path}': it has {size:,} bytes, more than the {most:,} that are taken")
        yield from {".csv": _csv, ".jsonl": _json_lines, ".toml": _toml}[suffix](path)
    except (OSError, ValueError) as error:
        raise JobsError(_refusal(path, error)) from None


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file. Raises ValueError if one is longer than any job."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        while line := file.readline(LONGEST):
            if len(line) == LONGEST:
                raise ValueError(f"it has a line of more than {LONGEST:,} characters")
            yield line


def _csv(path: Path) -> Iterator[Row | BadRow]:
    reader = csv.reader(_lines(path), strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        if not any(names):
            raise JobsError(f"'{path}' is empty; its first line names the columns: content,style,output")
        if len(names) == 1 and (mark := next((one for one in ";\t" if one in names[0]), "")):
            what = "semicolons" if mark == ";" else "tabs"
            raise JobsError(f"'{path}' has {what} between its columns, as some programs write CSV; save it with commas")
        if twice := next((name for k, name in enumerate(names) if name and name in names[:k]), None):
            raise JobsError(f"'{path}' has two columns '{twice}'; leave one out")
        last = reader.line_num
        for cells in reader:
            # A row may span several lines; it has the number of the first.
            line, last = last + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(names) or any(cell.strip() and not name for name, cell in zip(names, cells)):
                named = counted(sum(map(bool, names)), "column")
                yield BadRow(line, f"it has {counted(len(cells), 'cell')}, and the first line names {named}")
                continue
            try:
                yield Row(line, {name: _cell(name, cell) for name, cell in zip(names, cells) if cell.strip()})
            except OptionError as error:
                yield BadRow(line, str(error))
    except csv.Error as error:
        raise JobsError(f"cannot read '{path}': line {reader.line_num} is no CSV ({error})") from None


def _cell(name: str, text: str) -> Any:
    """Return a cell's value for its option: yes or no for a switch; ';' separates several values."""
    facts = declared().get(name.replace("-", "_"), (None,))[0]
    text = text.strip()
    if facts is None:
        return text
    if facts.kind is bool:
        if text.lower() not in SWITCHES:
            raise OptionError(f"--{name.replace('_', '-')} is '{text}'; it must be yes or no")
        return SWITCHES[text.lower()]
    if facts.many and SEVERAL in text:
        return [part.strip() for part in text.split(SEVERAL)]
    return text


def _json_lines(path: Path) -> Iterator[Row | BadRow]:
    for line, text in enumerate(_lines(path), 1):
        if not text.strip():
            continue
        try:
            found = json.loads(text, object_pairs_hook=_once)
        except ValueError as error:
            yield BadRow(line, f"it is no JSON ({error})")
        except RecursionError:
            yield BadRow(line, "it is no JSON that can be read (nested too deeply)")
        else:
            yield Row(line, found) if isinstance(found, dict) else BadRow(line, "it is no JSON object: {...}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object as a dict. Raises ValueError if it has a name twice."""
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"it has {next(name for name in names if names.count(name) > 1)!r} twice")
    return result


def _toml(path: Path) -> Iterator[Row | BadRow]:
    text = path.read_text(encoding="utf-8-sig")
    try:
        found = tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    jobs = found.pop("jobs", None)
    if not isinstance(jobs, list) or not all(isinstance(one, dict) for one in jobs):
        raise JobsError(f"'{path}' has no tables [[jobs]]; write one for every picture")
    lines = [text.count("\n", 0, match.end()) + 1 for match in HEADER.finditer(text)]
    for number, job in enumerate(jobs):
        # Options above the tables apply to all jobs.
        yield Row(lines[number] if len(lines) == len(jobs) else 0, found | job)


def _refusal(path: Path, error: OSError | ValueError) -> str:
    """Return the message about a list that cannot be read."""
    if isinstance(error, OSError):
        return cannot_read(path, error)
    if isinstance(error, UnicodeDecodeError):
        reason = "it is no text in UTF-8; save it so"
    elif isinstance(error, tomllib.TOMLDecodeError):
        reason = f"it is no TOML: {_first_line(error)}; correct it there, and put text in quotation marks"
    else:
        reason = _first_line(error)
    return f"cannot read '{path}': {reason}"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
