"""neuralart sweep: paints every combination of several values, and puts the pictures on one labelled sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from neuralart.cli import own, parser
from neuralart.cli.alternatives import Axis, Combination, plan
from neuralart.cli.inputs import refuse_missing
from neuralart.cli.interrupt import exit_code
from neuralart.errors import OptionError, PictureError
from neuralart.figures.labels import of_the_picture, setting
from neuralart.options import declared, option
from neuralart.together import NONE
from neuralart.values import check_all
from neuralart.version import VERSION

if TYPE_CHECKING:
    from neuralart.cli.series import Series
    from neuralart.image.picture import Picture

USAGE = """\
neuralart sweep --content PHOTO --style PAINTING --style-factor 1e8,1e9,1e10 [options]

Paint with every combination of several values, and put the pictures on a sheet to choose from. Every option of
neuralart --help may have several values, separated by commas:

    --style-factor 1e8,1e9,1e10 --optimizer lbfgs,adam --scales default,1

'default' means leaving the option out. Names of files and lists of layers may contain commas, so separate these by
semicolons, quoted for the shell; a switch takes yes and no:

    --style "a.jpg;b.jpg" --style-layers "conv1_1,conv2_1;conv4_1:2" --cpu=yes,no

The first such option goes across the sheet, the second down. Pictures are kept in a folder, each with its record.
Pictures that are already there are not painted again, so the same command continues a sweep that was stopped."""


@dataclass(frozen=True, kw_only=True)
class SweepOptions:
    """The options of the command itself. Raises OptionError for a value that makes no sense."""

    folder: str = option("sweep", "Sweep", "folder for the pictures, created if missing", shown="FOLDER")
    output: str | None = option(
        None, "Sweep", "the sheet to write", unset="sheet.png in the folder, replaced by the next sweep", shown="FILE"
    )
    limit: int = option(
        64, "Sweep", "refuse more combinations than this, since they multiply quickly", int, least=1, most=100_000
    )

    def __post_init__(self) -> None:
        check_all(self)


def run(words: list[str]) -> int:
    """Paint the sweep."""
    made = own.build(SweepOptions, "neuralart sweep", USAGE)
    if parser.asks_for_help(words):
        print(made.format_help(), end="")
        return 0
    settings, rest = own.take(made, SweepOptions, words)
    axes, combinations = plan(rest)
    if len(combinations) > settings.limit:
        counts = " x ".join(str(len(axis.values)) for axis in axes)
        raise OptionError(
            f"{counts} values make {len(combinations)} combinations, more than --limit {settings.limit};"
            f" leave some out, or give --limit {len(combinations)}"
        )
    for name, example in (("content", "--content PHOTO"), ("style", "--style PAINTING")):
        if any(getattr(one.options, name) is None for one in combinations):
            raise OptionError(f"{example} is missing; see neuralart sweep --help")
    return sweep(settings, axes, combinations)


def sweep(settings: SweepOptions, axes: Sequence[Axis], combinations: Sequence[Combination]) -> int:
    """Paint the missing pictures, and write the sheet. Returns the exit code: 1 if a combination failed."""
    for one in combinations:
        refuse_missing(one.options)
    from neuralart.cli.series import Series

    series = Series(Path(settings.folder), axes, combinations)
    output = Path(settings.output) if settings.output else usual_place(Path(settings.folder))
    series.check(output)
    stopped = series.paint()
    record = {
        "program": f"neuralart {VERSION}",
        "description": heading(axes, combinations[0]),
        "sheet": [one.title for one in combinations],
    }
    sheet(axes, combinations, series).save(output, record=record)
    if not combinations[0].options.quiet:
        print(f"{output}: {series.summary(stopped)}")
    return exit_code(stopped) if stopped else 1 if series.failures else 0


def usual_place(folder: Path) -> Path:
    """Return sheet.png in the folder if that is missing or an earlier sheet; otherwise a free name beside it."""
    from neuralart.cli.names import free_name
    from neuralart.image.record import read_record

    place = folder / "sheet.png"
    try:
        record = read_record(place) if place.exists() else None
    except PictureError:
        record = None
    return place if record and "sheet" in record else free_name(place)


def sheet(axes: Sequence[Axis], combinations: Sequence[Combination], series: Series) -> Picture:
    """Lay out one axis in lines, two as a table, more in lines with all values below every picture."""
    from neuralart.figures.sheet import EDGE, MOST_PIXELS, grid, table

    edge = min(EDGE, math.isqrt(MOST_PIXELS // len(combinations)))
    head = heading(axes, combinations[0])
    if len(axes) != 2:
        return grid([series.tile(one, one.title, edge) for one in combinations], edge=edge, heading=head)
    across, down = axes
    count = len(across.values)
    tiles = [series.tile(one, "", edge) for one in combinations]
    return table(
        [tiles[start : start + count] for start in range(0, len(tiles), count)],
        rows=[setting(down.name, value) for value in down.values],
        columns=[setting(across.name, value) for value in across.values],
        edge=edge,
        heading=head,
    )


def heading(axes: Sequence[Axis], one: Combination) -> str:
    """Return what all pictures of the sheet have in common: inputs, and options that are not the defaults."""
    swept = {axis.name for axis in axes}
    content = Path(str(one.options.content)).name
    style = " and ".join(Path(name).name for name in one.options.style or ())
    words = []
    if not {"content", "style"} & swept:
        words.append(f"{'texture' if content == NONE else content} in the style of {style}")
    elif not {"content", "style"} <= swept:
        words.append(f"content {content}" if "style" in swept else f"style {style}")
    for name, value in of_the_picture(one.options.record()).items():
        if name not in swept and name not in ("content", "style") and value != declared()[name][1]:
            words.append(setting(name, value))
    return ", ".join(words)
