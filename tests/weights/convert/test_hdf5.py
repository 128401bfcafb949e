import h5py
import numpy as np
import pytest

from neuralart.errors import WeightsError
from neuralart.weights.convert.hdf5 import read_hdf5
from neuralart.weights.read import read

from ..files import VGG, numbers, same


def keras_name(layer):
    return f"block{layer[4]}_conv{layer[6]}"


def hwio(array):
    return array.transpose(2, 3, 1, 0) if array.ndim == 4 else array


def write(path, style):
    """The layouts of Keras 1 (as published), Keras 2 with its model around, and Keras 3."""
    arrays = numbers(VGG)
    with h5py.File(path, "w") as file:
        top = file.create_group("model_weights") if style == "keras2" else file
        top.attrs["layer_names"] = [b"input_1"] + [keras_name(layer).encode() for layer in VGG]
        for number, layer in enumerate(VGG):
            k = keras_name(layer)
            weight, bias = {
                "keras1": (f"{k}/{k}_W_1:0", f"{k}/{k}_b_1:0"),
                "keras2": (f"{k}/{k}/kernel:0", f"{k}/{k}/bias:0"),
                "keras3": (f"layers/{k}/vars/0", f"layers/{k}/vars/1"),
                "keras3 unnamed": (f"layers/conv2d_{number + 8}/vars/0", f"layers/conv2d_{number + 8}/vars/1"),
            }[style]
            top[weight], top[bias] = hwio(arrays[f"{layer}.weight"]), arrays[f"{layer}.bias"]
    return arrays


@pytest.mark.parametrize("style", ["keras1", "keras2", "keras3", "keras3 unnamed"])
def test_kernels_are_turned(style, tmp_path):
    arrays = write(tmp_path / "w.h5", style)
    assert same(read(tmp_path / "w.h5", VGG), arrays)


def test_caffes_hdf5_is_not_turned(tmp_path):
    arrays = numbers(VGG)
    with h5py.File(tmp_path / "w.h5", "w") as file:
        for name, array in arrays.items():
            layer, role = name.split(".")
            file[f"data/{layer}/{'01'[role == 'bias']}"] = array
    assert same(read(tmp_path / "w.h5", VGG), arrays)


def test_names_come_in_natural_order(tmp_path):
    with h5py.File(tmp_path / "w.h5", "w") as file:
        for name in ("conv2d_10", "conv2d_2", "conv2d"):
            file[f"{name}/{name}/kernel:0"] = np.zeros((3, 3, 2, 5))
    assert [entry.name.split("/")[0] for entry in read_hdf5(tmp_path / "w.h5")] == ["conv2d", "conv2d_2", "conv2d_10"]
    assert read_hdf5(tmp_path / "w.h5")[0].shape == (5, 2, 3, 3)


def test_other_byte_orders_and_sizes(tmp_path):
    wanted = np.arange(24.0).reshape(1, 2, 3, 4)
    with h5py.File(tmp_path / "w.h5", "w") as file:
        for kind in (">f4", "<f2", "<f8"):
            file[f"{kind}/kernel:0"] = wanted.astype(kind)
        file["text"] = "not numbers"
        file["nothing"] = h5py.Empty("f4")
    for entry in read_hdf5(tmp_path / "w.h5"):
        if entry.shape:
            np.testing.assert_array_equal(entry.load().numpy(), wanted.transpose(3, 2, 0, 1))


def test_whole_numbers_are_refused(tmp_path):
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["conv1_1/kernel:0"] = np.zeros((3, 3, 3, 4), np.int8)
        file["conv1_1/bias:0"] = np.zeros(4)
    with pytest.raises(WeightsError, match=r"conv1_1.weight contains int8 numbers instead of floating point; "):
        read(tmp_path / "w.h5", VGG)


def test_links_into_other_files_are_not_followed(tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["conv1_1/kernel:0"] = hwio(numbers(VGG)["conv1_1.weight"])
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["conv1_1"] = h5py.ExternalLink("secret.h5", "/conv1_1")
        file["dangling"] = h5py.SoftLink("/nowhere")
    assert read_hdf5(tmp_path / "w.h5") == []


def test_a_claim_of_absurd_size_is_never_allocated(tmp_path):
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.create_dataset("conv1_1/kernel:0", (3, 3, 2**20, 2**30), "f8", chunks=(3, 3, 64, 64))
        file["conv1_1/bias:0"] = np.zeros(4)
    with pytest.raises(WeightsError, match=r"conv1_1.weight has shape \[1073741824, 1048576, 3, 3\]"):
        read(tmp_path / "w.h5", VGG)
