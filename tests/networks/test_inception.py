"""GoogLeNet, layer by layer, against what the original program's network computed under Torch7 (tests/oracle)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from neuralart.networks.graph import Graph
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.inception import INCEPTION

PROBE = Path(__file__).parents[1] / "oracle" / "inception_probe"
MODULES = json.loads((PROBE / "manifest.json").read_text())["modules"]

# The recorded modules in order; a convolution was recorded after its ReLU, which worked in place.
NODES = (
    *("conv1/7x7_s2", "conv1/7x7_s2", "pool1/3x3_s2", "pool1/norm1"),
    *("conv2/3x3_reduce", "conv2/3x3_reduce", "conv2/3x3", "conv2/3x3", "conv2/norm2", "pool2/3x3_s2"),
    *("inception_3a", "inception_3b", "pool3/3x3_s2"),
    *("inception_4a", "inception_4b", "inception_4c", "inception_4d", "inception_4e"),
)


class Probed(Graph):
    """Every node can be looked at, poolings and normalisations too."""

    @property
    def layers(self):
        return tuple(node.name for node in self.nodes)


def seeded_weights():
    """The weights of the recorded network: Gaussian, seeded, with biases of standard deviation 1."""
    rng, weights = np.random.default_rng(1), {}
    for name, (out, into, kh, kw) in INCEPTION.kernels().items():
        spread = np.float32(np.sqrt(2.0 / (into * kh * kw)))
        weights[f"{name}.weight"] = rng.standard_normal((out, into, kh, kw)).astype(np.float32) * spread
        weights[f"{name}.bias"] = rng.standard_normal(out).astype(np.float32)
    return {name: torch.from_numpy(value) for name, value in weights.items()}


@pytest.fixture(scope="module")
def features():
    network = GraphNetwork(Probed(**(vars(INCEPTION) | {"mean": (0.0, 0.0, 0.0)})), seeded_weights())
    # What was recorded is what the first layer saw: BGR, the mean already subtracted.
    seen = torch.from_numpy(np.fromfile(PROBE / "input.f32", "<f4").reshape(1, 3, 96, 80)).flip(1)
    with torch.no_grad():
        return network.features(seen, NODES)


@pytest.mark.parametrize(("module", "node"), list(zip(MODULES, NODES)), ids=lambda x: x if isinstance(x, str) else "")
def test_every_recorded_module_agrees(features, module, node):
    found = features[node]
    expected = np.fromfile(PROBE / module["file"], "<f4").reshape(-1, *module["shape"][2:])
    assert list(found.shape) == module["shape"]
    difference = found[0, module["channels0"]].numpy() - expected
    assert np.linalg.norm(difference) <= 1e-5 * np.linalg.norm(expected)
    assert float(found.norm()) == pytest.approx(module["norm"], rel=1e-5)
    assert float(found.max()) == pytest.approx(module["max"], rel=1e-5)


def test_every_recorded_module_is_compared():
    assert len(MODULES) == len(NODES)
    assert {module["name"] for module in MODULES if module["name"]} <= set(NODES)


def test_the_joints_have_the_papers_channels():
    channels = INCEPTION.channels()
    published = {"3a": 256, "3b": 480, "4a": 512, "4b": 512, "4c": 512, "4d": 528, "4e": 832, "5a": 832, "5b": 1024}
    assert {name: channels[f"inception_{name}"] for name in published} == published


def test_the_convolutions_are_those_of_the_originals_file(shared):
    lines = (shared / "oracle" / "inception_modules.txt").read_text().splitlines()
    rows = [line.split() for line in lines if "nn.SpatialConvolution " in line]
    recorded = {name: tuple(map(int, shape.split("x"))) for _, _, shape, name in rows}
    assert list(INCEPTION.kernels().items()) == list(recorded.items())


@pytest.mark.parametrize(
    ("layer", "stride"),
    [("conv1/7x7_s2", 2), ("conv2/3x3", 4), ("inception_3a", 8), ("inception_4a", 16), ("inception_5b", 32)],
)
def test_stride(layer, stride):
    assert INCEPTION.stride(layer) == stride


def test_costs_about_a_fifth_of_vgg():
    from neuralart.networks.vgg import VGG

    ratio = INCEPTION.multiplications(INCEPTION.style_layers) / VGG.multiplications(VGG.style_layers)
    assert 0.05 < ratio < 0.25
