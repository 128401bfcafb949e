import struct

import numpy as np
import pytest

from neuralart.errors import WeightsError
from neuralart.weights.convert.caffe import SCHEMA, read_caffe
from neuralart.weights.convert.schema import messages

from ..files import INCEPTION, VGG, bytes_field, caffe, number_field, numbers


def read(tmp_path, data):
    path = tmp_path / "net.caffemodel"
    path.write_bytes(data)
    return {entry.name: entry.load().numpy() for entry in read_caffe(path)}


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("old", [False, True])
def test_both_layouts(old, double, tmp_path):
    arrays = numbers(INCEPTION)
    found = read(tmp_path, caffe(arrays, old=old, double=double))
    assert list(found) == list(arrays)
    for name, array in found.items():
        np.testing.assert_array_equal(array.reshape(arrays[name].shape), arrays[name])


def test_bytes_written_by_hand(tmp_path):
    """No helper between: tag, length and payload as protobuf's documentation gives them."""
    blob = b"\x3a\x06\x0a\x04\x01\x01\x01\x02" + b"\x2a\x08" + struct.pack("<2f", 0.5, -2)
    layer = b"\x0a\x01c" + b"\x12\x0bConvolution" + b"\x3a" + bytes([len(blob)]) + blob
    found = read(tmp_path, b"\x0a\x03net" + b"\xa2\x06" + bytes([len(layer)]) + layer)
    assert found["c.weight"].tolist() == [[[[0.5, -2.0]]]]


def test_our_schema_writes_the_same_bytes():
    made = messages("test.caffe", SCHEMA)
    arrays = numbers({"conv1_1": (2, 3, 3, 3)})
    net = made["NetParameter"](name=b"net")
    layer = net.layer.add(name=b"conv1_1", type=b"Convolution")
    for array in arrays.values():
        layer.blobs.add(data=[array.tobytes()], shape={"dim": array.shape})
    parsed = made["NetParameter"].FromString(caffe(arrays))
    assert parsed == net


def test_layers_without_numbers_and_unknown_fields_are_passed_over(tmp_path):
    dummy = bytes_field(100, bytes_field(1, b"relu") + bytes_field(2, b"ReLU")) + number_field(5, 1)
    dummy += bytes_field(8, b"\x08\x01") + bytes_field(3, b"data")
    assert list(read(tmp_path, caffe(numbers(VGG), dummy=dummy))) == list(numbers(VGG))


def test_batch_normalisation_is_called_what_it_is(tmp_path):
    blob = bytes_field(5, bytes(16)) + bytes_field(7, bytes_field(1, b"\x04"))
    layer = bytes_field(1, b"bn") + bytes_field(2, b"BatchNorm") + bytes_field(7, blob) * 3
    assert list(read(tmp_path, bytes_field(100, layer))) == ["bn.running_mean", "bn.running_var"]


def test_numbers_that_do_not_fill_the_shape(tmp_path):
    blob = bytes_field(5, bytes(16)) + bytes_field(7, bytes_field(1, b"\x05"))
    data = bytes_field(100, bytes_field(1, b"c") + bytes_field(7, blob))
    with pytest.raises(WeightsError, match=r"has 4 numbers, which do not fill \[5\]"):
        read(tmp_path, data)


def test_a_net_without_numbers(tmp_path):
    with pytest.raises(WeightsError, match="no layer has numbers"):
        read(tmp_path, bytes_field(1, b"net"))
