"""The manifest: a file of JSON lines, only ever added to, that says what became of every job. Imports no torch.

A line that a kill or a full disk cut off is skipped, and the next one starts on a new line. A picture whose line was
lost is recognised by the record inside it, see `neuralart.jobs.plan`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import filelock

from neuralart.errors import JobsError
from neuralart.jobs.job import DONE, FAILED
from neuralart.version import VERSION

log = logging.getLogger(__name__)

PATIENCE = 60.0  # seconds that another process may take to write a line
BEGINNING = b'{"output": '  # of every line
ENOUGH = 2**20  # bytes in which a manifest has a line


class Input(NamedTuple):
    """A file that a picture was made from: the option that named it, and what it held."""

    option: str
    path: str
    sha256: str
    bytes: int
    mtime_ns: int


class Entry(NamedTuple):
    """The last line about an output.

    Attributes:
        state: "done" or "failed".
        key: The digest of the options, see `job.digest_of`.
        sha256: The digest of the picture's file; None if painting failed.
        inputs: The files that were read.
        seconds: How long painting took.
    """

    state: str
    key: str
    sha256: str | None
    inputs: tuple[Input, ...]
    seconds: float


class Manifest:
    """A manifest file, and the last entry of every output.

    Attributes:
        path: The file.
        entries: The last entries, by the output's name.
        is_alone: Whether no other process may write to it now.
        failure: Why a line could not be written; empty if all of them could.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.entries, self.failure = path, dict[str, Entry](), ""
        self._read, self._lock = 0, filelock.FileLock(f"{path}.lock")
        self.is_alone = False
        self._file: BinaryIO | None = None  # kept open while no other process may write

    @contextmanager
    def held(self, *, alone: bool) -> Iterator[None]:
        """Let this process add lines, and if `alone` no other.

        Raises:
            JobsError: If another process is at work alone, or the file is something else than a manifest.
        """
        if not self._is_ours():
            raise JobsError(f"'{self.path}' exists and is no manifest, so it stays as it is; give another --manifest")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0 if alone else PATIENCE)
        except filelock.Timeout:
            raise JobsError(
                f"another process works on '{self.path}'; let it end, or start all of them with --engine folder"
            ) from None
        except (OSError, NotImplementedError) as error:
            reason = getattr(error, "strerror", None) or error
            raise JobsError(f"cannot write '{self.path}': {reason}; give another --manifest") from None
        if not alone:
            self._lock.release()
        self.is_alone = alone
        try:
            yield
        finally:
            self.is_alone = False
            if self._file:
                with suppress(OSError):  # reported already
                    self._file.close()
                self._file = None
            self._lock.release()

    def refresh(self) -> list[str]:
        """Read the lines added since the last call; return their outputs. Raises JobsError."""
        found: list[str] = []
        try:
            with self.path.open("rb") as file:
                file.seek(self._read)
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    self._read += len(line)
                    found += self._take(line)
        except FileNotFoundError:
            return found
        except OSError as error:
            raise JobsError(f"cannot read '{self.path}': {error.strerror or error}; give another --manifest") from None
        return found

    def add(self, output: str, entry: Entry, **more: Any) -> None:
        """Add a line. If that fails, `failure` says why, and painting goes on."""
        self.entries[output] = entry
        told = {"output": output, "state": entry.state, "sha256": entry.sha256, "seconds": entry.seconds, **more}
        told |= {"key": entry.key, "inputs": [one._asdict() for one in entry.inputs]}
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        line = json.dumps({**told, "time": now, "program": f"neuralart {VERSION}"}).encode() + b"\n"
        try:
            if self.is_alone:
                self._file = self._file or self._opened()
                self._file.write(line)
                self._file.flush()
            else:
                with self._lock.acquire(timeout=PATIENCE), self._opened() as file:
                    file.write(line)
        except (OSError, filelock.Timeout) as error:
            self.failure = getattr(error, "strerror", None) or str(error)

    def _is_ours(self) -> bool:
        """Whether the file is a manifest, or not there. Its only line may be cut off."""
        try:
            with self.path.open("rb") as file:
                lines = [line for line in file.read(ENOUGH).split(b"\n") if line.strip()]
        except OSError:
            return True  # whoever writes there tells what is wrong
        return not lines or any(map(_is_line, lines))

    def _opened(self) -> BinaryIO:
        """Open the file at the beginning of a line."""
        file = self.path.open("ab+")
        if (end := file.seek(0, 2)) and (file.seek(end - 1), file.read(1))[1] != b"\n":
            file.write(b"\n")
        return file

    def _take(self, line: bytes) -> list[str]:
        try:
            output, entry = read(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            if line.strip():
                log.info("%s: a line that is none of ours is passed over", self.path)
            return []
        self.entries[output] = entry
        return [output]


def _is_line(line: bytes) -> bool:
    """Whether this is a line of a manifest, or one that was cut off."""
    try:
        read(json.loads(line))
    except ValueError:
        return line.startswith(BEGINNING) or BEGINNING.startswith(line)
    except (TypeError, KeyError, AttributeError, RecursionError):
        return False
    return True


def read(told: Mapping[str, Any]) -> tuple[str, Entry]:
    """Return a line's output and entry. Raises ValueError, TypeError or KeyError if it is not one of ours."""
    output, state, key, sha256 = told["output"], told["state"], told["key"], told["sha256"]
    inputs = tuple(
        Input(_text(one["option"]), _text(one["path"]), _text(one["sha256"]), int(one["bytes"]), int(one["mtime_ns"]))
        for one in told["inputs"]
    )
    if state not in (DONE, FAILED) or (sha256 is None) != (state == FAILED):
        raise ValueError(state)
    return _text(output), Entry(state, _text(key), sha256 and _text(sha256), inputs, float(told["seconds"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
