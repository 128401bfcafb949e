"""Stride and reach as they are found out, against those that are known, and layers that have none."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from neuralart.errors import OptionError
from neuralart.networks.network import Network
from neuralart.networks.vgg import VGG16, chain
from neuralart.networks.window import Region

from .modules import Attention, Masked, Placed, ResNet, Squeezed, rebuilt, seeded, vgg_like
from .tiny import CHAIN


def of(*parts: nn.Module) -> Network:
    return Network.of(seeded(nn.Sequential(*parts)), [str(place) for place in range(len(parts))])


# VGG-16's layers, of few channels.
THIN = replace(VGG16, nodes=tuple(chain(dict.fromkeys(VGG16.layers, 4))))


@pytest.mark.parametrize("graph", [CHAIN, THIN], ids=lambda graph: graph.name)
def test_what_is_found_is_what_is_known_of_ours(graph):
    module, paths = rebuilt(graph)
    arch = Network.of(module.float(), paths).architecture
    for layer in paths:
        assert arch.stride(layer) == graph.stride(layer)
        # In whole strides, which is how far a part has to extend.
        assert arch.reach(layer) == -(-graph.reach(layer) // graph.stride(layer)) * graph.stride(layer)
        assert arch.size(layer, 101, 77) == graph.size(layer, 101, 77)
    layers = graph.style_layers
    assert arch.step(layers) == graph.step(layers)
    assert arch.smallest(layers) == graph.smallest(layers)
    part, size = Region((64, 128), (0, 64)), (1000, 500)
    assert arch.window(layers, size, part).own == graph.window(layers, size, part).own


def test_weights_do_not_matter_dead_ones_neither():
    dead = vgg_like().double()
    for one in dead.parameters():
        one.data.fill_(-1.0)  # no ReLU lets anything through
    found, known = (Network.of(module, ["1", "4", "7"]).architecture for module in (dead, seeded(vgg_like())))
    assert [found.reach(layer) for layer in found.layers] == [known.reach(layer) for layer in known.layers]
    assert [known.stride(layer) for layer in known.layers] == [1, 2, 4]


def test_holes_of_dilated_convolutions_are_looked_across():
    arch = of(nn.Conv2d(3, 4, 3, padding=16, dilation=16), nn.Conv2d(4, 4, (1, 5), padding=(0, 2))).architecture
    assert (arch.reach("0"), arch.reach("1")) == (16, 18)


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (nn.InstanceNorm2d(4), "further than .* pixels away"),
        (nn.GroupNorm(2, 4), "further than .* pixels away"),
        (Attention(), "further than .* pixels away"),
        (nn.AdaptiveAvgPool2d(1), "does not grow regularly with the image"),
        (nn.Upsample(scale_factor=2), "does not grow regularly with the image"),
        (nn.MaxPool2d((2, 1)), "does not grow regularly with the image"),
        (Placed(), "of a part of an image differ from those of the whole"),
        (Masked(), "of a part of an image differ from those of the whole"),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, nn.Module) else "",
)
def test_what_looks_at_the_whole_image_says_so(part, reason):
    arch = of(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), part).architecture
    assert arch.untileable(["0", "1"]) is None
    why = arch.untileable(["1", "2"])
    assert why is not None and why.startswith(
        "layer '2' of network 'Sequential' can only be evaluated on the whole image"
    )
    for ask in (lambda: arch.step(["2"]), lambda: arch.window(["2"], (64, 64), Region((0, 32), (0, 64)))):
        with pytest.raises(OptionError, match=reason):
            ask()
    # Whole, it can be looked at.
    assert arch.everything(["2"], (64, 48)).own["2"].rows[0] == 0


def test_squeeze_and_excitation_is_noticed():
    assert "further" in (of(Squeezed()).architecture.untileable(["0"]) or "")


def test_nothing_is_probed_before_it_is_asked_for():
    arch = Network.of(seeded(ResNet()), ["layer1"]).architecture
    assert arch.size("layer1", 64, 48) == (16, 12)
    assert arch.smallest(["layer1"]) == 1
    arch.everything(["layer1"], (64, 48))
    assert not arch._geometry
    assert arch.untileable(["layer1"]) is None
    assert arch._geometry


def test_probing_leaves_the_generator_alone():
    module, before = seeded(ResNet()), torch.get_rng_state()
    assert Network.of(module, ["layer2"]).architecture.stride("layer2") == 8
    assert torch.equal(torch.get_rng_state(), before)


def test_a_part_smaller_than_the_module_takes_is_seen_with_more_of_the_image():
    arch = of(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 9, stride=2)).architecture
    window = arch.window(["0", "1"], (41, 41), Region((40, 41), (0, 41)))
    assert window.pixels.size[1] >= arch.smallest(["0", "1"])
    assert window.own["0"].rows == (40, 41)
