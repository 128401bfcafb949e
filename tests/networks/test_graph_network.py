"""A network with weights, against torch.nn's layers and formulas written out."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from neuralart.errors import OptionError
from neuralart.networks.graph import IMAGE, Concat, Conv, Graph, Lrn, Pool
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.nodes import local_response_norm

from .tiny import BRANCHES, CHAIN, architecture, image, network, weights


def plain(made, name, **shape):
    """A torch.nn convolution with these weights."""
    weight = made[f"{name}.weight"]
    layer = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2], dtype=weight.dtype, **shape)
    layer.load_state_dict({"weight": weight, "bias": made[f"{name}.bias"]})
    return layer


def test_a_chain_is_torchs_layers_on_bgr_minus_the_mean():
    made, pixels = weights(CHAIN), image(13, 18)
    bgr = pixels.flip(1) - torch.tensor([104.0, 117.0, 123.0]).view(1, 3, 1, 1)
    conv1 = nn.Sequential(plain(made, "conv1", padding=1), nn.ReLU())(bgr)
    conv2 = nn.Sequential(nn.AvgPool2d(2), plain(made, "conv2", padding=1), nn.ReLU())(conv1)
    features = GraphNetwork(CHAIN, made, dtype=torch.float64).features(pixels, ["conv2", "conv1"])
    assert list(features) == ["conv2", "conv1"]
    torch.testing.assert_close(features["conv1"], conv1)
    torch.testing.assert_close(features["conv2"], conv2)


def test_branches_are_torchs_layers_joined():
    made, pixels = weights(BRANCHES), image(21, 26)
    with torch.no_grad():
        x = pixels.flip(1) - torch.tensor([104.0, 117.0, 123.0]).view(1, 3, 1, 1)
        x = nn.functional.relu(plain(made, "first", stride=2, padding=2)(x))
        x = nn.AvgPool2d(3, 2)(nn.LocalResponseNorm(5, 0.1, 0.75, 1.0)(x))
        x = nn.functional.relu(plain(made, "reduce")(x))
        x = nn.LocalResponseNorm(5)(nn.functional.relu(plain(made, "wide", padding=1)(x)))
        pooled = nn.AvgPool2d(3, 1, 1, count_include_pad=True)(x)
        branches = [plain(made, "a")(x), plain(made, "b", padding=1)(x), plain(made, "c")(pooled)]
    found = GraphNetwork(BRANCHES, made, dtype=torch.float64).features(pixels, ["joint"])["joint"]
    torch.testing.assert_close(found, nn.functional.relu(torch.cat(branches, 1)))


def test_features_of_rgb_and_of_bgr_weights_agree():
    made = weights(CHAIN)
    turned = made | {"conv1.weight": made["conv1.weight"].flip(1)}
    rgb = architecture(*CHAIN.nodes, order="RGB", mean=CHAIN.mean)
    here = GraphNetwork(CHAIN, made, dtype=torch.float64).features(image(9, 9), ["conv3"])["conv3"]
    there = GraphNetwork(rgb, turned, dtype=torch.float64).features(image(9, 9), ["conv3"])["conv3"]
    torch.testing.assert_close(here, there)


def test_only_what_looks_at_the_image_is_turned_to_bgr():
    # A convolution over three channels that are no colours.
    arch = architecture(Conv("one", IMAGE, 3), Conv("two", "one", 2), order="BGR")
    made, pixels = weights(arch), image(6, 6)
    one = nn.functional.relu(plain(made, "one", padding=1)(pixels.flip(1)))
    two = nn.functional.relu(plain(made, "two", padding=1)(one))
    torch.testing.assert_close(GraphNetwork(arch, made, dtype=torch.float64).features(pixels, ["two"])["two"], two)


def test_the_mean_colour_becomes_zero():
    grey = torch.tensor(CHAIN.mean, dtype=torch.float64).view(1, 3, 1, 1).expand(1, 3, 5, 7)
    assert torch.equal(network(CHAIN).centred(grey), torch.zeros(1, 3, 5, 7, dtype=torch.float64))


@pytest.mark.parametrize("pooling", ["average", "max", "l2"])
def test_pooling_is_chosen_by_the_user(pooling):
    arch = architecture(Conv("same", IMAGE, 3, kernel=1, pad=0), Pool("pool", "same"), Conv("end", "pool", 3, 1, pad=0))
    eye = torch.eye(3, dtype=torch.float64)[:, :, None, None]
    made = {f"{n}.{p}": eye if p == "weight" else torch.zeros(3) for n in ("same", "end") for p in ("weight", "bias")}
    pixels = image(4, 6)
    found = GraphNetwork(arch, made, pooling=pooling, dtype=torch.float64).features(pixels, ["end"])["end"]
    cells = pixels.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4)
    expected = {"average": cells.mean(4), "max": cells.amax(4), "l2": cells.square().mean(4).sqrt()}
    torch.testing.assert_close(found, expected[pooling])


def test_average_pooling_counts_the_padding():
    arch = architecture(
        Pool("pool", IMAGE, kernel=3, stride=1, pad=1), Conv("end", "pool", 1, kernel=1, pad=0, relu=False)
    )
    made = {"end.weight": torch.ones(1, 3, 1, 1) / 3, "end.bias": torch.zeros(1)}
    found = GraphNetwork(arch, made).features(torch.full((1, 3, 3, 3), 9.0), ["end"])["end"][0, 0]
    torch.testing.assert_close(found, torch.tensor([[4.0, 6, 4], [6, 9, 6], [4, 6, 4]]))


@pytest.mark.parametrize("channels", [1, 2, 3, 9])
def test_local_response_normalisation_is_its_formula(channels):
    node = Lrn("norm", IMAGE, size=5, alpha=0.3, beta=0.75, k=1.5)
    x = torch.randn(1, channels, 3, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    expected = torch.empty_like(x)
    for c in range(channels):
        for i in range(3):
            for j in range(4):
                near = range(max(0, c - 2), min(channels, c + 3))
                squares = sum(float(x[0, n, i, j]) ** 2 for n in near)
                expected[0, c, i, j] = x[0, c, i, j] / (1.5 + 0.3 / 5 * squares) ** 0.75
    torch.testing.assert_close(local_response_norm(x, node), expected)


def test_a_convolution_without_relu_may_be_negative():
    arch = architecture(Conv("line", IMAGE, 2, relu=False), Conv("bent", IMAGE, 2))
    made = weights(arch)
    made["bent.weight"], made["bent.bias"] = made["line.weight"], made["line.bias"]
    features = GraphNetwork(arch, made, dtype=torch.float64).features(image(8, 8), ["line", "bent"])
    assert bool((features["line"] < 0).any())
    torch.testing.assert_close(features["bent"], features["line"].clamp_min(0))


def test_look_is_differentiable_by_the_centred_image():
    seen = network(BRANCHES)
    pixels = seen.centred(image(15, 15)).requires_grad_()
    torch.autograd.gradcheck(lambda x: tuple(seen.features(x, ["first", "last"]).values()), pixels, fast_mode=True)


def test_features_do_not_change_the_image_or_depend_on_the_company():
    pixels = image(16, 16)
    before = pixels.clone()
    seen = network(CHAIN)
    together = seen.features(pixels, CHAIN.layers)
    assert torch.equal(pixels, before)
    for layer in CHAIN.layers:
        assert torch.equal(seen.features(pixels, [layer])[layer], together[layer])


NUMBERED = (Conv("conv1_1", IMAGE, 3), Pool("pool1", "conv1_1"), Conv("conv2_1", "pool1", 4))
TRUNCATED = {name: value for name, value in weights(CHAIN).items() if not name.startswith("conv3")}


def test_weights_that_end_early_know_the_layers_they_reach():
    half = GraphNetwork(CHAIN, TRUNCATED, dtype=torch.float64)
    features = half.features(image(8, 8), ["conv1", "conv2"])
    torch.testing.assert_close(features, network(CHAIN).features(image(8, 8), ["conv1", "conv2"]))


@pytest.mark.parametrize("layers", [["conv3"], ["conv3", "conv1"], ["conv1", "conv3"]])
def test_weights_that_end_early_say_which_layer_is_out_of_reach_and_what_to_do(layers):
    with pytest.raises(OptionError) as caught:
        GraphNetwork(CHAIN, TRUNCATED).features(image(8, 8), layers)
    assert str(caught.value) == (
        "these weights of 'tiny' do not reach layer 'conv3': 'conv3' is missing; choose among conv1, conv2 with"
        " --style-layers and --content-layers, or give a complete file with --weights"
    )


def test_a_joint_can_be_chosen_where_all_its_branches_are_there():
    made = {name: value for name, value in weights(BRANCHES).items() if not name.startswith("last")}
    with pytest.raises(OptionError, match="choose among first, reduce, wide, a, b, c, joint with"):
        GraphNetwork(BRANCHES, made).features(image(20, 20), ["last"])
    del made["b.weight"]
    with pytest.raises(
        OptionError, match="reach layer 'joint': 'b' is missing; choose among first, reduce, wide, a, c "
    ):
        GraphNetwork(BRANCHES, made).features(image(20, 20), ["joint"])


def test_features_come_by_the_name_they_were_asked_for():
    seen, pixels = network(Graph(**(vars(CHAIN) | {"nodes": NUMBERED}))), image(8, 8)
    found = seen.features(pixels, ["relu2_1", "conv1_1"])
    assert list(found) == ["relu2_1", "conv1_1"]
    torch.testing.assert_close(found["relu2_1"], seen.features(pixels, ["conv2_1"])["conv2_1"], rtol=0, atol=0)
    assert list(seen.trace(pixels, ["relu2_1"]).features) == ["conv2_1"]


def test_an_unknown_layer_is_an_option_error():
    with pytest.raises(OptionError, match="did you mean 'conv1'"):
        network(CHAIN).features(image(8, 8), ["conv11"])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_to_another_precision(dtype):
    there = network(CHAIN).to("cpu", dtype)
    assert there.features(image(8, 8), ["conv2"])["conv2"].dtype == dtype
    assert there.pixel_dtype == (torch.float64 if dtype == torch.float64 else torch.float32)


def test_to_a_higher_precision_and_back_loses_nothing():
    made = {name: value.float() for name, value in weights(CHAIN).items()}
    exact = GraphNetwork(CHAIN, made)
    back = exact.to("cpu", torch.float64).to("cpu", torch.float32)
    assert torch.equal(back.features(image(8, 8), ["conv2"])["conv2"], exact.features(image(8, 8), ["conv2"])["conv2"])


def test_in_a_lower_precision_the_weights_are_kept_once():
    lower = network(CHAIN).to("cpu", torch.bfloat16)
    lower.features(image(8, 8), ["conv3"])
    assert all(value.dtype == torch.bfloat16 for value in lower.weights.values())
    own = {value.data_ptr() for value in lower.weights.values()}
    copies = [key for key, value in lower._prepared.items() if value.data_ptr() not in own]
    assert copies == ["conv1.weight"]  # turned round to RGB


def test_to_and_with_weights_keep_the_pooling():
    maximal = network(CHAIN, pooling="max")
    assert maximal.to("cpu", torch.float32).pooling == "max"
    other = maximal.with_weights(weights(CHAIN, seed=1))
    assert (other.pooling, other.dtype) == ("max", torch.float64)
    torch.testing.assert_close(
        other.features(image(8, 8), ["conv3"]),
        network(CHAIN, seed=1, pooling="max").features(image(8, 8), ["conv3"]),
    )


def test_pixels_are_subtracted_from_before_they_are_rounded():
    # The mean is taken off in the image's own precision: what float64 pixels hold around it is not lost to float32.
    nearly = torch.tensor(CHAIN.mean, dtype=torch.float64).view(1, 3, 1, 1) + 1e-9
    centred = network(CHAIN, dtype=torch.float32).centred(nearly)
    assert centred.dtype == torch.float32
    torch.testing.assert_close(centred.double(), torch.full_like(nearly, 1e-9), rtol=1e-4, atol=0)


def test_a_joint_of_joints():
    arch = architecture(
        Conv("a", IMAGE, 2),
        Conv("b", IMAGE, 3),
        Concat("ab", ("a", "b")),
        Concat("aba", ("ab", "a")),
    )
    features = network(arch).features(image(5, 5), ["a", "b", "aba"])
    torch.testing.assert_close(features["aba"], torch.cat([features["a"], features["b"], features["a"]], 1))
