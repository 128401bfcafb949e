"""Reads Caffe's .caffemodel."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from neuralart.errors import WeightsError
from neuralart.weights.convert.schema import Schema, checked, messages, text
from neuralart.weights.entry import Entry, float_tensor

# From BVLC/caffe's caffe.proto. The packed numbers are declared as bytes, which is the same on the wire: so they go to
# NumPy as they are, where half a gigabyte of them as Python floats would take minutes.
SCHEMA: Schema = {
    "NetParameter": {"name": (1, "bytes"), "layers": (2, "V1LayerParameter*"), "layer": (100, "LayerParameter*")},
    "LayerParameter": {"name": (1, "bytes"), "type": (2, "bytes"), "blobs": (7, "BlobProto*")},
    "V1LayerParameter": {"name": (4, "bytes"), "type": (5, "int32"), "blobs": (6, "BlobProto*")},
    "BlobProto": {
        "num": (1, "int32"),
        "channels": (2, "int32"),
        "height": (3, "int32"),
        "width": (4, "int32"),
        "data": (5, "bytes*"),
        "shape": (7, "BlobShape"),
        "double_data": (8, "bytes*"),
    },
    "BlobShape": {"dim": (1, "int64*")},
}


@cache
def _net() -> Any:
    return messages("neuralart.caffe", SCHEMA)["NetParameter"]


def read_caffe(path: Path) -> list[Entry]:
    """Return every layer's first two blobs as ``<layer>.weight`` and ``<layer>.bias``, in the file's order.

    Raises WeightsError, or whatever the library raises for a damaged file.
    """
    net = _net()()
    net.ParseFromString(checked(path, (2, 100)))
    entries = [entry for layer in [*net.layers, *net.layer] for entry in _entries(layer)]
    if not entries:
        raise WeightsError("is damaged, or is not a Caffe file of weights (no layer has numbers)")
    return entries


def _entries(layer: Any) -> Iterator[Entry]:
    blobs = list(layer.blobs)
    # BatchNorm's blobs are mean, variance and a count: said in the words by which naming refuses them.
    normalises = bytes(layer.type) == b"BatchNorm" if isinstance(layer.type, bytes) else False
    roles = ("running_mean", "running_var") if normalises else ("weight", "bias")
    for role, blob in zip(roles, blobs):
        yield Entry(f"{text(layer.name)}.{role}", _shape(blob), lambda blob=blob: _numbers(blob))  # type: ignore[misc]


def _shape(blob: Any) -> tuple[int, ...]:
    if blob.HasField("shape"):
        return tuple(blob.shape.dim)
    return (blob.num, blob.channels, blob.height, blob.width)


def _numbers(blob: Any) -> torch.Tensor:
    data, kind = (blob.data, "<f4") if blob.data else (blob.double_data, "<f8")
    raw = b"".join(data)
    shape = _shape(blob)
    if len(raw) != math.prod(shape) * np.dtype(kind).itemsize:
        raise WeightsError(f"has {len(raw) // np.dtype(kind).itemsize} numbers, which do not fill {list(shape)}")
    return float_tensor(np.frombuffer(raw, kind).reshape(shape))
