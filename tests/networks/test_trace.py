"""The way back, written out: it must be autograd's."""

from __future__ import annotations

import pytest
import torch

from neuralart.networks.graph import IMAGE, Concat, Conv, Pool
from neuralart.networks.window import Region

from .tiny import BRANCHES, CHAIN, architecture, image, network

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


@pytest.mark.parametrize("pooling", ["average", "max"])
@pytest.mark.parametrize("arch", [CHAIN, BRANCHES, ODD], ids=["chain", "branches", "odd"])
@pytest.mark.parametrize("size", [(23, 31), (30, 24)])
@pytest.mark.parametrize("part", [None, (0, 12), (12, 24)])
def test_the_gradient_is_autograds(arch, pooling, size, part):
    seen, pixels = network(arch, pooling=pooling), image(*size).requires_grad_()
    rows = None if part is None else Region(part, (0, size[1]))
    looked = rows and arch.window(arch.layers, (size[1], size[0]), rows)
    layers = arch.layers
    features = seen.features(pixels, layers, looked)
    pulled = {layer: torch.randn_like(value) for layer, value in features.items()}
    (expected,) = torch.autograd.grad(list(features.values()), pixels, list(pulled.values()))
    trace = seen.trace(pixels.detach(), layers, looked)
    for layer, value in features.items():
        assert torch.equal(trace.features[layer], value)
    found = trace.gradient({layer: lambda _, g=g: g.clone() for layer, g in pulled.items()})
    where = (..., slice(*trace.window.pixels.rows), slice(*trace.window.pixels.columns))
    torch.testing.assert_close(found, expected[where])
    expected[where] = 0
    assert not expected.any()


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
