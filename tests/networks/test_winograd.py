"""Winograd's convolution against plain ones in float64, and where it is used."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from neuralart.networks import winograd
from neuralart.networks.graph import IMAGE, Conv, Graph
from neuralart.networks.graph_network import GraphNetwork

CLOSE = 2e-6  # of the largest result; oneDNN's convolutions in float32 are off by up to 3e-6


def numbers(*shape, seed=0):
    made = torch.randn(shape, generator=torch.Generator().manual_seed(seed))
    return made.contiguous(memory_format=torch.channels_last) if len(shape) == 4 else made


def apart(one, other):
    """The largest difference, relative to the largest number."""
    assert one.shape == other.shape
    return ((one.double() - other).abs().max() / other.abs().max()).item()


@pytest.fixture
def avx2(monkeypatch):
    monkeypatch.setattr(winograd, "_capability", lambda: "AVX2")


@pytest.fixture(params=[winograd.ROOM, 1], ids=["at once", "row by row"])
def room(request, monkeypatch):
    monkeypatch.setattr(winograd, "ROOM", request.param)


@pytest.mark.parametrize("pad", [(1, 1), (0, 0), (2, 2), (1, 0), (0, 2)], ids=str)
@pytest.mark.parametrize("size", [(8, 12), (9, 7), (11, 14), (3, 3), (4, 5)], ids=str)
def test_it_is_a_convolution_and_its_gradient(size, pad, room):
    x, weight, bias = numbers(1, 7, *size), numbers(5, 7, 3, 3, seed=1), numbers(5, seed=2)
    wide = x.double().requires_grad_()
    expected = F.conv2d(wide, weight.double(), bias.double(), 1, pad)
    result = winograd.convolution(x, weight, bias, pad)
    assert apart(result, expected.detach()) < CLOSE
    assert result.is_contiguous(memory_format=torch.channels_last), "as later layers read it"

    gradient = numbers(*expected.shape, seed=3)
    (back,) = torch.autograd.grad(expected, wide, gradient.double())
    assert apart(winograd.gradient(gradient, weight, pad), back) < CLOSE


def test_many_channels_are_as_exact():
    x, weight, bias = numbers(1, 256, 30, 31), numbers(256, 256, 3, 3, seed=1), numbers(256, seed=2)
    expected = F.conv2d(x.double(), weight.double(), bias.double(), 1, 1)
    assert apart(winograd.convolution(x, weight, bias, (1, 1)), expected) < CLOSE


def test_its_input_need_not_be_channels_last():
    x, weight, bias = numbers(1, 6, 9, 10), numbers(4, 6, 3, 3, seed=1), numbers(4, seed=2)
    expected = F.conv2d(x.double(), weight.double(), bias.double(), 1, 1)
    assert apart(winograd.convolution(x.contiguous(), weight.contiguous(), bias, (1, 1)), expected) < CLOSE


HERE = {"x": (1, 256, 32, 32), "weight": (256, 256, 3, 3), "stride": 1, "pad": (1, 1)}


def pays(dtype=torch.float32, **other):
    given = HERE | other
    x, weight = (torch.zeros(given[one], dtype=dtype) for one in ("x", "weight"))
    return winograd.pays(x, weight, given["stride"], given["pad"])


def test_it_is_used_for_many_channels_and_large_activations(avx2):
    assert pays()
    assert pays(x=(1, 256, 24, 32), weight=(512, 256, 3, 3))
    assert not pays(x=(1, 128, 32, 32), weight=(256, 128, 3, 3)), "too few channels"
    assert not pays(x=(1, 256, 24, 31)), "too few results"
    assert not pays(x=(1, 256, 29, 29), pad=(0, 0)) and pays(x=(1, 256, 30, 30), pad=(0, 0))
    assert not pays(weight=(256, 256, 1, 1)) and not pays(weight=(256, 256, 5, 5)), "other kernels"
    assert not pays(stride=2)
    assert not pays(pad=(3, 3)), "its gradient would take away from the border"
    assert not pays(dtype=torch.float64) and not pays(dtype=torch.bfloat16)
    assert not pays(x=(2, 256, 32, 32)), "two images at once"


def test_it_is_not_used_where_autograd_has_to_follow(avx2):
    x, weight = torch.zeros(HERE["x"], requires_grad=True), torch.zeros(HERE["weight"])
    assert not winograd.pays(x, weight, 1, (1, 1))
    with torch.no_grad():
        assert winograd.pays(x, weight, 1, (1, 1))


@pytest.mark.parametrize("capability", ["AVX512", "DEFAULT", "SVE256", "NO AVX"])
def test_other_processors_keep_their_library(monkeypatch, capability):
    monkeypatch.setattr(winograd, "_capability", lambda: capability)
    assert not pays()


def test_this_processor_is_told():
    assert winograd._capability() == torch.backends.cpu.get_cpu_capability()


def test_a_network_uses_it_both_ways(avx2, monkeypatch):
    layers = (Conv("one", IMAGE, 256, kernel=3, pad=1), Conv("two", "one", 256, kernel=3, pad=1))
    architecture = Graph(
        name="wide",
        nodes=layers,
        order="RGB",
        mean=(120.0, 120.0, 120.0),
        style_layers=("two",),
        content_layers=("two",),
        summary="for this test",
    )
    weights = {f"{name}.weight": numbers(*shape) / 30 for name, shape in architecture.kernels().items()}
    weights |= {f"{name}.bias": numbers(shape[0]) for name, shape in architecture.kernels().items()}
    network, image = GraphNetwork(architecture, weights), numbers(1, 3, 29, 33) * 50 + 120

    def evaluated():
        trace = network.trace(image, ["two"])
        features = trace.features["two"].clone()
        return features, trace.gradient({"two": lambda found: torch.ones_like(found)})

    calls = []
    for name in ("convolution", "gradient"):
        work = getattr(winograd, name)
        monkeypatch.setattr(winograd, name, lambda *given, work=work, name=name: calls.append(name) or work(*given))
    features, gradient = evaluated()
    assert calls == ["convolution", "gradient"]
    monkeypatch.setattr(winograd, "pays", lambda *given: False)
    for quick, plain in zip((features, gradient), evaluated()):
        assert apart(quick, plain.double()) < CLOSE
    assert calls == ["convolution", "gradient"]
