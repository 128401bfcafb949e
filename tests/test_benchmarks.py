"""benchmarks/: what is compared there is the same objective, and what is asked of a curve is read off it."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from neuralart import build
from neuralart.image.picture import Picture
from neuralart.networks import NETWORKS
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.provide import Provision
from neuralart.options import Options
from neuralart.recipes.style import Style

FOLDER = Path(__file__).parents[1] / "benchmarks"
STYLE, CONTENT = ("conv1_1", "conv2_1", "conv3_1"), ("conv2_2", "conv3_1")


@pytest.fixture
def module(monkeypatch):
    """module("judge") imports benchmarks/judge.py as its own folder's scripts do."""
    monkeypatch.syspath_prepend(str(FOLDER))
    names = [path.stem for path in FOLDER.glob("*.py")]
    yield importlib.import_module
    for name in names:
        sys.modules.pop(name, None)


def weights(last="conv3_1"):
    """VGG-19 to this layer, random."""
    generator, found = torch.Generator().manual_seed(0), {}
    for name, shape in NETWORKS["vgg"].kernels().items():
        if name <= last:
            found[f"{name}.weight"] = torch.randn(shape, generator=generator) * (2 / (shape[1] * 9)) ** 0.5
            found[f"{name}.bias"] = torch.randn(shape[0], generator=generator)
    return found


def test_the_judges_objective_is_balanceds_times_a_constant(module):
    """Two pictures of different sizes, odd ones too; two content layers; every layer with a weight of its own."""
    module, generator = module("judge"), torch.Generator().manual_seed(1)
    picture = lambda height, width: torch.rand(1, 3, height, width, generator=generator) * 255
    content, style = picture(37, 48), picture(48, 31)
    judge = module.Judge(weights(), content, style, CONTENT, STYLE)
    chosen, scale = judge.as_options()
    architecture = replace(NETWORKS["vgg"], mean=module.MEAN)
    network = GraphNetwork(architecture, weights())
    options = Options(size=48, scales=1, device="cpu", **chosen)
    run = build.draft(options, Picture(content), (Style(Picture(style)),), Provision(network, "", "", False))
    ours = run.stage(run.schedule[-1]).objective()
    for image in (content, picture(37, 48), picture(37, 48) * 0.3 + content):
        assert float(ours(image).total) == pytest.approx(scale * judge(image), rel=1e-4)


def test_time_until_good_is_when_the_loss_is_reached_first(module):
    until = module("curves_told").until
    curve = {"seconds": [1.0, 2.0, 3.0, 4.0], "loss": [9.0, 5.0, 6.0, 4.0]}
    assert until(curve, 5.5) == 2.0
    assert until(curve, 3.0) is None


def test_a_run_is_named_with_its_options(module):
    named = module("curves").named
    assert named("half:num_iters=250,precision=bfloat16") == ("half", {"num_iters": 250, "precision": "bfloat16"})
    assert named("default") == ("default", {})


def test_a_look_knows_content_and_style_themselves(module):
    look, generator = module("look"), torch.Generator().manual_seed(1)
    content, style = (torch.rand(1, 3, 40, 48, generator=generator) * 255 for _ in range(2))
    numbers = look.judged(GraphNetwork(NETWORKS["vgg"], weights("conv3_3")), content, style)
    as_content, as_style = numbers(content), numbers(style)
    assert all(as_content[name] < 1e-6 < as_style[name] for name in ("content", "similarity"))
    assert all(as_style[name] < 1e-6 < as_content[name] for name in ("shallow", "deep", "sliced"))
    assert as_style["speckle"] == pytest.approx(1)


def test_a_look_shuffles_every_pair_and_the_key_tells_how(module, tmp_path):
    look, names = module("look"), ("balanced", "bold", "faithful", "painterly")
    given = SimpleNamespace(out=tmp_path, more=[], size=24, edge=40, quality=60)
    pairs = [name for name, *_ in look.pairs(given)]
    assert len(pairs) == len(set(pairs)) >= 24
    for name in pairs[:6]:
        for contender in names:
            Picture(torch.full((1, 3, 18, 24), 128.0)).save(tmp_path / f"{name}.{contender}.png")
    look.sheets(given)
    key = json.loads((tmp_path / "key.json").read_text())
    assert list(key) == pairs[:6]
    assert all(sorted(order.values()) == list(names) and list(order) == list("ABCD") for order in key.values())
    assert len({tuple(order.values()) for order in key.values()}) > 1
    assert sorted(path.name for path in tmp_path.glob("sheet-*")) == ["sheet-1.jpg", "sheet-2.jpg"]
