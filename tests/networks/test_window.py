"""Windows: a part of an image is seen as it is in the whole."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralart.networks.compact import COMPACT
from neuralart.networks.graph import IMAGE, PADDINGS, Conv, Pool
from neuralart.networks.inception import INCEPTION
from neuralart.networks.vgg import VGG
from neuralart.networks.window import ENDLESS, Region, positions, read

from .tiny import BRANCHES, CHAIN, image, network

ARCHITECTURES = pytest.mark.parametrize("arch", [CHAIN, BRANCHES], ids=["chain", "branches"])


@ARCHITECTURES
@pytest.mark.parametrize("pooling", ["average", "max", "l2"])
@pytest.mark.parametrize("padding", PADDINGS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_features_of_a_part_are_those_of_the_whole(arch, pooling, padding, data):
    height, width = data.draw(st.integers(9, 40)), data.draw(st.integers(9, 40))
    seen, pixels = network(arch, pooling=pooling).padded(padding), image(height, width)
    arch = seen.architecture
    step = arch.step(arch.layers)
    axis = lambda n: sorted(
        data.draw(st.lists(st.sampled_from([*range(0, n, step), n]), min_size=2, max_size=2, unique=True))
    )
    part = Region(tuple(axis(height)), tuple(axis(width)))
    looked = arch.window(arch.layers, (width, height), part)
    whole, found = seen.features(pixels, arch.layers), seen.features(pixels, arch.layers, looked)
    assert set(found) == set(looked.own)
    for layer, features in found.items():
        rows, columns = Region((0, 0), (0, 0)).cut(looked.own[layer])
        torch.testing.assert_close(features, whole[layer][:, :, rows, columns])


@pytest.mark.parametrize("arch", [VGG, INCEPTION, COMPACT, CHAIN, BRANCHES], ids=lambda arch: arch.name)
@settings(max_examples=30, deadline=None)
@given(width=st.integers(33, 200), height=st.integers(33, 200), cells=st.integers(1, 5))
def test_every_position_of_every_layer_belongs_to_one_part(arch, width, height, cells):
    layers = (*arch.style_layers, *arch.content_layers)
    side = cells * arch.step(layers)
    cut = lambda n: [(a, min(a + side, n)) for a in range(0, n, side)]
    claimed = {layer: torch.zeros(arch.size(layer, width, height)[::-1], dtype=torch.int) for layer in layers}
    for rows in cut(height):
        for columns in cut(width):
            for layer, own in arch.window(layers, (width, height), Region(rows, columns)).own.items():
                claimed[layer][slice(*own.rows), slice(*own.columns)] += 1
    assert all((count == 1).all() for count in claimed.values())


def test_a_deep_layers_halo_is_its_reach_and_a_shallow_ones_less():
    # VGG-19 to conv5_1 reaches 70 pixels; the pixels themselves are read that far, conv4_1 no further than it must.
    looked = VGG.window(VGG.style_layers, (1024, 1024), Region((256, 512), (256, 512)))
    assert looked.pixels == Region((256 - 70, 512 + 70), (256 - 70, 512 + 70))
    assert looked.regions["conv5_1"] == looked.own["conv5_1"] == Region((16, 32), (16, 32))
    assert looked.regions["conv4_1"] == Region((32 - 5, 64 + 5), (32 - 5, 64 + 5))
    alone = VGG.window(["conv1_1"], (1024, 1024), Region((256, 512), (256, 512)))
    assert alone.pixels == Region((255, 513), (255, 513))


@pytest.mark.parametrize("layers", [["conv3"], []])
def test_a_part_without_positions_is_seen_without_features(layers):
    seen, pixels, part = network(CHAIN), image(17, 17), Region((16, 17), (0, 17))
    looked = CHAIN.window(layers, (17, 17), part)
    assert (looked.pixels, dict(looked.own)) == (part, {})
    assert seen.features(pixels, layers, looked) == {}
    assert not seen.trace(pixels, layers, looked).gradient({"conv3": torch.ones_like}).any()


def test_padding_is_read_at_true_borders_only():
    conv, pool = Conv("c", IMAGE, 1), Pool("p", IMAGE)
    assert read(conv, (0, 4), 4, ENDLESS) == ((-1, 5), 0, 0)
    assert read(conv, (0, 4), 4) == ((0, 4), 1, 1)
    assert read(conv, (1, 3), 4) == ((0, 4), 0, 0)
    assert read(conv, (2, 4), 4) == ((1, 4), 0, 1)
    assert read(pool, (1, 2), 5) == ((2, 4), 0, 0)


def test_the_last_part_takes_what_no_whole_cell_covers():
    assert positions((96, 101), 16, 101, 6) == (6, 6)  # five pixels, in floor mode, make no position
    assert positions((80, 101), 16, 101, 7) == (5, 7)
    assert positions((0, 32), 16, 101, 6) == (0, 2)


def test_everything_is_everything():
    looked = CHAIN.everything(["conv3"], (21, 17))
    assert looked.pixels == Region((0, 17), (0, 21))
    assert looked.regions["pool1"] == looked.own["conv3"] == Region((0, 8), (0, 10))
