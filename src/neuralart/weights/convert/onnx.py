"""Reads ONNX."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from neuralart.errors import WeightsError
from neuralart.weights.convert.schema import Schema, checked, messages, text
from neuralart.weights.entry import Entry, float_tensor

# From onnx/onnx's onnx.proto. Packed numbers are declared as bytes, which is the same on the wire and spares making
# a Python float of each.
SCHEMA: Schema = {
    "ModelProto": {
        "ir_version": (1, "int64"),
        "producer_name": (2, "bytes"),
        "graph": (7, "GraphProto"),
        "opset_import": (8, "bytes*"),
    },
    "GraphProto": {"node": (1, "NodeProto*"), "name": (2, "bytes"), "initializer": (5, "TensorProto*")},
    "NodeProto": {"input": (1, "bytes*"), "output": (2, "bytes*"), "name": (3, "bytes"), "op_type": (4, "bytes")},
    "TensorProto": {
        "dims": (1, "int64*"),
        "data_type": (2, "int32"),
        "float_data": (4, "bytes*"),
        "int32_data": (5, "int32*"),
        "name": (8, "bytes"),
        "raw_data": (9, "bytes"),
        "double_data": (10, "bytes*"),
        "external_data": (13, "StringStringEntryProto*"),
        "data_location": (14, "int32"),
    },
    "StringStringEntryProto": {"key": (1, "bytes"), "value": (2, "bytes")},
}
_FLOAT, _FLOAT16, _DOUBLE, _BFLOAT16 = 1, 10, 11, 16
_KINDS = {_FLOAT: "<f4", _FLOAT16: "<f2", _DOUBLE: "<f8", _BFLOAT16: "<u2"}
_NAMED = re.compile(r"(?:_[wW](?:_\d+)?|[._/]weight)$")


@cache
def _model() -> Any:
    return messages("neuralart.onnx", SCHEMA)["ModelProto"]


def read_onnx(path: Path) -> list[Entry]:
    """Return every initialiser: first the kernels and biases of the Conv nodes, in the nodes' order, then the others.

    An initialiser with a meaningless name is named after its node, or after the node's number. Raises WeightsError, or
    whatever the library raises for a damaged file.
    """
    model = _model()()
    model.ParseFromString(checked(path, (7,)))
    tensors = {text(tensor.name): tensor for tensor in model.graph.initializer}
    if not tensors:
        raise WeightsError("is damaged, or is not an ONNX file of weights (it has no initialisers)")
    entries = []
    for number, node in enumerate(model.graph.node):
        operation = text(node.op_type)
        if operation in ("QLinearConv", "ConvInteger", "DequantizeLinear"):
            raise WeightsError("contains quantised weights; use the floating-point file")
        if operation == "Conv":
            entries += _of_node(node, number, tensors)
        elif operation == "BatchNormalization":
            entries.append(Entry(f"{text(node.name) or number}.running_mean", (), _nothing))
    return entries + [_entry(name, tensor) for name, tensor in tensors.items()]


def _of_node(node: Any, number: int, tensors: dict[str, Any]) -> list[Entry]:
    inputs = [text(name) for name in node.input][1:3]
    kernel = inputs[0] if inputs else ""
    if kernel not in tensors:
        return []  # shared with an earlier node, or computed
    if named := _NAMED.search(kernel):
        stem = kernel[: named.start()]
    else:
        stem = (text(node.name) or f"convolution {number}").removesuffix("/Conv")
    result = [(f"{stem}.{role}", name) for role, name in zip(("weight", "bias"), inputs) if name in tensors]
    return [_entry(role, tensors.pop(name)) for role, name in result]


def _nothing() -> torch.Tensor:
    raise WeightsError("is computed, not stored")


def _entry(name: str, tensor: Any) -> Entry:
    return Entry(name, tuple(tensor.dims), _loader(tensor))


def _loader(tensor: Any) -> Callable[[], torch.Tensor]:
    def load() -> torch.Tensor:
        if tensor.data_location == 1 or tensor.external_data:
            where = next((text(e.value) for e in tensor.external_data if e.key == b"location"), "?")
            raise WeightsError(f"keeps its numbers in a second file ('{where}'); save the model with the data inside")
        if tensor.data_type not in _KINDS:
            raise WeightsError(f"contains numbers of ONNX type {tensor.data_type} instead of floating point")
        return _numbers(tensor)

    return load


def _numbers(tensor: Any) -> torch.Tensor:
    kind = np.dtype(_KINDS[tensor.data_type])
    packed = {_FLOAT: tensor.float_data, _DOUBLE: tensor.double_data}.get(tensor.data_type, [])
    raw = tensor.raw_data or b"".join(packed)
    if not raw and kind.itemsize == 2:
        # The standard keeps the bits of 16-bit floats in int32_data.
        raw = (np.array(tensor.int32_data, dtype=np.int64) & 0xFFFF).astype("<u2").tobytes()
    shape = tuple(tensor.dims)
    if len(raw) != math.prod(shape) * kind.itemsize:
        raise WeightsError(f"has {len(raw) // kind.itemsize} numbers, which do not fill {list(shape)}")
    array = np.frombuffer(raw, kind).reshape(shape)
    if tensor.data_type == _BFLOAT16:
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return float_tensor(array)
