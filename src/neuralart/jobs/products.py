"""Patterns of files -> rows: every content with every style, or one with one. Imports no torch."""

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

# Files that a folder stands for. A pattern or a name of one's own takes any other.
PICTURES = (
    *(".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".avif", ".heic", ".heif", ".gif", ".bmp"),
    *(".jp2", ".jxl", ".psd", ".tga", ".ppm", ".pgm", ".pnm", ".dng"),
)


def rows(contents: Sequence[str], styles: Sequence[str], others: Mapping[str, Any], *, pair: bool) -> Iterator[Row]:
    """A row for every content with every style.

    Args:
        contents: Patterns; each file that one of them finds is the content of its own pictures.
        styles: Patterns. One finds one style after the other. Several are as many styles that are blended in each
            picture, each of which runs through its pattern's files.
        others: What all rows have besides.
        pair: Whether the first content goes with the first style, the second with the second, and so on.

    Raises:
        OptionError: For a pattern that finds nothing, and for pairs that do not come out even.
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
    """The files that a pattern finds, in order: a file's own name, *, ?, [abc], and ** for any folder.

    A folder stands for the pictures in it. Hidden files are left out. Raises OptionError where there is none.
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
    """The pictures in a folder, by their suffixes, in order."""
    names = (one for one in folder.iterdir() if one.suffix.lower() in PICTURES and not one.name.startswith("."))
    return sorted(str(one) for one in names if one.is_file())


def _photographs(pattern: str) -> list[tuple[str, str]]:
    """(file, folder below the pattern's own) of every match."""
    if pattern == NONE:
        return [(NONE, "")]
    root = base(pattern)
    return [(one, _below(Path(one).parent, root)) for one in matches(pattern, "content")]


def base(pattern: str) -> Path:
    """The folder that a pattern starts from: what stands before its first part with a wildcard, or a folder itself."""
    if Path(pattern).is_dir():
        return Path(pattern)
    return Path(*itertools.takewhile(lambda part: not glob.has_magic(part), Path(pattern).parts[:-1]))


def _below(folder: Path, root: Path) -> str:
    return str(folder.relative_to(root)) if folder.is_relative_to(root) else ""
