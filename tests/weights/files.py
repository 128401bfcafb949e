"""Files of weights made by hand: what the tests of the readers read."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).parents[2]
SHARED = REPOSITORY.parent / "shared"
SAMPLES = REPOSITORY / "tests" / "oracle" / "th_samples"

VGG = {"conv1_1": (4, 3, 3, 3), "conv1_2": (4, 4, 3, 3), "conv2_1": (6, 4, 3, 3)}
INCEPTION = {
    "conv1/7x7_s2": (4, 3, 7, 7),
    "conv2/3x3_reduce": (4, 4, 1, 1),
    "conv2/3x3": (6, 4, 3, 3),
    "inception_3a/1x1": (2, 6, 1, 1),
    "inception_3a/3x3_reduce": (3, 6, 1, 1),
    "inception_3a/3x3": (4, 3, 3, 3),
}
FULL_VGG = {
    f"conv{block}_{place}": (64 * 2 ** min(block - 1, 3), 3 if (block, place) == (1, 1) else channels, 3, 3)
    for block, count in enumerate((2, 2, 4, 4, 4), start=1)
    for place, channels in enumerate(
        [64 * 2 ** min(max(block - 2, 0), 3)] + [64 * 2 ** min(block - 1, 3)] * (count - 1), start=1
    )
}

_MODULES = {  # 1x1, 3x3_reduce, 3x3, 5x5_reduce, 5x5, pool_proj
    "3a": (192, 64, 96, 128, 16, 32, 32),
    "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64),
    "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64),
    "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128),
    "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}
FULL_INCEPTION = {
    "conv1/7x7_s2": (64, 3, 7, 7),
    "conv2/3x3_reduce": (64, 64, 1, 1),
    "conv2/3x3": (192, 64, 3, 3),
    **{
        f"inception_{name}/{part}": shape
        for name, (into, one, reduce3, three, reduce5, five, pool) in _MODULES.items()
        for part, shape in {
            "1x1": (one, into, 1, 1),
            "3x3_reduce": (reduce3, into, 1, 1),
            "3x3": (three, reduce3, 3, 3),
            "5x5_reduce": (reduce5, into, 1, 1),
            "5x5": (five, reduce5, 5, 5),
            "pool_proj": (pool, into, 1, 1),
        }.items()
    },
}


def numbers(layers, seed=0):
    """Random float32 arrays under the names that read() gives: the expected result and what goes into files."""
    random = np.random.default_rng(seed)
    arrays = {}
    for layer, shape in layers.items():
        arrays[f"{layer}.weight"] = random.standard_normal(shape).astype(np.float32)
        arrays[f"{layer}.bias"] = random.standard_normal(shape[0]).astype(np.float32)
    return arrays


def same(read, wanted):
    """Whether read()'s result holds exactly the wanted arrays, in the wanted order."""
    assert list(read) == list(wanted)
    for name, tensor in read.items():
        assert str(tensor.dtype) == "torch.float32" and tensor.is_contiguous()
        np.testing.assert_array_equal(tensor.numpy(), wanted[name])
    return True


# Protocol buffers on the wire, written down independently of any library.


def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def number_field(field, value):
    return varint(field << 3) + varint(value)


def bytes_field(field, value):
    return varint(field << 3 | 2) + varint(len(value)) + value


def caffe(arrays, *, old=False, double=False, dummy=b""):
    """A .caffemodel of the new layout (``layer``, blobs with a shape) or the old one (``layers``, four dimensions)."""
    net = bytes_field(1, b"net") + dummy
    for name in [name.removesuffix(".weight") for name in arrays if name.endswith(".weight")]:
        blobs = [
            _blob(arrays[f"{name}.{role}"], old, double) for role in ("weight", "bias") if f"{name}.{role}" in arrays
        ]
        if old:
            layer = bytes_field(4, name.encode()) + number_field(5, 4)
            net += bytes_field(2, layer + b"".join(bytes_field(6, blob) for blob in blobs))
        else:
            layer = bytes_field(1, name.encode()) + bytes_field(2, b"Convolution")
            net += bytes_field(100, layer + b"".join(bytes_field(7, blob) for blob in blobs))
    return net


def _blob(array, old, double):
    data = bytes_field(8, array.astype("<f8").tobytes()) if double else bytes_field(5, array.astype("<f4").tobytes())
    if old:
        shape = (1,) * (4 - array.ndim) + array.shape
        return b"".join(number_field(i, n) for i, n in enumerate(shape, start=1)) + data
    return data + bytes_field(7, bytes_field(1, b"".join(varint(n) for n in array.shape)))


def onnx_tensor(name, array, kind="raw"):
    dims = b"".join(number_field(1, n) for n in array.shape)
    if kind == "raw":
        body = number_field(2, 1) + bytes_field(9, array.astype("<f4").tobytes())
    elif kind == "float_data":
        body = number_field(2, 1) + bytes_field(4, array.astype("<f4").tobytes())
    elif kind == "double_data":
        body = number_field(2, 11) + bytes_field(10, array.astype("<f8").tobytes())
    elif kind == "half":
        body = number_field(2, 10) + bytes_field(9, array.astype("<f2").tobytes())
    elif kind == "half_in_int32":
        bits = array.astype("<f2").view(np.uint16).ravel()
        body = number_field(2, 10) + bytes_field(5, b"".join(varint(int(b)) for b in bits))
    elif kind == "bfloat16":
        bits = (array.astype("<f4").view(np.uint32) >> 16).astype("<u2")
        body = number_field(2, 16) + bytes_field(9, bits.tobytes())
    elif kind == "int8":
        body = number_field(2, 3) + bytes_field(9, array.astype("i1").tobytes())
    elif kind == "external":
        entry = bytes_field(1, b"location") + bytes_field(2, b"weights.bin")
        body = number_field(2, 1) + bytes_field(13, entry) + number_field(14, 1)
    return dims + body + bytes_field(8, name.encode())


def onnx(tensors, nodes=()):
    """An ONNX model of encoded tensors and of nodes (operation, name, inputs)."""
    graph = b"".join(
        bytes_field(1, b"".join(bytes_field(1, i.encode()) for i in inputs) + bytes_field(3, name) + bytes_field(4, op))
        for op, name, inputs in nodes
    )
    graph += bytes_field(2, b"graph") + b"".join(bytes_field(5, tensor) for tensor in tensors)
    return number_field(1, 3) + bytes_field(2, b"test") + bytes_field(7, graph) + bytes_field(8, number_field(2, 7))


# Torch7's serialisation, binary with 8-byte longs.


class Th:
    """Writes values as Lua's torch.save does: dict -> table, array -> torch.FloatTensor, float, str."""

    def __init__(self):
        self._index = 0

    def __call__(self, value):
        if isinstance(value, dict):
            head = struct.pack("<iii", 3, self._next(), len(value))
            return head + b"".join(self(k) + self(v) for k, v in value.items())
        if isinstance(value, np.ndarray):
            head = struct.pack("<ii", 4, self._next()) + _chars("V 1") + _chars("torch.FloatTensor")
            strides = [step // value.itemsize for step in np.ascontiguousarray(value).strides]
            head += struct.pack(f"<i{2 * value.ndim + 1}q", value.ndim, *value.shape, *strides, 1)
            storage = struct.pack("<ii", 4, self._next()) + _chars("V 1") + _chars("torch.FloatStorage")
            return head + storage + struct.pack("<q", value.size) + value.astype("<f4").tobytes()
        if isinstance(value, str):
            return struct.pack("<i", 2) + _chars(value)
        return struct.pack("<id", 1, value)

    def object(self, name, fields):
        return struct.pack("<ii", 4, self._next()) + _chars("V 1") + _chars(name) + self(fields)

    def _next(self):
        self._index += 1
        return self._index


def _chars(text):
    return struct.pack("<i", len(text.encode())) + text.encode()


def th(arrays, start=2, step=3, flat=False):
    """The original program's layout {[i] = {weight, bias}}, i with gaps, highest first, kernels perhaps flattened."""
    table = {}
    layers = [name.removesuffix(".weight") for name in arrays if name.endswith(".weight")]
    for place, layer in reversed(list(enumerate(layers))):
        weight = arrays[f"{layer}.weight"]
        weight = weight.reshape(len(weight), -1) if flat else weight
        table[float(start + step * place)] = {2.0: arrays[f"{layer}.bias"], 1.0: weight}
    return Th()(table)
