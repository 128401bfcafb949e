import struct

import numpy as np
import pytest

from neuralart.errors import WeightsError
from neuralart.weights.convert.onnx import read_onnx

from ..files import bytes_field, number_field, numbers, onnx, onnx_tensor

ARRAYS = numbers({"a": (2, 3, 3, 3)})
WEIGHT, BIAS = ARRAYS.values()


def entries(tmp_path, data):
    path = tmp_path / "net.onnx"
    path.write_bytes(data)
    return read_onnx(path)


@pytest.mark.parametrize("kind", ["raw", "float_data", "double_data", "half", "half_in_int32", "bfloat16"])
def test_every_kind_of_float(kind, tmp_path):
    (entry,) = entries(tmp_path, onnx([onnx_tensor("w", WEIGHT, kind)]))
    assert entry.shape == WEIGHT.shape
    exact = {"raw": 0, "float_data": 0, "double_data": 0, "bfloat16": 2**-7}.get(kind, 2**-10)
    np.testing.assert_allclose(entry.load().numpy(), WEIGHT, rtol=exact, atol=1e-7 if exact else 0)


def test_bytes_written_by_hand(tmp_path):
    tensor = b"\x08\x02" + b"\x10\x01" + b"\x42\x05c_w_0" + b"\x4a\x08" + struct.pack("<2f", 0.5, -2)
    graph = b"\x2a" + bytes([len(tensor)]) + tensor
    (entry,) = entries(tmp_path, b"\x08\x03" + b"\x3a" + bytes([len(graph)]) + graph)
    assert entry.name == "c_w_0" and entry.load().tolist() == [0.5, -2.0]


def test_names_that_speak_are_kept_and_nodes_give_the_order(tmp_path):
    tensors = [onnx_tensor(name, a) for name, a in (("b_w_0", WEIGHT), ("b_b_0", BIAS), ("a_w_0", WEIGHT), ("k", BIAS))]
    nodes = [(b"Conv", b"", ("x", "a_w_0")), (b"Relu", b"", ("y",)), (b"Conv", b"", ("y", "b_w_0", "b_b_0"))]
    found = entries(tmp_path, onnx(tensors, nodes))
    assert [entry.name for entry in found] == ["a.weight", "b.weight", "b.bias", "k"]


def test_anonymous_initialisers_take_their_nodes_name_or_number(tmp_path):
    tensors = [onnx_tensor(name, array) for name, array in (("1", WEIGHT), ("2", BIAS), ("3", WEIGHT), ("4", BIAS))]
    nodes = [(b"Conv", b"conv1/7x7_s2", ("x", "3", "4")), (b"Conv", b"", ("y", "1", "2"))]
    found = entries(tmp_path, onnx(tensors, nodes))
    names = ["conv1/7x7_s2.weight", "conv1/7x7_s2.bias", "convolution 1.weight", "convolution 1.bias"]
    assert [entry.name for entry in found] == names


def test_a_kernel_that_two_nodes_share_comes_once(tmp_path):
    nodes = [(b"Conv", b"", ("x", "c.weight")), (b"Conv", b"", ("y", "c.weight")), (b"Conv", b"", ("z",))]
    assert [e.name for e in entries(tmp_path, onnx([onnx_tensor("c.weight", WEIGHT)], nodes))] == ["c.weight"]


def test_external_data_is_refused_by_name(tmp_path):
    (entry,) = entries(tmp_path, onnx([onnx_tensor("w", WEIGHT, "external")]))
    with pytest.raises(
        WeightsError, match=r"keeps its numbers in a second file \('weights.bin'\); save the model with"
    ):
        entry.load()


def test_whole_numbers_are_refused(tmp_path):
    (entry,) = entries(tmp_path, onnx([onnx_tensor("w", WEIGHT, "int8")]))
    with pytest.raises(WeightsError, match="contains numbers of ONNX type 3 instead of floating point"):
        entry.load()


def test_quantised_networks_are_refused(tmp_path):
    with pytest.raises(WeightsError, match="contains quantised weights; use the floating-point file"):
        entries(tmp_path, onnx([onnx_tensor("w", WEIGHT)], [(b"QLinearConv", b"", ("x",))]))


def test_batch_normalisation_is_called_what_it_is(tmp_path):
    found = entries(tmp_path, onnx([onnx_tensor("w", WEIGHT)], [(b"BatchNormalization", b"bn", ("x",))]))
    assert found[0].name == "bn.running_mean"
    with pytest.raises(WeightsError, match="computed"):
        found[0].load()


def test_numbers_that_do_not_fill_the_shape(tmp_path):
    tensor = number_field(1, 5) + number_field(2, 1) + bytes_field(8, b"w") + bytes_field(9, bytes(16))
    (entry,) = entries(tmp_path, onnx([tensor]))
    with pytest.raises(WeightsError, match=r"has 4 numbers, which do not fill \[5\]"):
        entry.load()


def test_a_model_without_initialisers(tmp_path):
    with pytest.raises(WeightsError, match="has no initialisers"):
        entries(tmp_path, onnx([]))
