"""What pixels VGG weights expect: recognised, converted exactly, or refused."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

from neuralart.errors import OptionError, WeightsError
from neuralart.networks import NETWORKS
from neuralart.networks.convention import DEVIATION, DIGESTS, MEAN, OXFORD, as_expected
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.provide import provide

VGG = NETWORKS["vgg"]
COLOURS = torch.tensor(DEVIATION).view(1, 3, 1, 1)


def weights(seed=0):
    """Two layers, in no convention that could be told."""
    generator = torch.Generator().manual_seed(seed)
    made = {"conv1_1.weight": torch.randn(64, 3, 3, 3, generator=generator)}
    made["conv1_1.bias"] = torch.randn(64, generator=generator) / 3
    return made


def oxfords():
    """A first layer that has the shares of Oxford's, in blue, green and red."""
    made = weights()
    kernel = made["conv1_1.weight"]
    squares = kernel[: len(OXFORD)].square().sum((2, 3))
    kernel[: len(OXFORD)] *= (torch.tensor(OXFORD) / squares).sqrt()[:, :, None, None]
    return made


def photograph():
    return torch.rand(1, 3, 16, 20, generator=torch.Generator().manual_seed(5)) * 255


def as_torchvision_would(kernel, bias, image):
    mean = torch.tensor(MEAN).view(1, 3, 1, 1)
    return F.conv2d((image / 255 - mean) / COLOURS, kernel, bias, padding=1).relu()


def test_converted_exactly_borders_and_all():
    made = weights()
    network = GraphNetwork(*as_expected(VGG, made, "torchvision"))
    expected = as_torchvision_would(made["conv1_1.weight"], made["conv1_1.bias"], photograph())
    torch.testing.assert_close(network.features(photograph(), ["conv1_1"])["conv1_1"], expected, rtol=1e-4, atol=1e-4)


def test_caffes_stay_what_they_are():
    made = weights()
    assert as_expected(VGG, made, "caffe") == (VGG, made)
    assert as_expected(VGG, made) == (VGG, made)


@pytest.mark.parametrize("factor", [1.0, 0.01])
def test_oxfords_are_known_whatever_their_names_and_scale(factor):
    made = oxfords()
    made["conv1_1.weight"] = made["conv1_1.weight"] * factor
    assert as_expected(VGG, made, named="features.0.weight") == (VGG, made)


def test_oxfords_turned_into_torchvisions_are_known():
    made = oxfords()
    turned = made | {"conv1_1.weight": made["conv1_1.weight"].flip(1) * 255 * COLOURS}
    architecture, found = as_expected(VGG, turned)
    assert architecture.order == "RGB"
    torch.testing.assert_close(found["conv1_1.weight"], made["conv1_1.weight"].flip(1))


@pytest.mark.parametrize("digest", DIGESTS)
def test_torchvisions_own_files_are_known_by_their_digest(digest):
    assert as_expected(VGG, weights(), digest=digest + "0" * 56)[0].order == "RGB"


@pytest.mark.parametrize("name", ["vgg16", "vgg13", "vgg11"])
def test_the_other_depths_are_asked_for_their_convention_too(name):
    graph = NETWORKS[name]
    theirs, found = as_expected(graph, weights(), "torchvision")
    assert (theirs.name, theirs.order) == (name, "RGB")
    assert torch.equal(found["conv1_1.weight"], as_expected(VGG, weights(), "torchvision")[1]["conv1_1.weight"])
    with pytest.raises(WeightsError, match="say which pixels it expects"):
        as_expected(graph, weights(), named="features.0.weight")


def test_what_cannot_be_told_is_refused_with_the_option(tmp_path):
    with pytest.raises(WeightsError, match=r"--weights-convention torchvision \(RGB, 0..1\) or caffe"):
        as_expected(VGG, weights(), named="features.0.weight")
    made = weights()
    save_file({f"features.0.{key.split('.')[1]}": value for key, value in made.items()}, tmp_path / "vgg.safetensors")
    with pytest.raises(WeightsError, match=r"vgg.safetensors: has torchvision's names"):
        provide("vgg", tmp_path / "vgg.safetensors", rescale="no")
    found = provide("vgg", tmp_path / "vgg.safetensors", rescale="no", convention="torchvision")
    expected = as_torchvision_would(made["conv1_1.weight"], made["conv1_1.bias"], photograph())
    result = found.network.features(photograph(), ["conv1_1"])["conv1_1"]
    torch.testing.assert_close(result, expected, rtol=1e-4, atol=1e-4)


def test_a_convention_without_a_file_or_for_another_network(tmp_path):
    with pytest.raises(OptionError, match="give --weights FILE, or leave it out"):
        provide("vgg", convention="caffe")
    with pytest.raises(OptionError, match="is for weights of a VGG network, but these are of inception"):
        as_expected(NETWORKS["inception"], weights(), "torchvision")


def test_real_weights(shared):
    real = load_file(shared / "weights" / "vgg19_conv1_to_conv3.safetensors")
    assert as_expected(VGG, real, named="features.0.weight") == (VGG, real)
    turned = real | {"conv1_1.weight": real["conv1_1.weight"].flip(1) * 255 * COLOURS}
    seen = GraphNetwork(*as_expected(VGG, turned)).features(photograph(), ["conv2_1"])["conv2_1"]
    usual = GraphNetwork(VGG, real).features(photograph(), ["conv2_1"])["conv2_1"]
    # They differ by the means of the two, 0.7 of 255.
    assert (seen - usual).norm() / usual.norm() < 0.05
