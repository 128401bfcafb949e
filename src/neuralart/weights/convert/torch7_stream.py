"""The two spellings of a Torch7 file, binary and ASCII, behind the same few methods."""

from __future__ import annotations

import mmap
import struct
from typing import Any, Protocol

import numpy as np

from neuralart.errors import WeightsError

Array = np.ndarray[Any, Any]
Bytes = bytes | mmap.mmap
# A number in ASCII and the space behind it take two bytes at least.
_LEAST_ASCII = 2
_LONGEST_NUMBER = 400


class Stream(Protocol):
    """What a Torch7 file is read through. Every method raises WeightsError where the file has not that much left."""

    def integer(self) -> int: ...
    def number(self) -> float: ...
    def longs(self, count: int) -> list[int]: ...
    def chars(self, count: int) -> bytes: ...
    def array(self, kind: str, count: int) -> Array:
        """``count`` numbers of a NumPy kind ("f4", "i8", ...) or "long": the long of the machine that wrote them."""
        ...

    def left(self) -> int:
        """Bytes not yet read."""
        ...


def _ended(wanted: int, left: int) -> WeightsError:
    return WeightsError(
        f"is a truncated or damaged Torch7 file (it ends, or claims {wanted} where {left} bytes are left)"
    )


class Binary:
    """Little-endian binary; arrays are views into ``data``.

    A C long has 8 bytes in a file written on 64-bit Linux or macOS, and 4 in one from Windows or 32 bits. The file
    does not say which.
    """

    def __init__(self, data: Bytes, long_bytes: int) -> None:
        self._data = data
        self._at = 0
        self._long = f"i{long_bytes}"

    def left(self) -> int:
        return len(self._data) - self._at

    def integer(self) -> int:
        return int(struct.unpack("<i", self.chars(4))[0])

    def number(self) -> float:
        return float(struct.unpack("<d", self.chars(8))[0])

    def longs(self, count: int) -> list[int]:
        return [int(n) for n in self.array("long", count)]

    def chars(self, count: int) -> bytes:
        if not 0 <= count <= self.left():
            raise _ended(count, self.left())
        start, self._at = self._at, self._at + count
        return self._data[start : self._at]

    def array(self, kind: str, count: int) -> Array:
        dtype = np.dtype(f"<{self._long if kind == 'long' else kind}")
        if not 0 <= count * dtype.itemsize <= self.left() or count < 0:
            raise _ended(count, self.left())
        start, self._at = self._at, self._at + count * dtype.itemsize
        return np.frombuffer(self._data, dtype, count, start)


class Ascii:
    """Numbers as text, one line for each array; strings and arrays of bytes as they are, with a line end behind."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def left(self) -> int:
        return len(self._data) - self._at

    def integer(self) -> int:
        return int(self._word())

    def number(self) -> float:
        return float(self._word())

    def longs(self, count: int) -> list[int]:
        return [int(word) for word in self._line(count)]

    def chars(self, count: int) -> bytes:
        if not 0 <= count <= self.left():
            raise _ended(count, self.left())
        start, self._at = self._at, self._at + count
        if self._data[self._at : self._at + 1] == b"\n":
            self._at += 1
        return self._data[start : start + count]

    def array(self, kind: str, count: int) -> Array:
        if kind in ("u1", "i1"):
            return np.frombuffer(self.chars(count), kind)
        kind = "i8" if kind == "long" else kind
        words = self._line(count)
        if kind.startswith("i"):
            return np.array([int(word) for word in words], dtype=kind)
        return np.array(words, dtype=bytes).astype(np.float64).astype(kind) if words else np.zeros(0, kind)

    def _word(self) -> bytes:
        words = self._data[self._at : self._at + _LONGEST_NUMBER].split(None, 1)
        if not words:
            raise _ended(1, self.left())
        self._at = self._data.index(words[0], self._at) + len(words[0])
        if self._data[self._at : self._at + 1] == b"\n":
            self._at += 1
        return words[0]

    def _line(self, count: int) -> list[bytes]:
        if count == 0:
            return []  # then Torch7 writes no line at all
        if not 0 < count * _LEAST_ASCII <= self.left() + 1:
            raise _ended(count, self.left())
        end = self._data.find(b"\n", self._at)
        end = len(self._data) if end < 0 else end
        words = self._data[self._at : end].split()
        self._at = min(end + 1, len(self._data))
        if len(words) != count:
            raise WeightsError(f"is a damaged Torch7 file (a line has {len(words)} numbers instead of {count})")
        return words
