"""Style layers that are linear maps of others: found out from these, they say what they would say if computed."""

from __future__ import annotations

import pytest
import torch

from neuralart import build
from neuralart.networks import NETWORKS
from neuralart.networks.graph import IMAGE, Conv, Pool
from neuralart.objective.resilient import Means
from neuralart.options import Options
from neuralart.recipes import balanced

from ..networks.tiny import architecture, image, network
from .make import picture, settings

MAPS = architecture(
    Conv("conv1", IMAGE, 4),
    Conv("map1", "conv1", 5, kernel=1, pad=0, relu=False),
    Pool("pool1", "conv1"),
    Conv("conv2", "pool1", 6),
    Conv("map2", "conv2", 3, kernel=1, pad=0, relu=False),
    Conv("wide", "conv2", balanced.NARROW + 1),
    Conv("wide_map", "wide", 4, kernel=1, pad=0, relu=False),
    style_layers=("map1", "map2"),
    content_layers=("conv2",),
)
STYLE = {"map1": 1.0, "map2": 3.0}


@pytest.mark.parametrize("tile", [None, 16], ids=["whole", "tiles"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
def test_they_are_compared_as_if_they_were_computed(tile, dtype):
    seen = network(MAPS).to("cpu", dtype)
    found = []
    for read_at in ({}, balanced.read_at(MAPS, STYLE)):
        means = lambda size: Means(tile)
        asked = settings(style_layers=STYLE, content_layers={"conv2": 1.0}, read_at=read_at, scales=1, means=means)
        (stage,) = balanced.stages(picture(40, 30), picture(36, 44, seed=1), seen, asked)
        found.append(stage.objective()(image(30, 40, seed=2, dtype=seen.pixel_dtype)))
    computed, read = found
    close = {torch.float64: 1e-10, torch.float32: 1e-4, torch.bfloat16: 0.02}[dtype]
    assert read.terms.keys() == computed.terms.keys()
    for name, value in computed.terms.items():
        assert float(read.terms[name]) == pytest.approx(float(value), rel=close)
    difference = (read.gradient - computed.gradient).norm() / computed.gradient.norm()
    assert float(difference) < 2 * close


def test_what_would_not_pay_or_is_asked_for_twice_is_computed():
    assert balanced.read_at(MAPS, ["map1", "map2"]) == {"map1": "conv1", "map2": "conv2"}
    assert balanced.read_at(MAPS, ["map1", "conv1"]) == {}
    assert balanced.read_at(MAPS, ["conv2", "wide_map"]) == {}


def test_an_activation_is_no_linear_map():
    assert MAPS.linear("map1") == "conv1"
    assert MAPS.linear("conv1") is MAPS.linear("conv2") is None
    assert all(NETWORKS["vgg"].linear(layer) is None for layer in NETWORKS["vgg"].layers)


def test_compact_does_not_compute_its_largest_maps():
    compact = NETWORKS["compact"]
    chosen = build.settings(Options(model="compact", cpu=True), compact)
    left_out = {"map1_1", "map2_1", "map3_1"}
    assert left_out == set(chosen.read_at)
    maps = {node.name for node in compact.plan(chosen.layers) if node.name.startswith("map")}
    assert maps == {"map3_3", "map4_1", "map5_1"}


def test_the_original_computes_what_it_compares():
    assert build.settings(Options(model="compact", cpu=True, recipe="original"), NETWORKS["compact"]).read_at == {}
