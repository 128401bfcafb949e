"""VGG-19's published facts."""

from __future__ import annotations

import pytest
import torch

from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.vgg import VGG, VGG11, VGG13, VGG16

# Simonyan and Zisserman, table 1, column E: channels of the convolutions, block by block.
PUBLISHED = [(64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4]


def test_the_sixteen_convolutions_are_the_papers():
    expected, below = {}, 3
    for block, widths in enumerate(PUBLISHED, 1):
        for index, width in enumerate(widths, 1):
            expected[f"conv{block}_{index}"] = (width, below, 3, 3)
            below = width
    assert list(VGG.kernels().items()) == list(expected.items())


def test_the_smaller_ones_are_the_papers_columns_a_b_and_d():
    # Parameters in millions (table 2) less the fully connected layers', and those that are torchvision's, too.
    count = lambda graph: sum(out * into * kh * kw + out for out, into, kh, kw in graph.kernels().values())
    assert [count(graph) for graph in (VGG11, VGG13, VGG16)] == [9_220_480, 9_404_992, 14_714_688]
    connected = 25088 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000
    assert [round((count(graph) + connected) / 1e6) for graph in (VGG11, VGG13, VGG16, VGG)] == [133, 133, 138, 144]
    for graph in (VGG11, VGG13, VGG16):
        graph.check_layers([*graph.style_layers, *graph.content_layers])
        assert graph.stride("conv5_1") == 16


def test_parameters():
    assert sum(out * into * kh * kw + out for out, into, kh, kw in VGG.kernels().values()) == 20_024_384


def test_multiplications_per_pixel():
    assert VGG.multiplications(["conv5_1"]) == pytest.approx(361_000, rel=2e-3)


@pytest.mark.parametrize(
    ("layer", "stride"), [("conv1_1", 1), ("conv2_1", 2), ("conv3_1", 4), ("conv4_2", 8), ("conv5_1", 16)]
)
def test_stride(layer, stride):
    assert VGG.stride(layer) == stride


def test_reach_of_conv5_1_lies_where_it_was_measured():
    # DESIGN.md, section 5: a halo of 64 pixels is not enough, one of 80 is exact.
    assert 64 < VGG.reach("conv5_1") <= 80
    # The cell of 16 pixels and the reach on both sides: the receptive field of 156 and what it lacks on one side.
    assert VGG.reach("conv5_1") == 156 // 2 - 16 // 2


def test_conv5_1_exists_from_sixteen_pixels_on():
    assert VGG.smallest([*VGG.style_layers, *VGG.content_layers]) == 16
    assert VGG.size("conv5_1", 500, 396) == (31, 24)


def test_the_first_convolution_sees_a_padded_neighbourhood():
    assert VGG.reach("conv1_1") == 1
    kernel = torch.ones(64, 3, 3, 3)
    network = GraphNetwork(VGG, {"conv1_1.weight": kernel, "conv1_1.bias": torch.zeros(64)})
    grey = torch.tensor(VGG.mean).view(1, 3, 1, 1) + torch.ones(1, 3, 4, 5)
    # Ones above the mean: each feature counts the pixels it sees, the padding being the mean colour.
    seen = network.features(grey, ["conv1_1"])["conv1_1"][0, 0]
    expected = torch.tensor([[4, 6, 6, 6, 4], [6, 9, 9, 9, 6], [6, 9, 9, 9, 6], [4, 6, 6, 6, 4]]) * 3.0
    torch.testing.assert_close(seen, expected)
