"""Reads the first directory of a TIFF file, to distinguish camera raw from pictures and to find the author.

Camera makers base their raw files on TIFF, with a thumbnail in the picture's place; a TIFF reader would take it for the
picture.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SUBFILE, PHOTOMETRIC, MAKE, SUBIFDS, DNG_VERSION = 254, 262, 271, 330, 50706
DATE, ARTIST, COPYRIGHT = 306, 315, 33432
COLOUR_FILTER_ARRAY = 32803

MOST_ENTRIES, LONGEST = 4096, 4096  # a directory's entries; bytes of a text
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}  # bytes of the types that are read: byte, ASCII, short, long, undefined


@dataclass(frozen=True)
class Directory:
    """Numbers and texts of the first directory, by tag; empty if there is none."""

    numbers: dict[int, int] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)

    def is_raw(self) -> bool:
        """Whether the file contains a camera's raw data."""
        thumbnail = bool(self.numbers.get(SUBFILE, 0) & 1) and SUBIFDS in self.numbers
        return (
            DNG_VERSION in self.numbers
            or self.numbers.get(PHOTOMETRIC) == COLOUR_FILTER_ARRAY
            or (thumbnail and MAKE in self.texts)
        )


def directory(data: Any) -> Directory:
    """Read the first directory of a classic TIFF file (bytes or a memory map). Never raises."""
    result = Directory()
    order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
    if order is None:
        return result
    try:
        for tag, kind, count, value in _entries(data, order):
            size = SIZES.get(kind, 0) * count
            where = struct.unpack(order + "I", value)[0]
            raw = value[:size] if size <= 4 else bytes(data[where : where + min(size, LONGEST)])
            if kind == 2:
                result.texts[tag] = raw.split(b"\0")[0].decode("utf-8", "replace").strip()
            elif kind in SIZES and raw:
                width = {3: "H", 4: "I"}.get(kind, "B")
                result.numbers[tag] = struct.unpack_from(order + width, raw)[0]
    except struct.error:
        pass  # truncated; keep what came before
    return result


def _entries(data: Any, order: str) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield (tag, type, count, the four bytes of value or offset)."""
    (start,) = struct.unpack(order + "I", data[4:8])
    (count,) = struct.unpack(order + "H", data[start : start + 2])
    for at in range(start + 2, start + 2 + 12 * min(count, MOST_ENTRIES), 12):
        yield struct.unpack(order + "HHI4s", data[at : at + 12])
