"""Opens an untrusted file: returns a picture that can be decoded, or says in one line why not.

Nothing is decoded before the size in the header has been checked; `decoders` chooses the decoder.
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
from neuralart.image.decoders import Bytes, Header
from neuralart.image.limits import STRICT, Reading
from neuralart.image.paintings import PAINTINGS
from neuralart.image.sniff import TIFF, describe

READABLE = "JPEG, PNG, TIFF, WebP, AVIF, HEIC, GIF, BMP, JPEG 2000, PSD, TGA or PPM"
STDIN = "-"
TYPOGRAPHIC = "\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"  # quotation marks that a shell takes for letters
LARGEST_STREAM = 2**30  # the most bytes that are read from a pipe


@dataclass(frozen=True)
class Opened:
    """A picture whose header has been read: decoded lazily, from top to bottom, once."""

    header: Header
    data: Bytes
    label: str  # the file's name, quoted, for messages
    reading: Reading = STRICT

    @property
    def image(self) -> Any:
        """Size and metadata as a pyvips image; it has the pixels, too, only if libvips reads the format."""
        return self.header.image

    @property
    def kind(self) -> str:
        """The format: "JPEG"."""
        return self.header.kind

    def pixels(self) -> Any:
        """Return the pyvips image with its pixels."""
        return self.header.load(self.reading.accept_damaged)

    def digest(self) -> str:
        """Return the SHA-256 of the file's bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    def again(self, **options: Any) -> Opened:
        """Open the same file again, with options of its decoder (such as ``shrink=4`` for JPEG)."""
        accept = self.reading.accept_damaged
        return Opened(decoders.by_vips(self.data, self.kind, accept, **options), self.data, self.label, self.reading)

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """Turn anything that a decoder raises inside the block into a PictureError."""
        try:
            yield
        except PictureError:
            raise
        except Exception as error:  # with a damaged file, any decoder may raise anything
            raise _damaged(self.label, self.kind, error) from error


def open_file(path: str | os.PathLike[str], reading: Reading = STRICT) -> Opened:
    """Open the picture at `path`; "-" is standard input. Raises PictureError."""
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
                # Mapped, so that digest and decoder see the same bytes, and a large file takes no memory.
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise PictureError(cannot_read(path, error)) from error
    return open_bytes(data, label, reading)


def open_bytes(data: Bytes, label: str = "the picture", reading: Reading = STRICT) -> Opened:
    """Open the picture in `data`; `label` is its name in messages. Raises PictureError."""
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
    except Exception as error:  # with a damaged file, any decoder may raise anything
        raise _damaged(label, kind, error) from error
    if result is None and data[:4] in TIFF:
        # A TIFF's directory is often at the end, and libvips does not recognise the format without it.
        raise _damaged(label, "TIFF", EOFError("its directory is missing"), hopeless=True)
    if result is None:
        raise PictureError(f"cannot read {label}: {describe(data[:4096])}; give a {READABLE} file")
    limits.check(label, kind, result.size, result.row, len(data), reading.max_pixels)
    return Opened(result, data, label, reading)


def quoted(path: object) -> str:
    """Quote a path for a one-line message, and replace characters that cannot be printed.

    >>> quoted("a\\nb.jpg")
    "'a?b.jpg'"
    """
    return "'" + "".join(c if c.isprintable() else "?" for c in str(path)) + "'"


def sayable(name: str) -> str:
    """Escape bytes in a file's name that are not characters, so that the name can be drawn.

    >>> sayable("a\\udcff.png")
    'a\\\\udcff.png'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def first_line(error: Exception) -> str:
    """Return the informative line of a decoder's error: the last one, without a full stop, printable and short."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = lines[-1].rstrip(".") if lines else type(error).__name__
    return "".join(c if c.isprintable() else "?" for c in line)[:200]


def _streamed(file: BinaryIO, label: str) -> Bytes:
    """Read a pipe into a mapped temporary file. Raises PictureError, early if it is not a picture."""
    try:
        head = file.read(4096)
        if not head:
            raise PictureError(f"cannot read {label}: it is empty; name a file, or write a picture into it")
        if not decoders.may_be_picture(head):
            raise PictureError(f"cannot read {label}: {describe(head)}; give a {READABLE} file")
        with tempfile.TemporaryFile(prefix="neuralart-") as kept:
            kept.write(head)
            while block := file.read(1 << 20):
                kept.write(block)
                if kept.tell() > LARGEST_STREAM:
                    raise PictureError(
                        f"cannot read {label}: it has more than {LARGEST_STREAM:,} bytes; save it as a file first"
                    )
            kept.flush()
            return mmap.mmap(kept.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise PictureError(f"cannot read {label}: {error.strerror or error}; save it as a file first") from error


def _damaged(label: str, kind: str, error: Exception, *, hopeless: bool = False) -> PictureError:
    """Return the error for a file of a known format that its decoder cannot decode."""
    partly = "" if hopeless else ", or use the readable part with --accept-damaged"
    return PictureError(
        f"cannot read {label}: the {kind or 'picture'} data end early or are damaged ({first_line(error)}); "
        f"save or fetch it again{partly}"
    )


def cannot_read(path: str | os.PathLike[str], error: Exception, *, folder: str = "name one picture in it") -> str:
    """Return the message about a path that cannot be opened: what is wrong with it, and what to do.

    folder: What to do if it is a folder.
    """
    place = Path(path)
    if isinstance(error, IsADirectoryError) or path_is_folder(place):
        return f"cannot read {quoted(path)}: it is a folder; {folder}"
    return f"cannot read {quoted(path)}: {_unreadable(place, error)}"


def absent(path: str | os.PathLike[str]) -> str | None:
    """Return the message about a picture that is not there; None if there is a file. Nothing is opened."""
    try:
        is_folder = stat.S_ISDIR(Path(path).stat().st_mode)
    except (OSError, ValueError) as error:
        return cannot_read(path, error)
    return cannot_read(path, IsADirectoryError()) if is_folder else None


def _unreadable(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return _missing(path)
    if isinstance(error, PermissionError):
        return "permission is denied; make the file readable (chmod +r)"
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return "the name is too long; check the path"
    return f"{getattr(error, 'strerror', None) or error}; check the path and the disk"


def _missing(path: Path) -> str:
    """Say why there may be no such file, and what to do."""
    name = str(path)
    if re.match(r"\w\w+:/", name):
        return "it is an address, not a file; download it first"
    if any(mark in name for mark in TYPOGRAPHIC):
        return "there is no such file, and its name has typographic quotation marks; type straight ones"
    if name.startswith("~"):
        return "a shell replaces '~' only where a word begins and outside quotation marks; write the whole path"
    if "\\" in name and os.sep == "/":
        return r"there is no such file; folders are separated by '/' here, not by '\'"
    if any(mark in name for mark in "*?["):
        return "no file matches, and one picture is wanted; name one file, or paint many with neuralart batch"
    if not path_is_folder(path.parent):
        return f"there is no folder {quoted(path.parent)}; check the path"
    if name in PAINTINGS:
        return "there is no such file; it is a bundled painting, which --style takes"
    try:
        near = suggest(path.name, (entry.name for entry in path.parent.iterdir()))
    except OSError:
        near = ""
    return "there is no such file" + (near or "; check the path")


def path_is_folder(path: Path) -> bool:
    """Whether `path` is a folder; False for invalid paths, such as a name with a null character."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
