"""The samples are what a real Torch7 wrote; expected.json says what is in them."""

import json
import struct

import numpy as np
import pytest

from neuralart.errors import WeightsError
from neuralart.weights.convert.torch7 import read_torch7
from neuralart.weights.convert.torch7_objects import Function, Object, Storage, Tensor, load
from neuralart.weights.read import read
from neuralart.weights.registry import SOURCES

from ..files import FULL_INCEPTION, FULL_VGG, SAMPLES, Th, numbers, same, th

EXPECTED = json.loads((SAMPLES / "expected.json").read_text())
BOTH = pytest.mark.parametrize("suffix", ["th", "ascii.th"])


def sample(name, suffix):
    return load((SAMPLES / f"{name}.{suffix}").read_bytes())


def plain(value):
    """Keys as JSON has them, arrays as lists."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    return value.array().tolist() if isinstance(value, Tensor) else value


@BOTH
@pytest.mark.parametrize("name", ["number", "string", "bool_true", "bool_false", "nil", "table_mixed"])
def test_plain_values(name, suffix):
    value = plain(sample(name, suffix))
    if name == "table_mixed":
        assert value == {**EXPECTED[name], "5": {**EXPECTED[name]["5"], "deep": {"1": False, "2": "é"}}}
    else:
        assert value == EXPECTED[name] and type(value) is type(EXPECTED[name])


@BOTH
def test_tensors_and_views(suffix):
    single = sample("float_2x3", suffix)
    assert single.kind == "Float" and single.array().dtype == np.float32
    np.testing.assert_array_equal(single.array(), np.array(EXPECTED["float_2x3"]["value"], np.float32))
    double = sample("double_3x2", suffix)
    assert double.kind == "Double" and double.array().tolist() == EXPECTED["double_3x2"]

    turned, wanted = sample("float_transposed_3x2", suffix), EXPECTED["float_transposed_3x2"]
    assert turned.array().tolist() == wanted["value"]
    assert list(turned.stride) == wanted["stride"] and turned.storage.data.tolist() == wanted["storage"]

    part, wanted = sample("float_narrow_offset", suffix), EXPECTED["float_narrow_offset"]
    assert part.array().tolist() == wanted["value"]
    assert part.offset + 1 == wanted["storage_offset_1based"] and len(part.storage.data) == wanted["storage_len"]


@BOTH
def test_what_is_shared_in_the_file_is_one_object_here(suffix):
    value, wanted = sample("shared_storage", suffix), EXPECTED["shared_storage"]
    assert plain(value) == {**{k: wanted[k] for k in ("1", "2", "a")}, "3": wanted["1"]}
    assert value[3] is value[1]
    assert value[1].storage is value[2].storage is value["a"].storage

    cycle = sample("cyclic", suffix)
    assert cycle["name"] == "cyc" and cycle["me"] is cycle and cycle["again"][1] is cycle["again"][2] is cycle


@BOTH
def test_every_number_type(suffix):
    value, wanted = sample("types", suffix), EXPECTED["types"]
    for name in ("byte", "char", "short", "int", "long", "float", "double"):
        assert value[name].array().tolist() == wanted[name]
        assert value[name].kind == name.capitalize()
    for name in ("fstorage", "lstorage"):
        assert isinstance(value[name], Storage) and value[name].data.tolist() == wanted[name]
    assert value["empty"].array().size == 0 and value["empty"].kind == "Float"
    assert value["zero_d"].array().size == 0


@BOTH
def test_modules_become_objects_with_their_fields(suffix):
    module = sample("nn_conv", suffix)
    assert isinstance(module, Object) and module.name == "nn.SpatialConvolution"
    assert module.fields["weight"].array().tolist() == np.arange(1, 19).reshape(2, 1, 3, 3).tolist()
    assert module.fields["bias"].array().tolist() == [0.5, -0.5]
    assert (module.fields["kW"], module.fields["padH"], module.fields["_type"]) == (3, 1, "torch.FloatTensor")


def test_functions_are_passed_over():
    value = sample("has_function", "th")
    assert isinstance(value["f"], Function) and value["f"].length == 54 and value["x"] == 5


@pytest.mark.parametrize("size", [4, 8])
def test_either_size_of_long(size):
    assert plain(sample(f"long_size{size}", "th")) == {"1": [1, -2, 3], "2": [[1, 2], [3, 4]]}


@BOTH
@pytest.mark.parametrize("name", ["weights_sparse", "weights_dense_empty"])
def test_weights_come_by_rising_module_number(name, suffix):
    entries = read_torch7(SAMPLES / f"{name}.{suffix}")
    assert [entry.name for entry in entries] == ["2.weight", "2.bias", "4.weight", "4.bias"]
    assert [entry.shape for entry in entries] == [(2, 3, 3, 3), (2,), (4, 18), (4,)]
    np.testing.assert_array_equal(entries[0].load().numpy().ravel(), np.arange(1, 55) / 8)
    np.testing.assert_array_equal(entries[1].load().numpy(), [-0.5, 0.25])
    np.testing.assert_array_equal(entries[2].load().numpy().ravel(), np.arange(1, 73) * -0.125)
    np.testing.assert_array_equal(entries[3].load().numpy(), [1, 2, 3, 4])


def test_a_saved_network_is_walked_as_list_modules_does(tmp_path):
    arrays = numbers({"a": (2, 3, 3, 3), "b": (2, 2, 1, 1)})
    write = Th()

    # Th writes dicts; modules are objects, so the tree is spelt out in the order of the bytes.
    def conv(layer):
        fields = {"weight": arrays[f"{layer}.weight"], "gradWeight": arrays[f"{layer}.weight"] * 0}
        return write.object("nn.SpatialConvolution", {**fields, "bias": arrays[f"{layer}.bias"]})

    modules = struct.pack("<iii", 3, 900, 2) + write(2.0) + conv("b") + write(1.0) + conv("a")
    root = struct.pack("<ii", 4, 901) + b"\x03\0\0\0V 1" + b"\x0d\0\0\0nn.Sequential"
    root += struct.pack("<iii", 3, 902, 1) + write("modules") + modules
    path = tmp_path / "model.t7"
    path.write_bytes(root)
    entries = read_torch7(path)
    assert [entry.name for entry in entries] == ["1.weight", "1.bias", "2.weight", "2.bias"]
    np.testing.assert_array_equal(entries[0].load().numpy(), arrays["a.weight"])
    np.testing.assert_array_equal(entries[2].load().numpy(), arrays["b.weight"])


@pytest.mark.parametrize(
    "data, reason",
    [
        (struct.pack("<ii", 9, 0), "an object of type 9"),
        (struct.pack("<iii", 3, 1, 10**9), "a table of 1000000000 entries"),
        (struct.pack("<iii", 3, 1, -1), "a table of -1 entries"),
        (struct.pack("<ii", 2, 10**9), "truncated or damaged"),
        (struct.pack("<ii", 2, -5), "truncated or damaged"),
        (b"3\n1\n1\n2\n99999\nx", "truncated or damaged"),
        (b"1\nfive\n", "a number is malformed"),
        (b"4\n1\n3\nV 1\n17\ntorch.FloatTensor\n99\n", "a tensor of 99 dimensions"),
        (b"4\n1\n3\nV 1\n12\ntorch.Tensor\n1\n", "abstract torch.Tensor"),
        (b"4\n1\n3\nV 1\n8\ntds.Hash\n1\n1\n", "class 'tds.Hash'"),
        (b"4\n1\n3\nV 1\n18\ntorch.FloatStorage\n3\n1 2     \n", "has 2 numbers instead of 3"),
        (b"4\n1\n3\nV 1\n18\ntorch.FloatStorage\n999999999999\n1 2\n", "truncated or damaged"),
        # a view that reaches past its storage, and one that would begin before it
        (b"4\n1\n3\nV 1\n17\ntorch.FloatTensor\n1\n3\n1\n1\n4\n2\n3\nV 1\n18\ntorch.FloatStorage\n2\n1 2\n", "exceeds"),
        (b"4\n1\n3\nV 1\n17\ntorch.FloatTensor\n1\n2\n1\n0\n4\n2\n3\nV 1\n18\ntorch.FloatStorage\n2\n1 2\n", "exceeds"),
        (
            b"4\n1\n3\nV 1\n17\ntorch.FloatTensor\n1\n2\n-1\n2\n4\n2\n3\nV 1\n18\ntorch.FloatStorage\n2\n1 2\n",
            "exceeds",
        ),
    ],
)
def test_damage_is_named(data, reason):
    with pytest.raises(WeightsError, match=reason):
        load(data)


def test_nesting_cannot_exhaust_the_stack():
    bottomless = b"".join(struct.pack("<iiiid", 3, index, 1, 1, 1.0) for index in range(1, 100_000))
    with pytest.raises(WeightsError, match="nested more than 120 deep"):
        load(bottomless)


def test_a_huge_view_of_few_numbers_costs_nothing():
    tensor = b"4\n1\n3\nV 1\n17\ntorch.FloatTensor\n2\n2000000000 2000000000\n0 0\n1\n"
    assert load(tensor + b"4\n2\n3\nV 1\n18\ntorch.FloatStorage\n1\n7\n").shape == (2_000_000_000, 2_000_000_000)


def test_every_truncation_of_a_sample_is_refused():
    for name in ("weights_sparse", "shared_storage", "nn_conv", "long_size4"):
        data = (SAMPLES / f"{name}.th").read_bytes()
        for length in range(4, len(data)):
            with pytest.raises(WeightsError):
                load(data[:length])


@pytest.mark.parametrize("value, what", [(3.0, "a float"), ("x", "a str"), ({1.0: "x"}, "a table")])
def test_a_file_without_tensors_is_refused(value, what, tmp_path):
    path = tmp_path / "x.th"
    path.write_bytes(Th()(value))
    with pytest.raises(WeightsError, match=f"contains {what} without tensors"):
        read_torch7(path)


def test_the_writer_of_these_tests_agrees_with_torch7(tmp_path):
    path = tmp_path / "x.th"
    path.write_bytes(th({"a.weight": np.ones((2, 3, 3, 3)), "a.bias": np.zeros(2)}))
    (entry, _) = read_torch7(path)
    assert entry.name == "2.weight" and entry.load().sum() == 54
    array = np.array(EXPECTED["float_2x3"]["value"], np.float32)
    assert Th()(array) == (SAMPLES / "float_2x3.th").read_bytes()


def dense(arrays, modules, flat, linear=None):
    """{[i] = {weight, bias}} for every module, with an empty table for each that has no weights."""
    layers = [name.removesuffix(".weight") for name in arrays if name.endswith(".weight")]
    kernels = [arrays[f"{layer}.weight"] for layer in layers]
    pairs = [{1.0: k.reshape(len(k), -1) if flat else k, 2.0: arrays[f"{n}.bias"]} for n, k in zip(layers, kernels)]
    pairs += [{1.0: np.zeros(linear, np.float32), 2.0: np.zeros(linear[0], np.float32)}] if linear else []
    # Where the empty ones stand changes neither size nor order: all first.
    table = [{}] * (modules - len(pairs)) + pairs
    write = Th()
    body = b"".join(write(float(i)) + write(value) for i, value in enumerate(table, start=1))
    return struct.pack("<iii", 3, 10**6, len(table)) + body


@pytest.mark.parametrize(
    "network, table, modules, flat, linear",
    [
        # the container, 16 convolutions with a ReLU each, 4 poolings; kernels are those of SpatialConvolutionMM
        ("vgg", FULL_VGG, 37, True, None),
        # all of inception_modules.txt; kernels have four dimensions, and the classifier is there too
        ("inception", FULL_INCEPTION, 180, False, (1000, 1024)),
    ],
)
def test_the_published_files_layout(network, table, modules, flat, linear, tmp_path):
    """What the originals hold is known by their size alone: of all likely layouts this one fits, to the byte."""
    arrays = {name: array * 0 + 1 for name, array in numbers(table).items()}
    path = tmp_path / "w.th"
    path.write_bytes(dense(arrays, modules, flat, linear))
    assert path.stat().st_size == SOURCES[network][0].size
    assert same(read(path, table), arrays)
