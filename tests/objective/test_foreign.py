"""Networks of one's own, residual and with batch norm: whole, in tiles and over devices, one evaluation."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from neuralart import build
from neuralart.errors import OptionError
from neuralart.losses.gram import Gram
from neuralart.networks.network import Network
from neuralart.objective.division import Division
from neuralart.objective.objective import Term, whole_only
from neuralart.objective.plan import Plan
from neuralart.objective.topology import HERE, Topology
from neuralart.recipes.style import Style

from ..networks.modules import ResNet, Squeezed, seeded
from ..recipes.make import options, picture
from .foreign import LAYERS, TERMS, foreign
from .test_own import evaluated, same

CPU = torch.device("cpu")


@settings(max_examples=20, deadline=None)
@given(
    kind=st.sampled_from(["vgg", "resnet", "resnet, given"]),
    width=st.integers(21, 70),
    height=st.integers(21, 70),
    tile=st.integers(4, 50),
    count=st.integers(0, 3),
)
def test_tiles_and_devices_make_no_difference(kind, width, height, tile, count):
    seen = foreign(kind)
    expected = evaluated(TERMS, width, height, seen=seen)
    same(evaluated(TERMS, width, height, Plan(tile), Topology(devices=(CPU,) * count), seen=seen), expected)


def drafted(topology=HERE, **changes):
    """A run with a network that needs the whole image."""
    network = Network.of(seeded(nn.Sequential(Squeezed())).float(), ["0"])
    asked = options(**{"size": 96, "num_iters": 2, "style_layers": None, "content_layers": None} | changes)
    styles = (Style(picture(50, 60, seed=1)),)
    return build.draft(asked, picture(96, 80), styles, build.given(network, asked), topology)


def test_a_network_that_needs_the_whole_image_paints_it_whole():
    run = build.fitted(drafted())
    assert {plan.tile for plan in run.plans.values()} == {None}
    *_, last = run.steps()
    assert (last.image - next(iter(run.steps())).image).abs().max() > 1


@pytest.mark.parametrize("changes", [{"tile": 64}, {"topology": Topology(devices=(CPU, CPU))}])
def test_and_is_refused_what_divides_it(changes):
    with pytest.raises(OptionError, match=r"layer '0' .* whole image: .*; leave --tile out, and use one device"):
        drafted(**changes)


def test_a_full_memory_does_not_bring_tiles_where_there_are_none(monkeypatch):
    run = build.fitted(drafted(size=300, scales=1))
    network, asked = run.network, []

    def full(*_):
        asked.append(1)
        raise MemoryError

    monkeypatch.setattr(network, "trace", full)
    with pytest.raises(MemoryError):
        list(run.steps())
    assert len(asked) == 1


def test_the_whole_image_is_no_matter_of_stride_and_reach():
    network = Network.of(seeded(ResNet()), LAYERS)
    division = Division(network.architecture, ("coarse",), (90, 70), 90)
    assert division.parts == (division.whole,)
    assert not network.architecture._geometry


def test_why_is_that_of_the_terms_or_of_the_network():
    assert whole_only(foreign("resnet"), TERMS) is None
    layer = "layer '0' of network 'Sequential' can only be evaluated on the whole image"
    assert (whole_only(drafted().network, [Term("style", "0", Gram())]) or "").startswith(layer)


def test_little_memory_brings_tiles_or_a_refusal_that_says_why_there_are_none():
    network = Network.of(seeded(nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())).float(), ["1"])
    asked = options(
        size=1600, num_iters=1, scales=1, style_layers=None, content_layers=None, memory="1MB", optimizer="sgd"
    )
    styles = (Style(picture(50, 60, seed=1)),)
    run = build.draft(asked, picture(96, 80), styles, build.given(network, asked))
    wishes = build.wishes(run)
    least, most = wishes.frugal().peak, wishes.whole().peak
    limit = least + (most - least) // 10
    found = wishes.fitted(limit)
    assert found.peak <= limit < most
    assert all(plan.tile for plan in found.plans.values())
    with pytest.raises(OptionError, match=r"tiles do not help, since layer '0' .* whole image"):
        build.fitted(drafted(memory="1MB"))
