"""Turns file patterns into rows: every content with every style, or in pairs. Imports no torch."""

from __future__ import annotations

import glob
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from neuralart.errors import OptionError
from neuralart.image.paintings import resolved
from neuralart.jobs.table import Row
from neuralart.together import NONE

# The files that a folder stands for. Other files need a pattern or their own names.
PICTURES = (
    *(".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".avif", ".heic", ".heif", ".gif", ".bmp"),
    *(".jp2", ".jxl", ".psd", ".tga", ".ppm", ".pgm", ".pnm", ".dng"),
)


def rows(contents: Sequence[str], styles: Sequence[str], others: Mapping[str, Any], *, pair: bool) -> Iterator[Row]:
    """Yield a row for every content with every style.

    Args:
        contents: Patterns; every file that one of them finds is a content.
        styles: Patterns. With one, every file that it finds is a style. With several, each picture blends one file
            of each pattern, in all combinations.
        others: The other options of all rows.
        pair: Whether the first content goes with the first style, the second with the second, and so on.

    Raises:
        OptionError: If a pattern finds nothing, or if `pair` is set and the numbers of contents and styles differ.
    """
    photographs = [(one, folder) for pattern in contents for one, folder in _photographs(pattern)]
    paintings = list(itertools.product(*(matches(pattern, "style") for pattern in styles)))
    if pair and len(photographs) != len(paintings):
        raise OptionError(
            f"--pair wants as many contents as styles, and there are {len(photographs)} and {len(paintings)}"
        )
    together = zip(photographs, paintings) if pair else itertools.product(photographs, paintings)
    for (content, folder), style in together:
        yield Row(0, {**others, "content": content, "style": list(style)}, folder)


def matches(pattern: str, role: str) -> list[str]:
    """Return the files that a pattern finds, sorted: a file's own name, or *, ?, [abc], and ** for any folder.

    A folder stands for the pictures in it. Hidden files are left out. Raises OptionError if nothing is found.
    """
    if Path(pattern).is_dir():
        result = pictures(Path(pattern))
    elif os.path.lexists(pattern) or (role == "style" and str(resolved(pattern)) != pattern):
        return [pattern]
    else:
        result = sorted(one for one in glob.glob(pattern, recursive=True) if Path(one).is_file())  # noqa: PTH207
    if not result:
        none = "is a folder without pictures" if Path(pattern).is_dir() else "finds no file"
        raise OptionError(f"--{role} '{pattern}' {none}; check it, and put it between quotes for the shell")
    return result


def pictures(folder: Path) -> list[str]:
    """Return the pictures in a folder, recognised by their suffixes, sorted."""
    names = (one for one in folder.iterdir() if one.suffix.lower() in PICTURES and not one.name.startswith("."))
    return sorted(str(one) for one in names if one.is_file())


def _photographs(pattern: str) -> list[tuple[str, str]]:
    """Return (file, folder below the pattern's own) for every match."""
    if pattern == NONE:
        return [(NONE, "")]
    root = base(pattern)
    return [(one, _below(Path(one).parent, root)) for one in matches(pattern, "content")]


def base(pattern: str) -> Path:
    """Return the folder that a pattern starts from: its parts before the first wildcard, or the folder itself."""
    if Path(pattern).is_dir():
        return Path(pattern)
    return Path(*itertools.takewhile(lambda part: not glob.has_magic(part), Path(pattern).parts[:-1]))


def _below(folder: Path, root: Path) -> str:
    return str(folder.relative_to(root)) if folder.is_relative_to(root) else ""
