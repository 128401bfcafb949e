"""What is derived from an architecture, against what its network does."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralart.errors import OptionError
from neuralart.networks import NETWORKS
from neuralart.networks.compact import WIDTHS as COMPACT_TRUNK
from neuralart.networks.graph import IMAGE, Concat, Conv, Lrn, Pool, sources
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.vgg import VGG16

from .tiny import BRANCHES, CHAIN, architecture, image, network

EVERY = pytest.mark.parametrize("arch", [*NETWORKS.values(), CHAIN, BRANCHES], ids=lambda arch: arch.name)


@st.composite
def architectures(draw):
    """Chains of convolutions, poolings and joints, one channel wide, of total stride up to 8."""
    nodes, below, stride = [], IMAGE, 1
    for index in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["conv", "pool", "joint"]))
        step = draw(st.integers(1, 2)) if stride < 8 and kind != "joint" else 1
        kernel = draw(st.integers(1, 5))
        if kind == "conv":
            nodes.append(Conv(f"n{index}", below, 1, kernel, step, draw(st.integers(0, kernel - 1))))
        elif kind == "pool":
            nodes.append(Pool(f"n{index}", below, kernel, step, draw(st.integers(0, kernel // 2))))
        else:
            nodes += [
                Conv(f"n{index}a", below, 1, kernel=1, pad=0),
                Conv(f"n{index}b", below, 1, kernel=5, pad=2),
                Pool(f"n{index}p", below, kernel=3, stride=1, pad=1),
                Conv(f"n{index}c", f"n{index}p", 1, kernel=1, pad=0),
                Concat(f"n{index}", (f"n{index}a", f"n{index}b", f"n{index}c")),
            ]
        below, stride = f"n{index}", stride * step
    nodes.append(Conv("end", below, 1, kernel=1, pad=0))
    return architecture(*nodes)


def positive(arch) -> GraphNetwork:
    """Every weight positive, so that nothing that is seen can be lost or cancelled."""
    kernels = arch.kernels().items()
    ones = {f"{name}.weight": torch.ones(shape, dtype=torch.float64) / 9 for name, shape in kernels}
    zeros = {f"{name}.bias": torch.zeros(shape[0], dtype=torch.float64) for name, shape in kernels}
    return GraphNetwork(arch, ones | zeros, dtype=torch.float64)


@settings(max_examples=60, deadline=None)
@given(architectures())
def test_reach_is_how_far_beyond_its_cell_a_position_sees(arch):
    stride, reach = arch.stride("end"), arch.reach("end")
    # A position whose view ends before the image does, on both sides.
    index = reach // stride + 1
    side = (index + 1) * stride + reach
    pixels = torch.ones(1, 3, side, side, dtype=torch.float64, requires_grad=True)
    feature = positive(arch).features(pixels, ["end"])["end"][0, 0, index, index]
    (gradient,) = torch.autograd.grad(feature, pixels)
    for axis in (0, 1):
        seen = gradient[0].sum(0).sum(1 - axis).nonzero().flatten()
        left, right = index * stride - int(seen.min()), int(seen.max()) - ((index + 1) * stride - 1)
        assert max(left, right) == reach


@settings(max_examples=60, deadline=None)
@given(architectures(), st.integers(1, 40), st.integers(1, 40))
def test_size_is_the_size_of_the_features(arch, width, height):
    sizes = arch.size("end", width, height)
    smallest = arch.smallest(["end"])
    assert (min(width, height) >= smallest) == (0 not in sizes)
    if min(width, height) >= smallest:
        features = positive(arch).features(torch.ones(1, 3, height, width), ["end"])["end"]
        assert tuple(features.shape[2:]) == (sizes[1], sizes[0])


@settings(max_examples=60, deadline=None)
@given(architectures(), st.integers(0, 40))
def test_one_stride_more_of_image_is_one_position_more(arch, extra):
    side, stride = arch.smallest(["end"]) + extra, arch.stride("end")
    assert arch.size("end", side + stride, side)[0] == arch.size("end", side, side)[0] + 1


@EVERY
def test_smallest_is_the_smallest(arch):
    layers = [*arch.style_layers, *arch.content_layers]
    side = arch.smallest(layers)
    assert all(0 not in arch.size(layer, side, side) for layer in layers)
    assert side == 1 or any(0 in arch.size(layer, side - 1, side - 1) for layer in layers)


@EVERY
def test_plan_holds_what_is_needed_in_order_and_nothing_else(arch):
    for layer in arch.layers:
        plan = arch.plan([layer])
        names = [node.name for node in plan]
        assert names[-1] == layer
        for position, node in enumerate(plan):
            assert all(source == IMAGE or source in names[:position] for source in sources(node))
            assert node.name == layer or any(node.name in sources(later) for later in plan)


def test_plan_of_several_layers_is_the_union_of_their_plans():
    both = CHAIN.plan(["conv1", "conv2"])
    assert both == CHAIN.plan(["conv2"])
    assert set(BRANCHES.plan(["a", "c"])) == {*BRANCHES.plan(["a"]), *BRANCHES.plan(["c"])}


@EVERY
def test_channels_of_what_a_convolution_looks_at_are_its_kernels(arch):
    channels = arch.channels()
    for node in arch.nodes:
        if isinstance(node, Conv):
            shape = (channels[node.name], channels[node.source], node.kernel, node.kernel)
            assert arch.kernels()[node.name] == shape
        if isinstance(node, Pool | Lrn):
            assert channels[node.name] == channels[node.source]


def test_multiplications_are_those_of_the_loops_written_out():
    side = 8
    total = 0
    for name, (out, into, height, width) in CHAIN.kernels().items():
        w, h = CHAIN.size(name, side, side)
        total += w * h * out * into * height * width
    assert CHAIN.multiplications(["conv3"]) == total / side**2
    # What is not needed does not count.
    assert CHAIN.multiplications(["conv1"]) == 4 * 3 * 9


def test_layers_are_activations_not_poolings():
    assert CHAIN.layers == ("conv1", "conv2", "conv3")
    assert BRANCHES.layers == ("first", "reduce", "wide", "a", "b", "c", "joint", "last")


@EVERY
def test_the_default_layers_exist(arch):
    arch.check_layers([*arch.style_layers, *arch.content_layers])


def test_every_architecture_has_the_name_it_is_listed_under():
    assert {name: arch.name for name, arch in NETWORKS.items()} == {name: name for name in NETWORKS} | {"vgg19": "vgg"}


def test_an_unknown_layer_is_answered_with_the_nearest_name_and_the_choices():
    with pytest.raises(OptionError) as caught:
        CHAIN.check_layers(["conv1", "conv_2"])
    assert str(caught.value) == (
        "network 'tiny' has no layer 'conv_2'; did you mean 'conv2'? (it has conv1, conv2, conv3)"
    )


def test_a_layer_goes_by_the_name_of_its_relu_too():
    layers = VGG16.check_layers(["relu4_2", "conv1_1"])
    assert layers == ("conv4_2", "conv1_1")
    with pytest.raises(OptionError, match="has no layer 'relu4_9'; did you mean 'relu4_"):
        VGG16.check_layers(["relu4_9"])
    # compact's maps have no ReLU, and inception's names are others.
    assert set(NETWORKS["compact"].aliases.values()) == set(COMPACT_TRUNK)
    assert not NETWORKS["inception"].aliases


def test_a_pooling_is_not_a_layer():
    with pytest.raises(OptionError, match="has no layer 'pool1'"):
        CHAIN.check_layers(["pool1"])


def test_the_networks_facts_need_no_torch():
    code = "import sys, neuralart.networks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0


def test_an_image_below_the_smallest_is_told_from_one_above():
    side = BRANCHES.smallest(["last"])
    features = network(BRANCHES).features(image(side, side), ["last"])["last"]
    assert features.numel() > 0
    assert 0 in BRANCHES.size("last", side - 1, side)
