"""Reads Torch7's serialisation: files written by Lua's ``torch.save``.

Follows torch7's File.lua, Tensor.lua and the storages' write methods. Functions are skipped: their bytecode is passed
over and never run. Lua's values become

    number -> float   string, boolean, nil -> str, bool, None   table -> dict (number keys that are whole -> int)
    torch.*Storage -> Storage   torch.*Tensor -> Tensor   any other class -> Object   function -> Function

What one file refers to twice is one object here too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neuralart.errors import WeightsError
from neuralart.weights.convert.torch7_stream import Array, Ascii, Binary, Bytes, Stream

_NIL, _NUMBER, _STRING, _TABLE, _TORCH, _BOOLEAN, _FUNCTION, _LEGACY_FUNCTION, _RECURSIVE_FUNCTION = range(9)
_KINDS = {
    "Byte": "u1",
    "Char": "i1",
    "Short": "i2",
    "Int": "i4",
    "Long": "long",
    "Half": "f2",
    "Float": "f4",
    "Double": "f8",
}
_CLASS = re.compile(r"torch\.(Cuda)?(Byte|Char|Short|Int|Long|Half|Float|Double|)(Tensor|Storage)$")
# Networks nest a few tables per module; a file nested deeper than this only means to exhaust the stack.
_DEEPEST = 120
_MOST_DIMENSIONS = 32


@dataclass(eq=False)
class Storage:
    """A flat array of numbers, which several tensors may share."""

    kind: str
    data: Array


@dataclass(eq=False)
class Tensor:
    """A view into a storage; ``offset`` counts from 0. Torch7's tensor without dimensions has shape (0,) here."""

    kind: str
    shape: tuple[int, ...] = (0,)
    stride: tuple[int, ...] = (1,)
    offset: int = 0
    storage: Storage | None = None

    def array(self) -> Array:
        """Return the numbers as a view of the storage."""
        if self.storage is None or 0 in self.shape:
            return np.zeros(self.shape, np.float32)
        data = self.storage.data[self.offset :]
        strides = tuple(step * data.itemsize for step in self.stride)
        return np.lib.stride_tricks.as_strided(data, self.shape, strides, writeable=False)


@dataclass(eq=False)
class Object:
    """An instance of a Lua class, such as nn.SpatialConvolution, as the table of its fields."""

    name: str
    fields: dict[Any, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Function:
    """A Lua function, which is skipped; only the length of its bytecode is known."""

    length: int


def load(data: Bytes) -> Any:
    """Return the value in a Torch7 file, binary or ASCII, with 4 or 8 bytes per long.

    Raises WeightsError for damage of any kind, and allocates no more than the file's length allows.
    """
    if re.match(rb"[0-8]\n", data):
        return _load(Ascii(data[:]))[0]
    try:
        value, left = _load(Binary(data, 8))
    except WeightsError:
        try:
            return _load(Binary(data, 4))[0]
        except WeightsError:
            pass
        raise
    if left:
        # 8 bytes made sense but left a rest: 4 bytes are only right if they leave none.
        try:
            other, rest = _load(Binary(data, 4))
        except WeightsError:
            return value
        return value if rest else other
    return value


def _load(stream: Stream) -> tuple[Any, int]:
    try:
        value = _Reader(stream).value(0)
    except (ValueError, OverflowError) as error:
        # Not what the error says, which quotes the file.
        raise WeightsError("is a damaged Torch7 file (a number is malformed)") from error
    return value, stream.left()


class _Reader:
    def __init__(self, stream: Stream) -> None:
        self._in = stream
        self._known: dict[int, Any] = {}

    def value(self, depth: int) -> Any:
        if depth > _DEEPEST:
            raise WeightsError(f"is nested more than {_DEEPEST} deep, which no network is")
        kind = self._in.integer()
        if kind == _NIL:
            return None
        if kind == _NUMBER:
            return self._in.number()
        if kind == _BOOLEAN:
            return self._in.integer() == 1
        if kind == _STRING:
            return self._string()
        if kind == _FUNCTION:
            return self._function(depth)
        if kind in (_TABLE, _TORCH, _LEGACY_FUNCTION, _RECURSIVE_FUNCTION):
            return self._shared(kind, depth)
        raise WeightsError(f"is a damaged Torch7 file (an object of type {kind}, which does not exist)")

    def _shared(self, kind: int, depth: int) -> Any:
        index = self._in.integer()
        if index in self._known:
            return self._known[index]
        if kind == _TABLE:
            table: dict[Any, Any] = {}
            self._known[index] = table
            self._fill(table, depth)
            return table
        if kind == _TORCH:
            return self._object(index, depth)
        self._known[index] = self._function(depth)
        return self._known[index]

    def _string(self) -> str:
        return self._in.chars(self._in.integer()).decode("utf-8", "backslashreplace")

    def _function(self, depth: int) -> Function:
        function = Function(len(self._in.chars(self._in.integer())))
        self.value(depth + 1)  # the variables it closes over
        return function

    def _fill(self, table: dict[Any, Any], depth: int) -> None:
        count = self._in.integer()
        if not 0 <= count <= self._in.left():
            raise WeightsError(f"is a damaged Torch7 file (a table of {count} entries in {self._in.left()} bytes)")
        for _ in range(count):
            key = self.value(depth + 1)
            if isinstance(key, float) and key.is_integer():
                key = int(key)
            elif not isinstance(key, (str, float)):
                # Any Lua value can be a key, but in Python 1 and True are the same and a table is none.
                key = f"<{type(key).__name__} {len(table)}>"
            table[key] = self.value(depth + 1)

    def _object(self, index: int, depth: int) -> Any:
        version = self._string()
        name = self._string() if version.startswith("V ") else version
        if (known := _CLASS.match(name)) is not None:
            # torch.CudaTensor holds floats; torch.Tensor itself is abstract and never written.
            kind = known[2] or ("Float" if known[1] else "")
            if not kind:
                raise WeightsError(f"is a damaged Torch7 file (an instance of the abstract {name})")
            return self._storage(index, kind) if known[3] == "Storage" else self._tensor(index, kind, depth)
        made = Object(name)
        self._known[index] = made
        fields = self.value(depth + 1)
        if not isinstance(fields, dict):
            raise WeightsError(f"contains an object of class '{name}', which is neither a table nor a tensor")
        made.fields = fields
        return made

    def _storage(self, index: int, kind: str) -> Storage:
        (count,) = self._in.longs(1)
        self._known[index] = storage = Storage(kind, self._in.array(_KINDS[kind], count))
        return storage

    def _tensor(self, index: int, kind: str, depth: int) -> Tensor:
        self._known[index] = tensor = Tensor(kind)
        dimensions = self._in.integer()
        if not 0 <= dimensions <= _MOST_DIMENSIONS:
            raise WeightsError(f"is a damaged Torch7 file (a tensor of {dimensions} dimensions)")
        shape, stride = self._in.longs(dimensions), self._in.longs(dimensions)
        offset = self._in.longs(1)[0] - 1
        storage = self.value(depth + 1)
        if storage is not None and not (isinstance(storage, Storage) and storage.kind == kind):
            raise WeightsError(f"is a damaged Torch7 file (a {kind}Tensor without a {kind}Storage)")
        if dimensions:
            _check_view(shape, stride, offset, 0 if storage is None else len(storage.data))
            tensor.shape, tensor.stride, tensor.offset = tuple(shape), tuple(stride), offset
        tensor.storage = storage
        return tensor


def _check_view(shape: list[int], stride: list[int], offset: int, length: int) -> None:
    last = offset + sum((size - 1) * step for size, step in zip(shape, stride))
    inside = min(shape) >= 0 and min(stride) >= 0 and offset >= 0 and (0 in shape or last < length)
    if not inside or max(shape) >= 2**31:
        raise WeightsError(f"is a damaged Torch7 file (a tensor {shape} exceeds its {length} numbers)")
