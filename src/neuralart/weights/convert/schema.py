"""Protocol buffer messages declared in Python: only the fields that weights need, the rest stays unread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

# message -> field -> (number, kind); a kind in capitals is another message of the schema, one ending in * is repeated.
Schema = Mapping[str, Mapping[str, tuple[int, str]]]


def messages(package: str, schema: Schema) -> dict[str, Any]:
    """Message name -> class, in a pool of their own, so that an installed ``onnx`` or ``caffe`` never collides."""
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


def text(value: bytes) -> str:
    """A name from a file, printable whatever its bytes are."""
    return value.decode("utf-8", "backslashreplace")
