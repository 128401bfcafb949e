"""A picture on standard output: --output -."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from neuralart.errors import PictureError
from neuralart.options import Options
from neuralart.together import STREAM


@contextlib.contextmanager
def aside(options: Options) -> Iterator[None]:
    """With --output -, print everything to standard error, since the picture goes to standard output."""
    if options.output != STREAM:
        yield
        return
    with contextlib.redirect_stdout(sys.stderr):
        yield


def check_output_stream() -> None:
    """Raise PictureError if standard output is closed or a terminal."""
    if sys.__stdout__ is None or sys.__stdout__.closed:
        raise PictureError("cannot write '-': standard output is closed; give --output FILE")
    if sys.__stdout__.isatty():
        raise PictureError("cannot write '-': standard output is a terminal; send it into a file or a program")


def put_out(data: bytes) -> None:
    """Write a picture's bytes to standard output. Raises OSError."""
    assert sys.__stdout__ is not None
    sys.__stdout__.buffer.write(data)
    sys.__stdout__.buffer.flush()
