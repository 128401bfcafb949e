"""Names of files: a free one, and whether two mean the same. Imports no torch."""

from __future__ import annotations

import os
from pathlib import Path

from neuralart.errors import PictureError


def free_name(wanted: Path) -> Path:
    """Return the name itself, or with -2, -3, ... before its suffix: the first that no file has."""
    name, count = wanted, 1
    while os.path.lexists(name):
        count += 1
        name = wanted.with_stem(f"{wanted.stem}-{count}")
    return name


def check_name(output: str) -> None:
    """Raise PictureError for '.', '/' and the like, which have no name to make another one from."""
    if not Path(output).name:
        raise PictureError(f"cannot write '{output}': it is a folder; name a file in it")


def same_file(one: str, other: str) -> bool:
    """Whether two names mean the same file, following links; this works for files that do not exist yet, too."""
    # os.path returns False where pathlib raises, for example for a name that is too long.
    if os.path.exists(one) and os.path.exists(other):  # noqa: PTH110
        return Path(one).samefile(other)
    return os.path.realpath(one) == os.path.realpath(other)
