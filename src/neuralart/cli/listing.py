"""Lists entries for `neuralart presets` and `neuralart styles`, with pictures, or writes them as one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from neuralart.cli import own, parser
from neuralart.errors import OptionError, counted
from neuralart.options import option
from neuralart.values import check_all

EDGE = 320  # pixels of a picture on the sheet


class Entry(NamedTuple):
    """An entry of the list: the lines that describe it, its picture, and title and caption for the sheet."""

    lines: Sequence[str]
    picture: Path
    title: str
    caption: str


@dataclass(frozen=True, kw_only=True)
class ListingOptions:
    """The commands' options. Raises OptionError if a value makes no sense."""

    sheet: str | None = option(
        None,
        "Sheet",
        "write a sheet with all the pictures: .png, .jpg, .tif, .webp or .avif",
        unset="a list, with pictures in a terminal that can show them",
        shown="FILE",
    )

    def __post_init__(self) -> None:
        check_all(self)


def run(command: str, usage: str, entries: Sequence[Entry], words: Sequence[str]) -> int:
    """List the entries or write their sheet, as the words ask; return the exit code. Raises OptionError."""
    made = own.build(ListingOptions, f"neuralart {command}", usage)
    if parser.asks_for_help(words):
        print(made.format_help(), end="")
        return 0
    settings, rest = own.take(made, ListingOptions, words)
    own.refuse_options(command, ListingOptions, rest)
    if rest:
        raise OptionError(f"'neuralart {command}' takes no words, and '{rest[0]}' is one too many")
    if settings.sheet:
        write_sheet(settings.sheet, entries)
    else:
        show(entries)
    return 0


def show(entries: Sequence[Entry]) -> None:
    """Print the lines of every entry, below its picture if the terminal can show it."""
    from neuralart.image.read import read
    from neuralart.watch.display.thumbnails import thumbnails

    drawn = thumbnails()
    for entry in entries:
        if drawn:
            drawn.show(read(entry.picture, EDGE).numpy(), entry.lines)
        else:
            print("\n".join(entry.lines))


def write_sheet(output: str, entries: Sequence[Entry]) -> None:
    """Write all pictures on one sheet, labelled."""
    from neuralart.figures import text
    from neuralart.figures.sheet import grid, tile
    from neuralart.image.read import read
    from neuralart.image.write import check_writable

    check_writable(output)
    text.check_font()
    tiles = [tile(read(one.picture, 2 * EDGE), one.title, one.caption, EDGE) for one in entries]
    sheet = grid(tiles, edge=EDGE)
    sheet.save(output)
    print(f"{output}: {counted(len(tiles), 'picture')}, {sheet.width} x {sheet.height} pixels")
