"""The folder of a running app: for uploads, and for what is shown and handed out. Nothing of it outlives the app."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "neuralart-visitors-"


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that only we can enter, removed at the end; before, those of apps that were killed are removed.

    A lock on the folder tells whether its app still runs. The system drops it with the process, however that ends.
    """
    sweep(Path(tempfile.gettempdir()))
    made = Path(tempfile.mkdtemp(prefix=".neuralart-"))
    held = _locked(made)
    # It gets the name that others sweep only now that it is locked.
    folder = made.rename(made.with_name(PREFIX + made.name.rpartition("-")[2]))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if held is not None:
            os.close(held)


def sweep(among: Path) -> None:
    """Remove the folders of apps that were killed."""
    for place in among.glob(f"{PREFIX}*"):
        with suppress(OSError):  # it vanished, or is somebody else's
            found = place.lstat()
            if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != os.getuid()):
                continue
            held = _locked(place)
            if held is not None:
                shutil.rmtree(place, ignore_errors=True)
                os.close(held)


def _locked(folder: Path) -> int | None:
    """An open file that locks a folder; None where somebody else has locked it, or the system cannot."""
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
