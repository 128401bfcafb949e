"""Style layers that are linear maps of others: computed from these, their terms are the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import neuralart
from neuralart import api
from neuralart.networks import NETWORKS
from neuralart.networks.graph import IMAGE, Conv, Pool
from neuralart.networks.provide import provide
from neuralart.objective.objective import layers_of
from neuralart.objective.plan import Plan
from neuralart.options import Options
from neuralart.recipes import RECIPES, balanced

from ..networks.tiny import architecture, image, network
from .make import objective, options

ASSETS = Path(neuralart.__file__).parent / "assets"
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
STYLE = "map1:1,map2:3"


@pytest.mark.parametrize("tile", [None, 16], ids=["whole", "tiles"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("loss", ["gram", "neighbours"])
def test_they_are_compared_as_if_they_were_computed(loss, tile, dtype, monkeypatch):
    seen, found = network(MAPS).to("cpu", dtype), []
    content, style = image(30, 40, dtype=seen.pixel_dtype), image(44, 36, seed=1, dtype=seen.pixel_dtype)
    asked = options(style_loss=loss, style_layers=STYLE, content_layers="conv2")
    for sources in (lambda architecture, layers: {}, balanced.linear_sources):
        monkeypatch.setattr(balanced, "linear_sources", sources)
        evaluate = objective(seen, content, style, asked, plan=Plan(tile))
        found.append(evaluate(image(30, 40, seed=2, dtype=seen.pixel_dtype)))
    computed, read = found
    close = {torch.float64: 1e-10, torch.float32: 1e-4, torch.bfloat16: 0.02}[dtype]
    assert read.terms.keys() == computed.terms.keys()
    for name, value in computed.terms.items():
        assert float(read.terms[name]) == pytest.approx(float(value), rel=close)
    difference = (read.gradient - computed.gradient).norm() / computed.gradient.norm()
    assert float(difference) < 2 * close


def test_what_would_not_pay_or_is_asked_for_twice_is_computed():
    assert balanced.linear_sources(MAPS, ["map1", "map2"]) == {"map1": "conv1", "map2": "conv2"}
    assert balanced.linear_sources(MAPS, ["map1", "conv1"]) == {}
    assert balanced.linear_sources(MAPS, ["conv2", "wide_map"]) == {}


def test_an_activation_is_no_linear_map():
    assert MAPS.linear("map1") == "conv1"
    assert MAPS.linear("conv1") is MAPS.linear("conv2") is None
    assert all(NETWORKS["vgg"].linear(layer) is None for layer in NETWORKS["vgg"].layers)


def test_compact_does_not_compute_its_largest_maps():
    compact = provide("compact").network
    terms = {term.name: term for term in RECIPES["balanced"].terms(Options(style_loss="gram"), compact)}
    read = {name for name, term in terms.items() if name.startswith("style") and term.layer not in name}
    assert read == {"style map1_1", "style map2_1", "style map3_1"}
    plan = compact.architecture.plan(layers_of(list(terms.values())))
    assert {node.name for node in plan if node.name.startswith("map")} == {"map3_3", "map4_1", "map5_1"}


def test_the_bundled_network_is_as_exact_in_tiles_as_if_it_computed_its_maps():
    """They weigh some directions a sixtieth of others. Sums of features would mix the two, and lose digits."""
    gradients = []
    for tile in (None, 128):
        asked = Options(size=256, scales=1, precision="float32", cpu=True, model="compact", tile=tile)
        run = api.prepare(ASSETS / "photo.jpg", ASSETS / "style.jpg", asked)
        size = run.schedule[-1].size
        evaluate = run.stage(run.schedule[-1]).objective()
        gradients.append(evaluate(run.recipe.pixels(run.content, size, run.network)).gradient)
    whole, tiles = gradients
    assert float((whole - tiles).norm() / whole.norm()) < 2e-6


def test_the_original_computes_what_it_compares():
    for term in RECIPES["original"].terms(Options(), provide("compact").network):
        assert term.name.endswith(term.layer)
