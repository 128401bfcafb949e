"""Opening a file without trusting it: path -> a picture that can be decoded, or one line that says why not.

Nothing is decoded before the size in the header is known to be sane; `decoders` says by what.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from neuralart.errors import PictureError, suggest
from neuralart.image import decoders, fork, limits, pnm
from neuralart.image.decoders import Bytes, Found
from neuralart.image.limits import STRICT, Reading
from neuralart.image.sniff import TIFF, describe

READABLE = "JPEG, PNG, TIFF, WebP, AVIF, HEIC, GIF, BMP, JPEG 2000, PSD, TGA or PPM"
STDIN = "-"
LARGEST_STREAM = 2**30  # bytes that are taken from a pipe


@dataclass(frozen=True)
class Opened:
    """A picture whose header has been read: decoded lazily, from top to bottom, once."""

    found: Found
    data: Bytes
    label: str  # the file's name, quoted, for messages
    reading: Reading = STRICT

    @property
    def image(self) -> Any:
        """Size and metadata, as a pyvips image; its pixels are those that `pixels` returns only where libvips reads."""
        return self.found.image

    @property
    def kind(self) -> str:
        """The format: "JPEG"."""
        return self.found.kind

    def pixels(self) -> Any:
        """The pyvips image with its pixels."""
        return self.found.load(self.reading.accept_damaged)

    def digest(self) -> str:
        """The SHA-256 of the file's bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    def again(self, **options: Any) -> Opened:
        """The same file opened anew, with options of its decoder (such as ``shrink=4`` for JPEG)."""
        accept = self.reading.accept_damaged
        return Opened(decoders.by_vips(self.data, self.kind, accept, **options), self.data, self.label, self.reading)

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """Turns what a decoder raises inside into a PictureError."""
        try:
            yield
        except PictureError:
            raise
        except Exception as error:  # a damaged file can bring any decoder to raise anything
            raise _damaged(self.label, self.kind, error) from error


def open_file(path: str | os.PathLike[str], reading: Reading = STRICT) -> Opened:
    """Open the picture at `path`; "-" is standard input. Raises PictureError: the path, what is wrong, what to do."""
    label = quoted(path)
    if os.fspath(path) == STDIN:
        return open_bytes(_streamed(sys.stdin.buffer, "standard input"), "standard input", reading)
    try:
        with Path(path).open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                data = _streamed(file, label)
            elif status.st_size == 0:
                raise PictureError(f"cannot read {label}: the file is empty (0 bytes); save or fetch it again")
            else:
                # Mapped rather than read: digest and decoder see the same bytes, and a large file takes no memory.
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise PictureError(f"cannot read {label}: {unreadable(Path(path), error)}") from error
    return open_bytes(data, label, reading)


def open_bytes(data: Bytes, label: str = "the picture", reading: Reading = STRICT) -> Opened:
    """Open the picture in `data`; `label` stands for it in messages. Raises PictureError as `open_file` does."""
    fork.check()
    if not len(data):
        raise PictureError(f"cannot read {label}: it is empty (0 bytes); send it again")
    kind = ""
    try:
        kind = decoders.kind_of(data)
        result = decoders.header(data, kind, reading) if kind else None
    except decoders.MissingError as error:
        raise PictureError(f"cannot read {label}: {error}") from error
    except pnm.DamagedError as error:
        raise PictureError(f"cannot read {label}: the PPM data are damaged ({error}); save it again") from error
    except Exception as error:  # a damaged file can bring any decoder to raise anything
        raise _damaged(label, kind, error) from error
    if result is None and data[:4] in TIFF:
        # Its directory is often at the end, without which libvips does not even recognise half a file.
        raise _damaged(label, "TIFF", EOFError("its directory is missing"), hopeless=True)
    if result is None:
        raise PictureError(f"cannot read {label}: {describe(data[:4096])}; give a {READABLE} file")
    limits.check(label, kind, result.size, result.row, len(data), reading.max_pixels)
    return Opened(result, data, label, reading)


def quoted(path: object) -> str:
    """A path for a message of one line: quoted, with what cannot be printed replaced.

    >>> quoted("a\\nb.jpg")
    "'a?b.jpg'"
    """
    return "'" + "".join(c if c.isprintable() else "?" for c in str(path)) + "'"


def sayable(name: str) -> str:
    """A text that holds a file's name, for whoever draws it: bytes that are no characters are escaped.

    >>> sayable("a\\udcff.png")
    'a\\\\udcff.png'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def first_line(error: Exception) -> str:
    """The telling line of a decoder's error: the last, without a stop, printable and short."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = lines[-1].rstrip(".") if lines else type(error).__name__
    return "".join(c if c.isprintable() else "?" for c in told)[:200]


def _streamed(file: BinaryIO, label: str) -> Bytes:
    """What a pipe delivers, in a temporary file that is mapped. Raises PictureError, early where it is no picture."""
    try:
        head = file.read(4096)
        if not head:
            raise PictureError(f"cannot read {label}: nothing comes from it; name a file, or write a picture into it")
        if not decoders.may_be_picture(head):
            raise PictureError(f"cannot read {label}: {describe(head)}; give a {READABLE} file")
        with tempfile.TemporaryFile(prefix="neuralart-") as kept:
            kept.write(head)
            while block := file.read(1 << 20):
                kept.write(block)
                if kept.tell() > LARGEST_STREAM:
                    raise PictureError(
                        f"cannot read {label}: it goes on after {LARGEST_STREAM:,} bytes; save it as a file first"
                    )
            kept.flush()
            return mmap.mmap(kept.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise PictureError(f"cannot read {label}: {error.strerror or error}; save it as a file first") from error


def _damaged(label: str, kind: str, error: Exception, *, hopeless: bool = False) -> PictureError:
    """What to say when a decoder, which knows the format, cannot decode the file."""
    partly = "" if hopeless else ", or take what can be read of it with --accept-damaged"
    return PictureError(
        f"cannot read {label}: the {kind or 'picture'} data end early or are damaged ({first_line(error)}); "
        f"save or fetch it again{partly}"
    )


def unreadable(path: Path, error: Exception) -> str:
    """What is wrong with a path that cannot be opened, and what to do."""
    if isinstance(error, IsADirectoryError) or path_is_folder(path):
        return "it is a folder; name one picture in it"
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        if re.match(r"\w+:/", str(path)):
            return "it is an address, not a file; download it first"
        if not path_is_folder(path.parent):
            return f"there is no folder {quoted(path.parent)}; check the path"
        try:
            near = suggest(path.name, (entry.name for entry in path.parent.iterdir()))
        except OSError:
            near = ""
        return "there is no such file" + (near or "; check the path")
    if isinstance(error, PermissionError):
        return "permission is denied; make the file readable (chmod +r)"
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return "the name is too long; check the path"
    return f"{getattr(error, 'strerror', None) or error}; check the path and the disk"


def path_is_folder(path: Path) -> bool:
    """Whether `path` is a folder; no for whatever cannot be asked, such as a name with a null character."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
