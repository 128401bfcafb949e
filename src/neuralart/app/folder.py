"""The folder of a running app, for uploads and served files. It is removed when the app ends."""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "neuralart-visitors-"


@contextmanager
def own_folder() -> Iterator[Path]:
    """Make a private folder, and remove it at the end. First remove the folders of apps that were killed.

    A lock on the folder shows that its app is running. The system releases it when the process ends, however it ends.
    """
    sweep(Path(tempfile.gettempdir()))
    made = Path(tempfile.mkdtemp(prefix=".neuralart-"))
    held = _locked(made)
    # Only now that it is locked does it get a name that other apps sweep.
    folder = made.rename(made.with_name(PREFIX + made.name.rpartition("-")[2]))
    try:
        yield folder
    finally:
        _remove(folder)
        atexit.register(_remove, folder)  # an answer to a visitor may still have written something until the very end
        if held is not None:
            os.close(held)


def _remove(folder: Path) -> None:
    """Remove a folder, again and again for a second if something is written into it meanwhile."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)


def sweep(among: Path) -> None:
    """Remove the folders of apps that were killed."""
    for place in among.glob(f"{PREFIX}*"):
        with suppress(OSError):  # it vanished, or belongs to another user
            status = place.lstat()
            if not stat.S_ISDIR(status.st_mode) or (hasattr(os, "getuid") and status.st_uid != os.getuid()):
                continue
            held = _locked(place)
            if held is not None:
                shutil.rmtree(place, ignore_errors=True)
                os.close(held)


def _locked(folder: Path) -> int | None:
    """Return an open file that locks a folder; None if another process has locked it or the system cannot lock."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held
