"""Measures uploads while they arrive, and ends those that are larger than the app accepts."""

from __future__ import annotations

from starlette.types import Message, Receive

from neuralart.app import films
from neuralart.app.access import Access, batch_files, batch_megabytes, film_megabytes
from neuralart.app.settings import MEGABYTE

ENVELOPE = 2**16  # bytes of a form besides its files
BLANK = b"\r\n\r\n"  # between a file's header and the file
LONGEST_HEADER = 2**12  # bytes of a form before one of its files begins


class TooLargeError(Exception):
    """More is coming than the app accepts."""


class Measure:
    """How much of an upload has come: how many files, and how large each and all are.

    A file may have `max_megabytes`, or `film_megabytes` if it begins like a film; several have `batch_megabytes`
    together.
    """

    def __init__(self, settings: Access, boundary: bytes) -> None:
        """Create a measure. boundary: What stands between the files of the form."""
        self.settings, self.mark = settings, b"--" + boundary
        self.files, self.total = 0, 0
        self.size, self.head, self.is_begun = 0, b"", False  # of the file that is coming
        self.rest = b""  # what may be the beginning of a mark

    @property
    def most(self) -> int:
        """How many bytes a request may have before it is known what is in it."""
        limits = self.settings
        return max(film_megabytes(limits), limits.max_megabytes, batch_megabytes(limits)) * MEGABYTE + ENVELOPE

    @property
    def is_film(self) -> bool:
        """Whether the file that is coming begins like a film."""
        return films.suffix_of(self.head.partition(BLANK)[2][: films.HEAD]) is not None

    def refusal(self) -> str:
        """Say what is too large, or too many."""
        limits, film = self.settings, film_megabytes(self.settings)
        if not self.files:
            return f"The upload exceeds the maximum size of {self.most // MEGABYTE} megabytes"
        if self.files > batch_files(limits):
            return f"This app takes at most {batch_files(limits)} files at once"
        if self.files > 1 and self.total > batch_megabytes(limits) * MEGABYTE:
            return f"The files exceed the maximum size of {batch_megabytes(limits)} megabytes together"
        kind, most = ("film", film) if self.is_film else ("file", limits.max_megabytes)
        also = f"; a film may have {film}" if not self.is_film and film > most else ""
        return f"The {kind} exceeds the maximum size of {most} megabytes{also}"

    def around(self, receive: Receive) -> Receive:
        """Return a receiver that raises TooLargeError once more has come than the app accepts."""

        async def measuring() -> Message:
            message = await receive()
            self.add(message.get("body", b""))
            return message

        return measuring

    def add(self, body: bytes) -> None:
        """Take the next bytes into account. Raises TooLargeError."""
        self.total += len(body)
        first, *others = (self.rest + body).split(self.mark)
        self._grow(first if others else self._without_rest(first))
        for number, part in enumerate(others, 1):
            self.size, self.head, self.is_begun = 0, b"", False
            self._grow(part if number < len(others) else self._without_rest(part))

    def _without_rest(self, part: bytes) -> bytes:
        """Keep the end for the next time; return what comes before it."""
        keep = len(self.mark) - 1
        self.rest = part[-keep:]
        return part[:-keep]

    def _grow(self, part: bytes) -> None:
        """Add to the file that is coming."""
        self.size += len(part)
        self.head += part[: max(0, LONGEST_HEADER - len(self.head))]
        if not self.is_begun and BLANK in self.head:  # nothing begins after the last mark
            self.is_begun, self.files = True, self.files + 1
        limits, together = self.settings, batch_megabytes(self.settings) * MEGABYTE
        own = (film_megabytes(limits) if self.is_film else limits.max_megabytes) * MEGABYTE
        is_too_much = self.files > 1 and self.total > together + ENVELOPE
        if self.files > batch_files(limits) or self.size > own + ENVELOPE or is_too_much:
            raise TooLargeError
