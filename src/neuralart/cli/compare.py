"""neuralart compare: makes a contact sheet of any pictures, labelled with what differs between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neuralart.cli import own, parser
from neuralart.errors import OptionError, counted
from neuralart.options import option
from neuralart.values import check_all

USAGE = """\
neuralart compare PICTURE PICTURE ... [--output SHEET]

Put pictures side by side on one sheet, scaled to one size and labelled with their names and, if neuralart
painted them and left records inside, with the options that differ between them."""


@dataclass(frozen=True, kw_only=True)
class CompareOptions:
    """The options of the command itself. Raises OptionError for a value that makes no sense."""

    output: str | None = option(
        None,
        "Sheet",
        "the sheet to write: .png, .jpg, .tif, .webp or .avif",
        unset="compare.png in the working directory, never over an existing file",
        shown="FILE",
    )
    columns: int | None = option(
        None, "Sheet", "pictures per row", int, least=1, most=1000, unset="a number that gives a screen-shaped sheet"
    )
    edge: int = option(400, "Sheet", "approximate long edge of each picture in pixels", int, least=64, most=4000)
    labels: str = option(
        "options",
        "Sheet",
        "options: the options that differ, and names; names: only names; none: no labels",
        choices=("options", "names", "none"),
    )

    def __post_init__(self) -> None:
        check_all(self)


def run(words: list[str]) -> int:
    """Make the sheet."""
    made = own.build(CompareOptions, "neuralart compare", USAGE)
    if parser.asks_for_help(words):
        print(made.format_help(), end="")
        return 0
    settings, names = own.take(made, CompareOptions, words)
    own.refuse_options("compare", CompareOptions, names)
    if len(names) < 2:
        raise OptionError("name at least two pictures: neuralart compare a.png b.png")
    return compare(names, settings)


def compare(names: Sequence[str], settings: CompareOptions) -> int:
    """Read the pictures, and write the sheet."""
    from neuralart.cli.names import free_name, same_file
    from neuralart.figures import text
    from neuralart.figures.labels import labels
    from neuralart.figures.sheet import grid, tile
    from neuralart.image.read import read
    from neuralart.image.write import check_writable

    output = settings.output or str(free_name(Path("compare.png")))
    for name in names:
        if same_file(output, name):
            raise OptionError(f"--output '{output}' would overwrite '{name}'; give another name")
    check_writable(output)
    if settings.labels != "none":
        text.check_font()
    # Pictures are reduced while they are read, so that a hundred large ones are never in memory together.
    tiles, records = [], []
    for name in names:
        picture = read(name, 2 * settings.edge)
        tiles.append(tile(picture, "", edge=settings.edge))
        records.append(picture.record if settings.labels == "options" else None)
    called = labels(records, [Path(name).name for name in names])
    if settings.labels != "none":
        tiles = [one.called(*words) for one, words in zip(tiles, called)]
    sheet = grid(tiles, columns=settings.columns, edge=settings.edge)
    sheet.save(output)
    print(f"{output}: {counted(len(names), 'picture')}, {sheet.width} x {sheet.height} pixels")
    return 0
