"""The whole way, from a file of any format to tensors, and what becomes of damaged ones."""

import random
import subprocess
import sys
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from neuralart.errors import WeightsError
from neuralart.weights.read import FORMATS, metadata, read

from .files import FULL_VGG, INCEPTION, SAMPLES, SHARED, VGG, caffe, numbers, onnx, onnx_tensor, same, th


def tensors(arrays):
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def write_hdf5(arrays, path):
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            layer, role = name.rsplit(".", 1)
            turned = array.transpose(2, 3, 1, 0) if array.ndim == 4 else array
            file[f"{layer.replace('/', '_')}/{'kernel' if role == 'weight' else 'bias'}:0"] = turned


WRITERS = {
    "safetensors": lambda arrays, path: save_file(tensors(arrays), path, {"normalised": "true"}),
    "pytorch": lambda arrays, path: torch.save(tensors(arrays), path),
    "pytorch legacy": lambda a, path: torch.save(tensors(a), path, _use_new_zipfile_serialization=False),
    "hdf5": write_hdf5,
    "onnx": lambda arrays, path: path.write_bytes(
        onnx([onnx_tensor(k.replace(".weight", "_w_0").replace(".bias", "_b_0"), v) for k, v in arrays.items()])
    ),
    "caffe": lambda arrays, path: path.write_bytes(caffe(arrays)),
    "caffe old": lambda arrays, path: path.write_bytes(caffe(arrays, old=True)),
    "torch7": lambda arrays, path: path.write_bytes(th(arrays)),
    "torch7 flat": lambda arrays, path: path.write_bytes(th(arrays, flat=True)),
}
EVERY_FORMAT = pytest.mark.parametrize("style", WRITERS)


def test_every_format_is_tested():
    assert {style.split()[0] for style in WRITERS} == set(FORMATS)


@EVERY_FORMAT
@pytest.mark.parametrize("layers", [VGG, INCEPTION], ids=["vgg", "inception"])
def test_numbers_arrive_whole_and_in_order(style, layers, tmp_path):
    arrays = numbers(layers)
    WRITERS[style](arrays, tmp_path / "weights")
    assert same(read(tmp_path / "weights", layers), arrays)
    assert same(read(str(tmp_path / "weights"), layers), arrays)
    first = dict(list(layers.items())[:2])
    assert list(read(tmp_path / "weights", first)) == [f"{k}.{role}" for k in first for role in ("weight", "bias")]


@EVERY_FORMAT
def test_a_file_may_hold_less_than_the_table(style, tmp_path):
    few = numbers(dict(list(VGG.items())[:2]))
    WRITERS[style](few, tmp_path / "weights")
    assert same(read(tmp_path / "weights", VGG), few)


@EVERY_FORMAT
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(style, bad, tmp_path):
    arrays = numbers(VGG)
    arrays["conv1_2.bias"][2] = bad
    WRITERS[style](arrays, tmp_path / "weights")
    with pytest.raises(WeightsError) as caught:
        read(tmp_path / "weights", VGG)
    expected = f"{tmp_path / 'weights'}: conv1_2.bias has numbers that are not finite; the file is damaged"
    assert str(caught.value) == expected


def test_double_numbers_too_large_for_float_are_refused(tmp_path):
    arrays = {name: array.astype(np.float64) for name, array in numbers(VGG).items()}
    arrays["conv1_1.bias"][0] = 1e300
    (tmp_path / "w").write_bytes(caffe(arrays, double=True))
    with pytest.raises(WeightsError, match=r"conv1_1\.bias has numbers that are not finite"):
        read(tmp_path / "w", VGG)


def test_wrong_shapes_are_named(tmp_path):
    other = {**VGG, "conv1_2": (4, 4, 5, 5)}
    WRITERS["caffe"](numbers(other), tmp_path / "w")
    with pytest.raises(
        WeightsError, match=r"w: conv1_2\.weight has shape \[4, 4, 5, 5\], but this network's has \[4, 4, 3, 3\];"
    ):
        read(tmp_path / "w", VGG)
    arrays = numbers(VGG)
    arrays["conv1_1.bias"] = np.zeros(5, np.float32)
    WRITERS["pytorch"](arrays, tmp_path / "w")
    with pytest.raises(WeightsError, match=r"conv1_1\.bias has shape \[5\], but this network's has \[4\];"):
        read(tmp_path / "w", VGG)


def test_torch7_samples(tmp_path):
    """The real Torch7's files, through read(): a 4-dimensional kernel and a flattened one."""
    table = {"conv1_1": (2, 3, 3, 3), "conv1_2": (4, 2, 3, 3)}
    for name in ("weights_sparse", "weights_dense_empty"):
        for suffix in ("th", "ascii.th"):
            weights = read(SAMPLES / f"{name}.{suffix}", table)
            assert weights["conv1_2.weight"].shape == (4, 2, 3, 3)
            np.testing.assert_array_equal(weights["conv1_2.weight"].ravel(), np.arange(1, 73) * -0.125)
    weights = read(SAMPLES / "nn_conv.th", {"conv1_1": (2, 1, 3, 3)})
    assert weights["conv1_1.bias"].tolist() == [0.5, -0.5]
    with pytest.raises(WeightsError, match=r"number.th: contains a float without tensors, not weights;"):
        read(SAMPLES / "number.th", table)


def test_metadata(tmp_path):
    WRITERS["safetensors"](numbers(VGG), tmp_path / "w")
    assert metadata(tmp_path / "w") == {"normalised": "true"}
    WRITERS["caffe"](numbers(VGG), tmp_path / "w")
    assert metadata(tmp_path / "w") == {}
    with pytest.raises(WeightsError, match=r"nope: does not exist;"):
        metadata(tmp_path / "nope")
    (tmp_path / "w").write_bytes(b"\x10\0\0\0\0\0\0\0{}")
    with pytest.raises(WeightsError, match=r"w: is damaged, or is not a safetensors file of weights \(Error while"):
        metadata(tmp_path / "w")


def test_real_weights():
    path = SHARED / "weights" / "vgg19_conv1_to_conv3.safetensors"
    if not path.exists():
        pytest.skip("needs ../shared/weights/vgg19_conv1_to_conv3.safetensors")
    weights = read(path, FULL_VGG)
    assert list(weights) == [f"{layer}.{role}" for layer in list(FULL_VGG)[:8] for role in ("weight", "bias")]
    assert weights["conv1_1.weight"].shape == (64, 3, 3, 3)


def test_a_distilled_network_is_another():
    path = SHARED / "weights" / "vgg19_distilled16x.safetensors"
    if not path.exists():
        pytest.skip("needs ../shared/weights/vgg19_distilled16x.safetensors")
    with pytest.raises(WeightsError, match=r"conv1_1\.weight has shape .*, but this network's has \[64, 3, 3, 3\];"):
        read(path, FULL_VGG)


def refused_or_right(path, arrays):
    """Whatever was done to the file: one line of WeightsError, or tensors of the right shape."""
    try:
        weights = read(path, VGG)
    except WeightsError as error:
        assert str(error).startswith(f"{path}: ") and str(error).isprintable() and len(str(error)) < 800
    else:
        assert all(tensor.shape == arrays[name].shape for name, tensor in weights.items())


@EVERY_FORMAT
def test_truncation_is_always_refused(style, tmp_path):
    path = tmp_path / "w"
    WRITERS[style](numbers(VGG), path)
    data = path.read_bytes()
    for length in {*range(0, 40, 3), *range(40, len(data) - 1, max(1, len(data) // 60)), len(data) - 1}:
        path.write_bytes(data[:length])
        if style.startswith("caffe") or style == "onnx":
            refused_or_right(path, numbers(VGG))  # a protocol buffer cut between two fields is whole
        else:
            with pytest.raises(WeightsError) as caught:
                read(path, VGG)
            assert str(caught.value).startswith(f"{path}: ") and str(caught.value).isprintable()


@EVERY_FORMAT
def test_flipped_bytes_never_raise_anything_else(style, tmp_path):
    path, arrays, dice = tmp_path / "w", numbers(VGG), random.Random(style)
    WRITERS[style](arrays, path)
    data = path.read_bytes()
    for _ in range(120):
        damaged = bytearray(data)
        for _ in range(dice.choice((1, 2, 8))):
            damaged[dice.randrange(min(len(data), dice.choice((64, 512, len(data)))))] = dice.randrange(256)
        path.write_bytes(damaged)
        refused_or_right(path, arrays)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from(
        [b"", b"3\n1\n", b"4\n", b"\3\0\0\0", b"\4\0\0\0", b"PK\3\4", b"\n", b"\x08\x03:", b"\x80\2"]
    ),
    rest=st.binary(max_size=200),
)
def test_noise_never_raises_anything_else(start, rest, tmp_path):
    (tmp_path / "w").write_bytes(start + rest)
    with pytest.raises(WeightsError):
        read(tmp_path / "w", VGG)


def test_readers_are_imported_only_when_needed():
    code = (
        "import sys, neuralart.weights.registry, neuralart.weights.fetch; print('torch' in sys.modules);"
        "import neuralart.weights.read; print([m for m in ('h5py', 'google.protobuf') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout == "False\n[]\n"


@pytest.mark.parametrize(
    "head", [b"secret", b"0\n", b"1\n", b"2\n", b"3\n", b"4\n", b"\x80\x04", b"PK\x03\x04", b"\x08", b"\x0a"]
)
def test_nothing_of_a_foreign_file_is_told(tmp_path, head):
    path = tmp_path / "passwd"
    path.write_bytes(head + b"hunter2:x:0:0:hunter2:/root:/bin/sh\n" * 3)
    with pytest.raises(WeightsError) as caught:
        read(path, {"conv1_1": (64, 3, 3, 3)})
    assert "hunter2" not in str(caught.value)
    assert head.hex(" ") not in str(caught.value) or len(head) < 2


@pytest.mark.parametrize("head", [b"\x0a", b"\x08\x03", b"\x22\xff\xff\xff\x7f", b"\x04\0\0\0", b"\x03\0\0\0\1\0\0\0"])
def test_a_large_foreign_file_is_not_read_as_a_whole(tmp_path, head):
    """A sparse file of a gigabyte: refused without a gigabyte of memory, or seconds."""
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.write(head)
        file.truncate(10**9)
    tracemalloc.start()
    try:
        with pytest.raises(WeightsError):
            read(path, {"conv1_1": (64, 3, 3, 3)})
        assert tracemalloc.get_traced_memory()[1] < 10**8
    finally:
        tracemalloc.stop()
    with path.open("ab") as file:
        file.truncate(4 * 2**30)
    with pytest.raises(WeightsError, match="more than the weights of any network here"):
        read(path, {"conv1_1": (64, 3, 3, 3)})


def test_an_archive_made_to_fill_the_memory(tmp_path):
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\0.")
        archive.writestr("archive/data/0", b"\0" * 50_000_000)
    with pytest.raises(WeightsError, match="is a compressed archive, which PyTorch does not write"):
        read(path, {"conv1_1": (64, 3, 3, 3)})
