"""Declares protocol buffer messages in Python, with only the fields that weights need; others are not parsed."""

from __future__ import annotations

import mmap
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from neuralart.errors import WeightsError

# message -> field -> (number, kind); a kind in capitals is another message of the schema, one ending in * is repeated.
Schema = Mapping[str, Mapping[str, tuple[int, str]]]

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # how a field is written
_SMALL = 2**20  # bytes of a field that is not looked at


def messages(package: str, schema: Schema) -> dict[str, Any]:
    """Return the message classes by name, in a separate pool, so an installed ``onnx`` or ``caffe`` cannot collide."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto2")
    for name, fields in schema.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            _declare(message, package, field, number, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in schema}


def _declare(message: Any, package: str, field: str, number: int, kind: str) -> None:
    proto = descriptor_pb2.FieldDescriptorProto
    declared = message.field.add(name=field, number=number)
    declared.label = proto.LABEL_REPEATED if kind.endswith("*") else proto.LABEL_OPTIONAL
    kind = kind.rstrip("*")
    if kind[0].isupper():
        declared.type, declared.type_name = proto.TYPE_MESSAGE, f".{package}.{kind}"
    else:
        declared.type = {"bytes": proto.TYPE_BYTES, "int32": proto.TYPE_INT32, "int64": proto.TYPE_INT64}[kind]


def checked(path: Path, known: Collection[int]) -> bytes:
    """Return the bytes of a file, after checking that its outermost fields fill it, so no other file is read in full.

    ``known`` has the numbers of the fields that may be large. Raises WeightsError.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = 0
        while at < len(data):
            tag, at = _number(data, at)
            number, wire = tag >> 3, tag & 7
            if wire == _VARINT:
                _, at = _number(data, at)
                length = 0
            elif wire == _BYTES:
                length, at = _number(data, at)
            else:
                length = {_FIXED64: 8, _FIXED32: 4}.get(wire, -1)
            if number == 0 or length < 0 or at + length > len(data) or (length > _SMALL and number not in known):
                raise WeightsError("is damaged, or is not a file of weights (its fields do not fill it)")
            at += length
        return bytes(data)


def _number(data: mmap.mmap, at: int) -> tuple[int, int]:
    """Return a number of variable length, and the offset where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at] if at < len(data) else 0
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return value, at
    raise WeightsError("is damaged, or is not a file of weights (a number in it does not end)")


def text(value: bytes) -> str:
    """Return a name from a file, printable whatever its bytes are."""
    return value.decode("utf-8", "backslashreplace")
