"""Checks beforehand whether a file can be written, and writes it completely or not at all."""

from __future__ import annotations

import errno
import os
import platform
import re
import secrets
import shutil
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from neuralart.errors import PictureError, suggest
from neuralart.image.source import path_is_folder, quoted

WEEK = 7 * 24 * 3600  # seconds
FULL_DISK = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # Windows has no error number for quotas


@contextmanager
def replacing(path: str | os.PathLike[str], *, lasting: bool = False) -> Iterator[Path]:
    """Yield a free name beside `path`, in a new folder; the file written there finally replaces `path`.

    The folder also holds what a library may write next to the file. If anything fails, nothing is left behind, and the
    old file at `path` stays.

    Args:
        path: The file.
        lasting: Whether the file must survive a power cut right afterwards; file and folder are then synced to disk.

    Raises:
        PictureError: If the file cannot be written.
    """
    # Follow a link to the file it points to, as every other program does.
    target = Path(os.path.realpath(path))
    spare = _spare(target)
    try:
        spare.parent.mkdir()
        yield spare
        if lasting:
            _settle(spare)
        spare.replace(target)
        if lasting and os.name == "posix":  # elsewhere a folder cannot be opened
            _settle(target.parent)
    except OSError as error:
        raise PictureError(f"cannot write {quoted(path)}: {_unwritable(target, error)}") from error
    finally:
        shutil.rmtree(spare.parent, ignore_errors=True)


def _settle(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    number = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def check_place(path: str | os.PathLike[str]) -> None:
    """Raise PictureError unless a file can be written to `path`, whatever its suffix.

    This creates and removes a small file in the same folder; an existing file at `path` is not changed.
    """
    label = quoted(path)
    try:
        target = Path(os.path.realpath(path))
        # /dev/stdout may be a link to a pipe, which has no name that could be resolved.
        if os.path.lexists(target) or os.path.exists(path):  # noqa: PTH110
            if not Path(path).is_file():
                raise PictureError(f"cannot write {label}: it is a folder or a device; give the name of a file")
            if not os.access(target, os.W_OK):
                raise PictureError(f"cannot write {label}: it is write-protected; give another name")
        elif target.parent.is_dir():
            target.lstat()  # distinguishes a name that is too long from a free one
    except (OSError, ValueError) as error:
        if not isinstance(error, FileNotFoundError):
            raise PictureError(f"cannot write {label}: {_unwritable(Path(path), error)}") from error
    sweep(target.parent)
    spare = _spare(target)
    try:
        spare.parent.mkdir()
        spare.open("xb").close()
    except OSError as error:
        raise PictureError(f"cannot write {label}: {_unwritable(target, error)}") from error
    finally:
        shutil.rmtree(spare.parent, ignore_errors=True)


def named_format(suffix: str, formats: Mapping[str, str], label: str) -> str:
    """Return the format for a suffix; `label` is the file's name in messages. Raises PictureError if unknown."""
    kind = formats.get(suffix.lower())
    if kind is None:
        reason = f"the suffix '{suffix}' is not known" if suffix else "the name has no suffix"
        # Compare without the dots, which all of them share.
        near = suggest(suffix.lower().lstrip("."), [one.lstrip(".") for one in formats]).replace("mean '", "mean '.")
        raise PictureError(f"cannot write {label}: {reason}{near or ';'} use one of {', '.join(formats)}")
    return kind


def _spare(target: Path) -> Path:
    """Return a name on the same disk (so that renaming is atomic), in a folder that names its owner."""
    return target.with_name(f".neuralart-{_machine()}-{os.getpid()}-{secrets.token_hex(6)}.tmp") / target.name


def _machine() -> str:
    return f"{zlib.crc32(platform.node().encode()):08x}"


def sweep(folder: Path) -> None:
    """Remove what processes that were killed while writing have left in a folder.

    Only for processes of this machine can we check that they are gone; files of others are removed after a week.
    """
    with suppress(OSError):
        for spare in folder.glob(".neuralart-*.tmp"):
            with suppress(OSError):
                if _is_left_behind(spare):
                    shutil.rmtree(spare) if spare.is_dir() else spare.unlink()


def _is_left_behind(spare: Path) -> bool:
    owner = re.fullmatch(r"\.neuralart-([0-9a-f]{8})-(\d{1,9})-[0-9a-f]+\.tmp", spare.name)
    if owner and owner[1] == _machine():
        import psutil

        return not psutil.pid_exists(int(owner[2]))
    return time.time() - spare.stat().st_mtime > WEEK


def _unwritable(target: Path, error: Exception) -> str:
    """Return why a file cannot be written, and what to do."""
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return "the name is too long; give a shorter one"
    if isinstance(error, OSError) and error.errno in FULL_DISK:
        return "the disk is full; make room or write elsewhere"
    if path_is_folder(target):
        return "it is a folder; give the name of a file"
    if not path_is_folder(target.parent):
        return f"there is no folder {quoted(target.parent)}; create it first"
    if isinstance(error, PermissionError) or getattr(error, "errno", None) == errno.EROFS:
        return f"the folder {quoted(target.parent)} is not writable; choose another"
    return f"{getattr(error, 'strerror', None) or error}; choose another place"
