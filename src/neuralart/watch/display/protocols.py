"""Protocols that show a picture in a terminal: they turn pixels into text that draws them from the cursor.

The picture fills its columns and rows; the caller has to restore the cursor.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralart.watch.display.frame import encoded, resized
from neuralart.watch.display.sixel import sixel

CHUNK = 4096  # characters of a picture's data that kitty accepts at a time
LARGEST = 800  # pixels; a long edge that even a slow line can carry
LARGEST_SIXEL = 480  # pixels; sixel text is ten times as long

Pixels = NDArray[np.uint8]  # [H, W, 3], RGB


@dataclass(frozen=True)
class Place:
    """Where a picture is drawn.

    Attributes:
        columns: Its columns.
        rows: Its rows.
        cell: The pixels (width, height) of a character.
        colours: The number of colours of the terminal.
        number: kitty's identifier of the picture; the next picture with it replaces the previous one.
    """

    columns: int
    rows: int
    cell: tuple[int, int]
    colours: int = 2**24
    number: int = 1

    @property
    def pixels(self) -> tuple[int, int]:
        """(width, height) of the place."""
        return self.columns * self.cell[0], self.rows * self.cell[1]


def fitted(size: tuple[int, int], columns: int, rows: int, cell: tuple[int, int]) -> tuple[int, int]:
    """Return the largest columns and rows for a picture of this shape."""
    wide, high = size[0] / cell[0], size[1] / cell[1]
    factor = min(columns / wide, rows / high)
    return max(1, min(columns, round(wide * factor))), max(1, min(rows, round(high * factor)))


def kitty(pixels: Pixels, place: Place) -> str:
    """Draw with kitty's protocol (sw.kovidgoyal.net/kitty/graphics-protocol): a PNG in pieces, scaled to cells."""
    data = base64.b64encode(encoded(_no_larger(pixels, place), ".png")).decode()
    # q=2: no answer, which would appear as if typed; C=1: the cursor stays.
    keys = f"a=T,f=100,t=d,i={place.number},p=1,c={place.columns},r={place.rows},C=1,q=2,"
    pieces = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    return "".join(
        f"\x1b_G{'' if n else keys}m={int(n < len(pieces) - 1)};{piece}\x1b\\" for n, piece in enumerate(pieces)
    )


def iterm2(pixels: Pixels, place: Place) -> str:
    """Draw with iTerm2's inline images (iterm2.com/documentation-images.html): a file, scaled by the terminal."""
    data = encoded(_no_larger(pixels, place), ".jpg")
    keys = f"inline=1;size={len(data)};width={place.columns};height={place.rows};preserveAspectRatio=0"
    return f"\x1b]1337;File={keys}:{base64.b64encode(data).decode()}\x07"


def sixels(pixels: Pixels, place: Place) -> str:
    """Draw with Sixel, whose pixels are those of the terminal."""
    return sixel(resized(pixels, place.pixels))


def half_blocks(pixels: Pixels, place: Place) -> str:
    """Draw two pixels per cell: an upper half block in one colour on a background of the other."""
    cells = resized(pixels, (place.columns, 2 * place.rows))
    write = true_colour if place.colours > 256 else palette_colour
    return "\r\n".join(line + "\x1b[0m" for line in _lines(cells, write))


def _lines(pixels: NDArray[np.uint8], write: Callable[[int, tuple[int, ...]], str]) -> Iterator[str]:
    for above, below in zip(pixels[0::2].tolist(), pixels[1::2].tolist()):
        line, last = "", ""
        for upper, lower in zip(above, below):
            colours = f"\x1b[{write(38, upper)};{write(48, lower)}m"
            line += ("" if colours == last else colours) + "\N{UPPER HALF BLOCK}"
            last = colours
        yield line


def true_colour(ground: int, colour: tuple[int, ...]) -> str:
    """Return the code of a 24-bit colour; ground: 38 for the foreground, 48 for the background."""
    red, green, blue = colour
    return f"{ground};2;{red};{green};{blue}"


def palette_colour(ground: int, colour: tuple[int, ...]) -> str:
    """Return the nearest of xterm's 256 colours: a cube with steps 0, 95, 135, ... 255, and greys 8, 18, ... 238."""
    steps = [0 if value < 48 else min(5, max(1, round((value - 55) / 40))) for value in colour]
    cube = [55 + 40 * step if step else 0 for step in steps]
    grey = min(23, max(0, round((sum(colour) / 3 - 8) / 10)))
    distance = lambda other: sum((a - b) ** 2 for a, b in zip(colour, other))
    if distance([8 + 10 * grey] * 3) < distance(cube):
        return f"{ground};5;{232 + grey}"
    return f"{ground};5;{16 + 36 * steps[0] + 6 * steps[1] + steps[2]}"


PROTOCOLS: dict[str, Callable[[Pixels, Place], str]] = {
    "kitty": kitty,
    "iterm2": iterm2,
    "sixel": sixels,
    "half blocks": half_blocks,
}


def _no_larger(pixels: Pixels, place: Place) -> Pixels:
    """Reduce the pixels to what the place can show and a slow line can carry; the terminal enlarges them."""
    height, width = pixels.shape[:2]
    factor = min(1.0, max(place.pixels[0] / width, place.pixels[1] / height), LARGEST / max(width, height))
    return resized(pixels, (max(1, round(width * factor)), max(1, round(height * factor))))
