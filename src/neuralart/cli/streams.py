"""Standard output and standard error that can always be written to: what is printed never costs a picture.

A terminal may be closed, a disk behind `> log.txt` full, a reader (`| head`) gone, a stream closed from the beginning
(`2>&-`), and a file name may hold what the output's encoding cannot say.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO


class Stream:
    """A text stream that never raises. What its encoding cannot say is written escaped.

    Once it cannot be written to, what comes is dropped.

    Attributes:
        failure: Why it could not be written to; None while it could. A reader that went away is no failure.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.failure = stream, ""
        self.is_open = True

    def write(self, text: str) -> int:
        """As of any text stream."""
        if self.is_open:
            try:
                self._say(text)
            except (OSError, ValueError) as error:
                self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """As of any text stream."""
        if self.is_open:
            try:
                self.stream.flush()
            except (OSError, ValueError) as error:
                self._give_up(error)

    def writelines(self, lines: Any) -> None:
        """As of any text stream."""
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
        # What lies unwritten in its buffer would be tried again when the program ends, and fail again.
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.stream.fileno())
            os.close(nowhere)


@contextmanager
def standing() -> Iterator[Stream]:
    """Within, `sys.stdout` and `sys.stderr` can be written to whatever they are; yields standard output."""
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
    """Closed standard streams lead nowhere: else the next file that is opened, the picture's own, would be one."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
