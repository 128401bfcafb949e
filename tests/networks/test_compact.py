"""The compact network's budget and its maps."""

from __future__ import annotations

import pytest

from neuralart.networks.compact import COMPACT, CONTENT_CHANNELS
from neuralart.networks.graph import Conv
from neuralart.networks.vgg import VGG


def test_costs_at_most_an_eighth_of_vgg():
    used = [*COMPACT.style_layers, *COMPACT.content_layers]
    assert COMPACT.multiplications(used) <= VGG.multiplications(["conv5_1"]) / 8


def test_the_maps_are_linear_and_the_styles_one_constant_wider_than_their_trunk():
    channels = COMPACT.channels()
    maps = [node for node in COMPACT.nodes if isinstance(node, Conv) and node.name.startswith("map")]
    assert maps
    for node in maps:
        assert (node.kernel, node.pad, node.relu) == (1, 0, False)
        if node.name in COMPACT.style_layers:
            assert node.source == node.name.replace("map", "conv")
            assert node.channels == channels[node.source] + 1
        else:
            assert channels[node.source] > node.channels == CONTENT_CHANNELS


@pytest.mark.parametrize("layer", [n for n in COMPACT.layers if n.startswith("conv")])
def test_the_trunk_has_vggs_geometry(layer):
    assert COMPACT.stride(layer) == VGG.stride(layer)
    assert COMPACT.reach(layer) == VGG.reach(layer)
    assert COMPACT.size(layer, 123, 77) == VGG.size(layer, 123, 77)


def test_a_map_sees_what_its_layer_sees():
    for layer in COMPACT.style_layers:
        trunk = layer.replace("map", "conv")
        assert COMPACT.reach(layer) == COMPACT.reach(trunk)
        assert COMPACT.size(layer, 200, 160) == COMPACT.size(trunk, 200, 160)
