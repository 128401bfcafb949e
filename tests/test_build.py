"""Options -> objects."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
import torch

from neuralart import build
from neuralart.errors import OptionError
from neuralart.networks import NETWORKS
from neuralart.networks.network import Network
from neuralart.options import Options
from neuralart.recipes import RECIPES
from neuralart.recipes.recipe import content_layers, style_layers
from neuralart.run.backend import backend

from .networks.tiny import CHAIN, network
from .recipes.make import options, picture, prepared

without_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")


@pytest.mark.parametrize("name", RECIPES)
def test_recipe(name):
    assert build.recipe(Options(recipe=name)) is RECIPES[name]


@pytest.mark.parametrize("options", [Options(cpu=True), Options(device="cpu"), Options(cpu=True, device="cpu")])
def test_the_cpu(options):
    assert build.device(options) == torch.device("cpu")


def test_how_many_cores_are_free_is_seen_once(monkeypatch):
    monkeypatch.setattr(build.threads, "free", iter([3]).__next__)
    made = lambda threads: prepared(network(CHAIN), picture(40, 30), picture(30, 40), options(threads=threads))
    run = made(0)
    assert run.options.threads == 3
    assert run.computed()["threads"] == run.computed()["threads"] == 3
    assert made(5).computed()["threads"] == 5


@without_cuda
@pytest.mark.skipif(torch.backends.mps.is_available(), reason="this machine has a GPU of Apple's")
def test_auto_is_the_cpu_where_there_is_nothing_else():
    assert build.device(Options()) == torch.device("cpu")


@pytest.mark.parametrize(
    ("name", "near"), [("banana", ", or cuda:1"), ("cude", "; did you mean 'cuda'?"), ("meta", "")]
)
def test_unknown_devices(name, near):
    with pytest.raises(OptionError) as caught:
        build.device(Options(device=name))
    assert str(caught.value).startswith(f"--device is '{name}', which is not one of auto, cpu, cuda, mps, xpu{near}")


@without_cuda
@pytest.mark.parametrize("name", ["cuda", "cuda:3", "cuda:-1", "cuda:x", "cpu:y"])
def test_devices_that_are_not_here(name):
    with pytest.raises(OptionError) as caught:
        build.device(Options(device=name))
    told = str(caught.value)
    assert told.startswith(f"--device is '{name}', which cannot be used here (")
    assert "); try --device cpu" in told
    assert "\n" not in told
    assert len(told) < 300


@pytest.mark.parametrize("name", ["cudnn", "cunn"])
def test_backend_has_no_effect_on_the_cpu_and_says_so(caplog, name):
    before = torch.backends.cudnn.enabled
    with caplog.at_level(logging.INFO, "neuralart"):
        build.device(Options(device="cpu", backend=name))
    assert caplog.messages == [f"--backend {name} has no effect on cpu"]
    assert torch.backends.cudnn.enabled == before


@pytest.mark.parametrize(("name", "enabled"), [("cudnn", True), ("cunn", False), (None, True)])
def test_backend_switches_cudnn_on_cuda_while_a_run_lasts(monkeypatch, name, enabled):
    monkeypatch.setattr(torch.backends.cudnn, "enabled", True)
    with backend(name, torch.device("cuda")):
        assert torch.backends.cudnn.enabled is enabled
    assert torch.backends.cudnn.enabled is True


@pytest.mark.parametrize(("name", "dtype"), build.PRECISIONS.items())
def test_precision(name, dtype):
    found = build.provision(Options(model="compact", precision=name, cpu=True)).network
    assert found.dtype == dtype
    # Pixels are never kept in less than float32.
    assert found.pixel_dtype == (torch.float64 if name == "float64" else torch.float32)


@pytest.mark.parametrize("native", [True, False])
def test_automatic_precision(monkeypatch, native):
    monkeypatch.setattr(build, "has_bfloat16", lambda device: native)
    chosen = lambda **options: build.provision(Options(model="compact", cpu=True, **options)).network.dtype
    assert chosen() == (torch.bfloat16 if native else torch.float32)
    # Its numbers are its interface.
    assert chosen(recipe="original") == torch.float32


def test_pooling_reaches_the_network():
    assert build.provision(Options(model="compact", pooling="max", cpu=True)).network.pooling == "max"


def test_padding_reaches_the_network():
    found = build.provision(Options(model="compact", padding="reflect", cpu=True)).network
    assert found.architecture.edges == ("reflect", "reflect")


def test_a_picture_that_tiles_goes_through_sizes_that_the_network_divides(caplog):
    asked = options(size=90, scales=3, seamless="x")
    with caplog.at_level(logging.INFO, "neuralart"):
        run = prepared(network(CHAIN), picture(90, 45), picture(50, 40), asked)
    # Of CHAIN, whose step is 2; the height is as it would be, and so is the size that was asked for.
    assert [scale.size for scale in run.schedule] == [(22, 11), (44, 22), (90, 45)]
    assert not [one for one in caplog.messages if one.startswith("seamless")]
    with caplog.at_level(logging.INFO, "neuralart"):
        prepared(network(CHAIN), picture(45, 45), picture(50, 40), replace(asked, size=45))
    assert "seamless: 45 x 45 pixels take longer than 44 x 45, multiples of 2" in caplog.messages


def test_what_sees_the_whole_picture_cannot_look_round_it():
    normed = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.InstanceNorm2d(4))
    foreign = Network.of(normed, {"one": "1"})
    asked = Options(size=40, seamless="both", device="cpu")
    with pytest.raises(OptionError, match=r"layer 'one' .* so leave --seamless out"):
        prepared(foreign, picture(40, 40), picture(50, 40), asked)


def test_layers():
    vgg = NETWORKS["vgg"]
    assert style_layers(Options(style_layers="conv1_2:3,conv5_4"), vgg) == {"conv1_2": 0.75, "conv5_4": 0.25}
    assert content_layers(Options(style_layers="conv1_2:3,conv5_4"), vgg) == {"conv4_2": 1.0}
    inception = NETWORKS["inception"]
    assert list(style_layers(Options(content_layers="inception_3b"), inception)) == list(inception.style_layers)
    assert content_layers(Options(content_layers="inception_3b"), inception) == {"inception_3b": 1.0}


@pytest.mark.parametrize("option", ["style_layers", "content_layers"])
@pytest.mark.parametrize(
    ("model", "text", "message"),
    [
        ("vgg", "conv42", "network 'vgg' has no layer 'conv42'; did you mean 'conv4_2'? (it has conv1_1, conv1_2, "),
        ("vgg", "pool1", "network 'vgg' has no layer 'pool1' (it has conv1_1, "),
        ("inception", "inception_3", "network 'inception' has no layer 'inception_3'; did you mean 'inception_"),
    ],
)
def test_unknown_layers(option, model, text, message):
    with pytest.raises(OptionError) as caught:
        {"style_layers": style_layers, "content_layers": content_layers}[option](
            Options(**{option: text}), NETWORKS[model]
        )
    assert str(caught.value).startswith(message)


def check(content, style, **changes):
    prepared(network(CHAIN), content, style, options(**changes))


def test_sizes():
    # conv3 of this network stands behind one pooling: two pixels are enough.
    check(picture(2, 40), picture(40, 2), size=40)


@pytest.mark.parametrize(
    ("content", "style", "changes", "message"),
    [
        (
            (1, 40),
            (9, 9),
            {},
            "the content (1 x 40) would be 1 x 40 pixels, but network 'tiny' needs 2 on each side; give a larger"
            " --size or a less narrow picture",
        ),
        (
            (9, 9),
            (80, 3),
            {},
            "the style (80 x 3) would be 40 x 1 pixels, but network 'tiny' needs 2 on each side; give a larger"
            " --size or a less narrow picture",
        ),
        (
            (9, 9),
            (9, 9),
            {"size": 1},
            "the content (9 x 9) would be 1 x 1 pixels, but network 'tiny' needs 2 on each side; give a larger --size",
        ),
        (
            (9, 9),
            (40, 20),
            {"size": 8, "scales": 3},
            "the style (40 x 20) would be 2 x 1 pixels, but network 'tiny' needs 2 on each side; this is the"
            " smallest of 3 scales: give fewer --scales, or a larger --size",
        ),
    ],
)
def test_sizes_too_small(content, style, changes, message):
    with pytest.raises(OptionError) as caught:
        check(picture(*content), picture(*style), **changes)
    assert str(caught.value) == message


def test_a_scale_without_iterations_may_be_of_any_size():
    check(picture(9, 9), picture(9, 9), size=8, scales=5, num_iters=2)


@pytest.mark.parametrize(
    ("changes", "tolerance"),
    [
        ({}, 0.003),
        ({"tolerance": 0.0}, 0.0),
        ({"tolerance": 0.1, "optimizer": "adam"}, 0.1),
        ({"optimizer": "adam"}, 0.0),
        ({"style_loss": "gram"}, 0.002),
        ({"style_loss": "sliced"}, 0.0),
        ({"recipe": "original"}, 0.0),
    ],
)
def test_a_painting_ends_early_by_itself_only_where_that_was_measured(changes, tolerance):
    run = prepared(network(CHAIN), picture(60, 45), picture(20, 20), options(size=40, **changes))
    assert run.tolerance == tolerance
    assert replace(run, own_terms=True).tolerance == (tolerance if "tolerance" in changes else 0.0)
    assert run.expected == [scale.iterations for scale in run.schedule] or tolerance
