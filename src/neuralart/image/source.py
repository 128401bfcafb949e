"""Opening a file without trusting it: path -> a picture that libvips will decode, or one line that says why not.

Only decoders that are fuzzed and meant for strangers' files are used, whatever else this libvips was built with, and
nothing is decoded before the size in the header is known to be sane.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips

from neuralart.errors import PictureError, suggest
from neuralart.image import fork, pnm
from neuralart.image.sniff import TIFF, describe, is_heic

MAX_PIXELS = 2**31
"""Pictures of more pixels than this are refused: 24 GiB as float32, more than any camera makes."""

DECODERS = {"Jpeg": "JPEG", "Png": "PNG", "Tiff": "TIFF", "Webp": "WebP", "Heif": "AVIF", "Nsgif": "GIF"}
READABLE = "JPEG, PNG, TIFF, WebP, AVIF, GIF or PPM"

Bytes = bytes | mmap.mmap


@dataclass(frozen=True)
class Opened:
    """A picture whose header has been read: decoded lazily, from top to bottom, once."""

    image: Any  # pyvips.Image, which ships no types
    data: Bytes
    kind: str  # "JPEG"
    label: str  # the file's name, quoted, for messages

    def digest(self) -> str:
        """The SHA-256 of the file's bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    def again(self, **options: Any) -> Opened:
        """The same file opened anew, with options of its decoder (such as ``shrink=4`` for JPEG)."""
        return Opened(_load(self.data, **options), self.data, self.kind, self.label)

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """Turns what libvips raises inside into a PictureError."""
        try:
            yield
        except pyvips.Error as error:
            raise _damaged(self.label, self.kind, self.data, error) from error


def open_file(path: str | os.PathLike[str]) -> Opened:
    """Open the picture at `path`. Raises PictureError naming the path, what is wrong with it and what to do."""
    label = quoted(path)
    try:
        with Path(path).open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise PictureError(f"cannot read {label}: it is a pipe or a device; save it as a file first")
            if status.st_size == 0:
                raise PictureError(f"cannot read {label}: the file is empty (0 bytes); save or fetch it again")
            # Mapped rather than read: digest and decoder see the same bytes, and a large file takes no memory.
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise PictureError(f"cannot read {label}: {_unreadable(Path(path), error)}") from error
    return open_bytes(data, label)


def open_bytes(data: Bytes, label: str = "the picture") -> Opened:
    """Open the picture in `data`; `label` stands for it in messages. Raises PictureError as `open_file` does."""
    fork.check()
    if not len(data):
        raise PictureError(f"cannot read {label}: it is empty (0 bytes); send it again")
    try:
        kind = _kind(data)
        image = _load(data) if kind else None
    except pyvips.Error as error:
        raise _damaged(label, kind, data, error) from error
    except pnm.DamagedError as error:
        raise PictureError(f"cannot read {label}: the PPM data are damaged ({error}); save it again") from error
    if image is None and data[:4] in TIFF:
        # Its directory is often at the end, without which libvips does not even recognise half a file.
        raise _damaged(label, "TIFF", data, EOFError("its directory is missing"))
    if image is None:
        raise PictureError(f"cannot read {label}: {describe(data[:4096])}; give a {READABLE} file")
    if image.width * image.height > MAX_PIXELS:
        raise PictureError(
            f"cannot read {label}: it claims {image.width} x {image.height} pixels, more than the {MAX_PIXELS:,} "
            "that are accepted; make it smaller first"
        )
    return Opened(image, data, kind, label)


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
    """The telling line of a libvips error: the last, without a stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else type(error).__name__


def _kind(data: Bytes) -> str:
    """The format's name, or "" where none of the decoders that are used knows it."""
    if pnm.is_pnm(data[:3]):
        return "PPM"
    # The source has to outlive the question, hence the name.
    source = pyvips.Source.new_from_memory(data)
    found = pyvips.vips_lib.vips_foreign_find_load_source(source.pointer)
    if found == pyvips.ffi.NULL:
        return ""
    match = re.fullmatch(r"VipsForeignLoad(\w+)Source", pyvips.ffi.string(found).decode())
    return DECODERS.get(match[1], "") if match else ""


def _load(data: Bytes, **options: Any) -> Any:
    if pnm.is_pnm(data[:3]):
        return pnm.load(data, MAX_PIXELS)
    # "error" includes "truncated": half a photograph is not the photograph.
    source = pyvips.Source.new_from_memory(data)
    return pyvips.Image.new_from_source(source, "", access="sequential", fail_on="error", **options)


def _damaged(label: str, kind: str, data: Bytes, error: Exception) -> PictureError:
    """What to say when libvips, which knows the format, cannot decode the file."""
    if is_heic(data[:64]):
        return PictureError(f"cannot read {label}: {describe(data[:64])}; save it as JPEG, PNG or AVIF")
    return PictureError(
        f"cannot read {label}: the {kind or 'picture'} data end early or are damaged ({first_line(error)}); "
        "save or fetch it again"
    )


def _unreadable(path: Path, error: Exception) -> str:
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
