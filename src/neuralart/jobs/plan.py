"""Decides which jobs to paint: those whose picture is missing, or for which an option or an input has changed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuralart.errors import JobsError, NeuralartError, PictureError, counted
from neuralart.facts import Text
from neuralart.image.paintings import resolved
from neuralart.image.record import read_record, styles_in
from neuralart.image.source import cannot_read
from neuralart.jobs.check import listed
from neuralart.jobs.job import DONE, Job, digest_of, together
from neuralart.jobs.manifest import Entry, Input, Manifest
from neuralart.options import Options, files
from neuralart.weights.digest import sha256

GRACE = 1.0  # seconds
ONE_BY_ONE = ("content", "output", "init", "seed")  # options in which jobs may differ and still share their targets


@dataclass
class Plan:
    """todo: The jobs to paint, in this order. there: The jobs whose pictures are there already."""

    todo: list[Job] = field(default_factory=list)
    there: list[Job] = field(default_factory=list)


def plan(jobs: Iterable[Job], manifest: Manifest) -> Plan:
    """Decide what to paint, and in which order.

    Higher priorities come first; among equals, jobs that share network, style and size follow one another.

    Raises:
        JobsError: If outputs exist that this list did not paint, with a line for each.
    """
    result, refused, keys, known = Plan(), dict[int, tuple[Job, str]](), Keys(), Files()
    for job in jobs:
        entry = manifest.entries.get(job.output)
        if (entry is None or entry.state != DONE) and not os.path.lexists(job.output):
            result.todo.append(job)
            continue
        verdict = _verdict(job, entry, manifest, keys, known)
        if verdict:
            refused[job.number] = job, verdict
            continue
        (result.there if verdict == "" else result.todo).append(job)
    if refused and not manifest.is_alone:  # another process's picture may lack its line for a moment
        time.sleep(GRACE)
        manifest.refresh()
        for job in [job for job, _ in refused.values() if is_there(job, manifest, keys, known)]:
            result.there.append(job)
            del refused[job.number]
    if refused:
        told = [f"{job.name}: {verdict}" for job, verdict in refused.values()]
        raise JobsError(listed(f"{counted(len(refused), 'output')} would overwrite other files", told))
    ranks: dict[str, int] = {}
    place = {id(job): ranks.setdefault(_group(job), len(ranks)) for job in result.todo}
    result.todo.sort(key=lambda job: (-job.priority, place[id(job)], job.number))
    return result


def is_there(job: Job, manifest: Manifest, keys: Keys, known: Files) -> bool:
    """Return whether a job's picture exists and is up to date, according to the manifest."""
    entry = manifest.entries.get(job.output)
    return entry is not None and entry.state == DONE and _exists(job) and _is_as_before(job, entry, keys, known)


class Files:
    """Compares input files with what they held before. Equal size and time mean equal content."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int, str]] = {}

    def holds(self, path: str, before: Input) -> bool:
        """Return whether the file holds what it held before. Raises OSError if it cannot be read."""
        status = Path(path).stat()
        if (status.st_size, status.st_mtime_ns) == (before.bytes, before.mtime_ns):
            return True
        return status.st_size == before.bytes and self.digest(path) == before.sha256

    def digest(self, path: str) -> str:
        """Return the SHA-256 of a file's bytes. Raises OSError."""
        status = Path(path).stat()
        seen = self._seen.get(path)
        if seen is None or seen[:2] != (status.st_size, status.st_mtime_ns):
            self._seen[path] = seen = (status.st_size, status.st_mtime_ns, sha256(Path(path)))
        return seen[2]


class Keys:
    """Digests of jobs' options, computed once for jobs that differ only in the names of their files."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, job: Job) -> str:
        """Return the digest of a job's options, see `job.digest_of`."""
        others = {name: value for name, value in job.values.items() if name not in ("content", "style", "output")}
        style = job.values.get("style")
        count = len(style) if isinstance(style, list) else 1
        kind = repr((id(job.common), sorted(others.items()), count, job.values.get("content") == "none"))
        if kind not in self._known:
            self._known[kind] = digest_of(job.options.record())
        return self._known[kind]


def _verdict(job: Job, entry: Entry | None, manifest: Manifest, keys: Keys, known: Files) -> str | None:
    """Judge an output with a line or a file: "" if it is up to date, None to paint it, else why that is refused."""
    if not _exists(job):
        return None
    if is_there(job, manifest, keys, known):
        return ""
    with suppress(OSError, NeuralartError, KeyError, TypeError, AttributeError, ValueError):  # anybody's record
        if (adopted := _adopted(job, keys, known)) is not None:
            options = together(job.common, job.values)
            manifest.add(job.output, adopted, line=job.line, options=options, error=None)
            return ""
    if job.options.overwrite:
        return None
    with suppress(OSError):
        if entry and entry.state == DONE and sha256(Path(job.output)) == entry.sha256:
            return None
    return f"'{job.output}' is there and was not painted by this list; give another name, or --overwrite"


def _exists(job: Job) -> bool:
    return os.path.lexists(job.output)


def _is_as_before(job: Job, entry: Entry, keys: Keys, known: Files) -> bool:
    """Return whether options and inputs are those of the entry."""
    if entry.key != keys.of(job):
        return False
    now = read_by(job.options)
    if [name for name, _ in now] != [one.option for one in entry.inputs]:
        return False
    try:
        return all(known.holds(path, before) for (_, path), before in zip(now, entry.inputs))
    except OSError:
        return False


def _adopted(job: Job, keys: Keys, known: Files) -> Entry | None:
    """Return the entry of a finished picture of this very job whose line was lost; None for any other picture."""
    record = read_record(job.output)
    if record is None or record.get("result", {}).get("iterations") != job.options.num_iters:
        return None
    now = read_by(job.options)
    wanted: dict[str, list[str]] = {}
    for name, path in now:
        wanted.setdefault(name, []).append(known.digest(path))
    wanted["style"] = list(dict.fromkeys(wanted["style"]))
    if digests_in(record) != wanted or digest_of(record["options"]) != keys.of(job):
        return None
    inputs = tuple(seen(name, path, known.digest(path)) for name, path in now)
    return Entry(DONE, keys.of(job), sha256(Path(job.output)), inputs, float(record["result"].get("seconds", 0)))


def read_by(options: Options) -> list[tuple[str, str]]:
    """Return (option, file) for every file that a job reads."""
    return [(name, str(resolved(file) if name == "style" else file)) for name, file in files(options, Text.INPUT)]


def seen(option: str, path: str, digest: str) -> Input:
    """Describe a file as it is now. Raises PictureError if it has vanished or cannot be looked at."""
    try:
        status = Path(path).stat()
    except OSError as error:
        raise PictureError(cannot_read(path, error)) from error
    return Input(option, path, digest, status.st_size, status.st_mtime_ns)


def digests_in(record: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the digests of a picture's inputs by option, from its record. Raises KeyError or TypeError."""
    options = record["options"]
    result = {"style": list(dict.fromkeys(style["sha256"] for style in styles_in(record)))}
    if options.get("content") != "none":
        result["content"] = [record["content"]["sha256"]]
    if "first" in record:
        result["init"] = [record["first"]["sha256"]]
    if options.get("weights"):
        result["weights"] = [record["network"]["sha256"]]
    for name, masks in record.get("masks", {}).items():
        result[name] = [one["sha256"] for one in masks if one]
    return result


def _group(job: Job) -> str:
    return repr(sorted((name, value) for name, value in job.values.items() if name not in ONE_BY_ONE))
