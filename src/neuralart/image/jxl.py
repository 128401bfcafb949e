"""Reads the size in a JPEG XL file's header, which its library only knows after decoding everything.

ISO/IEC 18181-1, SizeHeader: bits from the lowest up; edges in units of eight pixels, or numbers of 9, 13, 18 or 30
bits; the width may be a ratio to the height.
"""

from __future__ import annotations

from typing import Any

CODESTREAM, CONTAINER = b"\xff\x0a", b"\0\0\0\x0cJXL "
RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
MOST_BOXES = 64


def is_jxl(head: bytes) -> bool:
    """Whether a file beginning with `head` is JPEG XL."""
    return head.startswith((CODESTREAM, CONTAINER))


def size(data: Any) -> tuple[int, int]:
    """Return (width, height) in pixels. Raises ValueError without a header."""
    start = _codestream(data)
    if bytes(data[start : start + 2]) != CODESTREAM:
        raise ValueError("no header")
    bits = int.from_bytes(data[start + 2 : start + 14], "little")

    def take(count: int) -> int:
        nonlocal bits
        value = bits & ((1 << count) - 1)
        bits >>= count
        return value

    small = take(1)

    def edge() -> int:
        return (take(5) + 1) * 8 if small else take((9, 13, 18, 30)[take(2)]) + 1

    height = edge()
    ratio = take(3)
    if not ratio:
        return edge(), height
    across, down = RATIOS[ratio - 1]
    return height * across // down, height


def _codestream(data: Any) -> int:
    """Return where the codestream begins: at the start, or in the first box of a container that contains some of it."""
    if bytes(data[:2]) == CODESTREAM:
        return 0
    at = 0
    for _ in range(MOST_BOXES):
        length, name = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8])
        header = 16 if length == 1 else 8
        if name == b"jxlc":
            return at + header
        if name == b"jxlp":
            return at + header + 4  # the number of the part
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        if length < header:
            break
        at += length
    raise ValueError("no codestream")
