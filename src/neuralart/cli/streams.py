"""Makes standard output and standard error always writable, so that printing never costs a picture.

A terminal may be closed, a disk behind `> log.txt` full, a reader (`| head`) gone, a stream closed from the start
(`2>&-`), and a file name may contain characters that the output's encoding lacks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO


class Stream:
    """A text stream that never raises. Characters that its encoding lacks are written escaped.

    Once a write fails, all further text is dropped.

    Attributes:
        stream: The underlying stream.
        failure: Why a write failed; empty if none did. A reader that went away does not count as a failure.
        is_open: Whether text is still written.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.failure = stream, ""
        self.is_open = True

    def write(self, text: str) -> int:
        """Write text, like any text stream."""
        if self.is_open:
            try:
                self._say(text)
            except (OSError, ValueError) as error:
                self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """Flush, like any text stream."""
        if self.is_open:
            try:
                self.stream.flush()
            except (OSError, ValueError) as error:
                self._give_up(error)

    def writelines(self, lines: Any) -> None:
        """Write lines, like any text stream."""
        self.write("".join(lines))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def _say(self, text: str) -> None:
        try:
            self.stream.write(text)
        except UnicodeEncodeError:
            encoding = self.stream.encoding or "ascii"
            self.stream.write(text.encode(encoding, "backslashreplace").decode(encoding))

    def _give_up(self, error: Exception) -> None:
        self.is_open = False
        if not isinstance(error, BrokenPipeError):
            self.failure = getattr(error, "strerror", None) or str(error)
        # Otherwise the rest of its buffer would be written again when the program ends, and fail again.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.stream.fileno())
            os.close(nowhere)


@contextmanager
def standing() -> Iterator[Stream]:
    """Make `sys.stdout` and `sys.stderr` always writable inside the block; yields standard output."""
    _fill_gaps()
    before = sys.stdout, sys.stderr
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        out, err = (Stream(stream or nowhere) for stream in before)
        sys.stdout, sys.stderr = out, err
        try:
            yield out
        finally:
            out.flush()
            err.flush()
            sys.stdout, sys.stderr = before


def _fill_gaps() -> None:
    """Open closed standard streams to nowhere; otherwise the next file, such as the picture, would become one."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
