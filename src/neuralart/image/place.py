"""Where a file will be: found out beforehand whether it can be written, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from neuralart.errors import PictureError, suggest
from neuralart.image.source import path_is_folder, quoted

FULL_DISK = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # Windows has no quota's own number


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a free name in the folder of `path`; the file made there takes its place at the end of the block.

    If anything fails on the way nothing is left of it, and what was at `path` stays. Raises PictureError for whatever
    the disk refuses.
    """
    # Through a link to the file it points to, as every other program does.
    target = Path(os.path.realpath(path))
    spare = _spare(target)
    try:
        yield spare
        spare.replace(target)
    except OSError as error:
        raise PictureError(f"cannot write {quoted(path)}: {_unwritable(target, error)}") from error
    finally:
        with suppress(OSError):
            spare.unlink()


def check_place(path: str | os.PathLike[str]) -> None:
    """Raise PictureError unless a file can be written to `path`, whatever its suffix.

    Makes and removes a small file in the same folder; leaves an existing file at `path` alone.
    """
    label = quoted(path)
    try:
        target = Path(os.path.realpath(path))
        if os.path.lexists(target):
            if not target.is_file():
                raise PictureError(f"cannot write {label}: it is a folder or a device; give the name of a file")
            if not os.access(target, os.W_OK):
                raise PictureError(f"cannot write {label}: it is write-protected; give another name")
        elif target.parent.is_dir():
            target.lstat()  # tells a name that is too long from one that is free
    except (OSError, ValueError) as error:
        if not isinstance(error, FileNotFoundError):
            raise PictureError(f"cannot write {label}: {_unwritable(Path(path), error)}") from error
    spare = _spare(target)
    try:
        spare.open("xb").close()
        spare.unlink()
    except OSError as error:
        raise PictureError(f"cannot write {label}: {_unwritable(target, error)}") from error


def named_format(suffix: str, formats: Mapping[str, str], label: str) -> str:
    """The format that a suffix names in this table; `label` stands for the file. Raises PictureError for none."""
    kind = formats.get(suffix.lower())
    if kind is None:
        seen = f"the suffix '{suffix}' is not known" if suffix else "the name has no suffix"
        near = suggest(suffix.lower(), formats) if suffix else ""
        raise PictureError(f"cannot write {label}: {seen}{near or ';'} use one of {', '.join(formats)}")
    return kind


def _spare(target: Path) -> Path:
    """A name in the same folder (so that renaming is one step) that nobody uses."""
    return target.with_name(f".neuralart-{secrets.token_hex(6)}.tmp")


def _unwritable(target: Path, error: Exception) -> str:
    """Why, and what to do."""
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return "the name is too long; give a shorter one"
    if isinstance(error, OSError) and error.errno in FULL_DISK:
        return "the disk is full; make room or write elsewhere"
    if path_is_folder(target):
        return "it is a folder; give the name of a file"
    if not path_is_folder(target.parent):
        return f"there is no folder {quoted(target.parent)}; make it first"
    if isinstance(error, PermissionError) or getattr(error, "errno", None) == errno.EROFS:
        return f"the folder {quoted(target.parent)} cannot be written to; choose another"
    return f"{getattr(error, 'strerror', None) or error}; choose another place"
