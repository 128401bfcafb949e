"""The way back, written out: it must be autograd's."""

from __future__ import annotations

import pytest
import torch

from neuralart.networks import nodes
from neuralart.networks.edges import add_part
from neuralart.networks.graph import IMAGE, PADDINGS, Concat, Conv, Pool
from neuralart.networks.window import Region

from .tiny import BRANCHES, CHAIN, architecture, image, network

BORDER = nodes.Border((1, 1, 1, 1))  # of a 3x3 pooling in strides of 2, of 7 rows; one of 8 columns reads none behind

# Poolings with padding, an odd stride, a node that two others read, and one that reads another twice.
ODD = architecture(
    Conv("first", IMAGE, 4, kernel=5, stride=3, pad=2),
    Pool("pool", "first", kernel=3, stride=2, pad=1),
    Conv("flat", "pool", 3, kernel=1, pad=0, relu=False),
    Conv("bent", "pool", 3),
    Concat("twice", ("flat", "bent", "flat")),
    Conv("end", "twice", 2),
    style_layers=("first", "twice"),
    content_layers=("end",),
)


@pytest.mark.parametrize("pooling", ["average", "max", "l2"])
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("arch", [CHAIN, BRANCHES, ODD], ids=["chain", "branches", "odd"])
@pytest.mark.parametrize("size", [(23, 31), (30, 24)])
@pytest.mark.parametrize("part", [None, (0, 12), (12, 24)])
def test_the_gradient_is_autograds(arch, padding, pooling, size, part):
    seen, pixels = network(arch, pooling=pooling).padded(padding), image(*size).requires_grad_()
    rows = None if part is None else Region(part, (0, size[1]))
    looked = rows and seen.architecture.window(arch.layers, (size[1], size[0]), rows)
    layers = arch.layers
    features = seen.features(pixels, layers, looked)
    pulled = {layer: torch.randn_like(value) for layer, value in features.items()}
    (expected,) = torch.autograd.grad(list(features.values()), pixels, list(pulled.values()))
    trace = seen.trace(pixels.detach(), layers, looked)
    for layer, value in features.items():
        assert torch.equal(trace.features[layer], value)
    found = trace.gradient({layer: lambda _, g=g: g.clone() for layer, g in pulled.items()})
    whole = torch.zeros_like(expected)
    add_part(whole, trace.window.pixels.rows, trace.window.pixels.columns, found)
    torch.testing.assert_close(whole, expected)


def test_the_derivative_of_l2_pooling_is_the_difference_quotient():
    seen = network(architecture(Pool("pool", IMAGE, kernel=3, stride=2, pad=1), style_layers=()), pooling="l2")
    pixels, bump = image(7, 8), torch.randn(1, 3, 7, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    pixels[..., 2:6, 3:7] = 0  # a window of zeros alone, where the root itself has no slope
    pool = lambda x: nodes.forward(seen.architecture.nodes[0], [x], BORDER, (4, 4), {}, "l2")
    weights = torch.randn(1, 3, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    (found,) = nodes.backward(seen.architecture.nodes[0], weights, [pixels], BORDER, {}, "l2")
    assert not found[..., 3:5, 4:6].any()
    bump = bump * (pixels > 0)
    ahead, behind = ((pool(pixels + sign * 1e-4 * bump) * weights).sum() for sign in (1, -1))
    assert float((found * bump).sum()) == pytest.approx(float((ahead - behind) / 2e-4), rel=1e-7)


def test_layers_that_nobody_pulls_at_have_no_say():
    seen, pixels = network(CHAIN), image(16, 16)
    both = seen.trace(pixels, ["conv1", "conv3"]).gradient({"conv1": torch.ones_like})
    alone = seen.trace(pixels, ["conv1"]).gradient({"conv1": torch.ones_like})
    torch.testing.assert_close(both, alone)


def test_without_any_pull_the_gradient_is_zero():
    found = network(CHAIN).trace(image(16, 18), ["conv3"]).gradient({})
    assert found.shape == (1, 3, 16, 18)
    assert not found.any()


def test_of_what_nobody_asked_for_one_byte_is_kept():
    trace = network(CHAIN, dtype=torch.float32).trace(image(16, 16), ["conv3"])
    kept = {node.name: (bent.dtype if bent is not None else None) for node, _, bent in trace._steps}
    assert kept == {"conv1": torch.bool, "pool1": None, "conv2": torch.bool, "conv3": torch.float32}
    assert all(x.device.type == "meta" for _, inputs, _ in trace._steps for x in inputs)


def test_a_layers_features_are_let_go_on_the_way():
    trace = network(CHAIN).trace(image(16, 16), ["conv1", "conv3"])
    trace.gradient({"conv1": torch.ones_like, "conv3": torch.ones_like})
    assert not trace.features
    assert not trace._steps
