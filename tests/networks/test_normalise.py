"""Normalising changes the scale of what a network sees, and nothing else."""

from __future__ import annotations

import pytest
import torch

from neuralart.networks.graph import IMAGE, Concat, Conv, Lrn, Pool
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.normalise import is_normalised, mean_activations, normalise

from .tiny import BRANCHES, CHAIN, architecture, image, network, weights

# Two sizes: the mean is over all positions of all photographs.
PHOTOGRAPHS = [image(24, 31, seed=1), image(40, 22, seed=2)]
BLOCKED = {"first", "wide"}  # in BRANCHES: what feeds its two normalisations


def scales(before, after, layer):
    """By what each channel of a layer was divided: [C], and how far the features are from being just that."""
    here = before.features(PHOTOGRAPHS[0], [layer])[layer]
    there = after.features(PHOTOGRAPHS[0], [layer])[layer]
    factor = here.sum((0, 2, 3)) / there.sum((0, 2, 3))
    torch.testing.assert_close(there * factor.view(1, -1, 1, 1), here)
    return factor


@pytest.mark.parametrize("pooling", ["average", "max"])
@pytest.mark.parametrize("arch", [CHAIN, BRANCHES], ids=["chain", "branches"])
def test_the_function_is_unchanged_but_for_scale(arch, pooling):
    before = network(arch, seed=3, pooling=pooling)
    after = normalise(before, PHOTOGRAPHS)
    means = mean_activations(before, PHOTOGRAPHS)
    for layer in means:
        # A dead filter has nothing to compare.
        if bool((means[layer] > 0).all()):
            expected = torch.ones_like(means[layer]) if layer in BLOCKED else means[layer]
            torch.testing.assert_close(scales(before, after, layer), expected)


@pytest.mark.parametrize("arch", [CHAIN, BRANCHES], ids=["chain", "branches"])
def test_mean_activations_are_one_afterwards(arch):
    after = mean_activations(normalise(network(arch, seed=3), PHOTOGRAPHS), PHOTOGRAPHS)
    for layer, means in after.items():
        if layer not in BLOCKED:
            living = means[means > 0]
            torch.testing.assert_close(living, torch.ones_like(living))


def test_filters_before_a_normalisation_keep_their_scale():
    before, after = network(BRANCHES, seed=3), normalise(network(BRANCHES, seed=3), PHOTOGRAPHS)
    for layer in BLOCKED:
        expected = before.features(PHOTOGRAPHS[0], [layer])[layer]
        torch.testing.assert_close(after.features(PHOTOGRAPHS[0], [layer])[layer], expected)


def test_a_normalisation_is_felt_through_poolings_and_joints():
    arch = architecture(
        Conv("a", IMAGE, 3),
        Conv("b", IMAGE, 2),
        Concat("joint", ("a", "b")),
        Pool("pool", "joint"),
        Lrn("norm", "pool"),
        Conv("end", "norm", 4),
    )
    before = network(arch)
    after = normalise(before, PHOTOGRAPHS)
    assert all(torch.equal(after.weights[f"{name}.weight"], before.weights[f"{name}.weight"]) for name in "ab")
    means = mean_activations(after, PHOTOGRAPHS)["end"]
    torch.testing.assert_close(means[means > 0], torch.ones_like(means[means > 0]))


def test_linear_maps_keep_their_output():
    arch = architecture(Conv("bent", IMAGE, 4), Conv("line", "bent", 3, kernel=1, pad=0, relu=False))
    before = network(arch)
    after = normalise(before, PHOTOGRAPHS)
    expected = before.features(PHOTOGRAPHS[0], ["line"])["line"]
    torch.testing.assert_close(after.features(PHOTOGRAPHS[0], ["line"])["line"], expected)


def test_mean_activations_are_means_over_all_positions_of_all_photographs():
    seen = network(CHAIN)
    flat = [seen.features(p, ["conv2"])["conv2"][0].flatten(1) for p in PHOTOGRAPHS]
    torch.testing.assert_close(mean_activations(seen, PHOTOGRAPHS)["conv2"], torch.cat(flat, 1).mean(1))


def test_a_dead_filter_stays_as_quiet_beside_the_others_as_it_was():
    made = weights(CHAIN)
    made["conv1.weight"][2] = 0
    made["conv1.bias"][2] = -1
    before = GraphNetwork(CHAIN, made, dtype=torch.float64)
    after = normalise(before, PHOTOGRAPHS)
    usual = mean_activations(before, PHOTOGRAPHS)["conv1"].mean()
    torch.testing.assert_close(after.weights["conv1.bias"][2], made["conv1.bias"][2] / usual)
    assert all(bool(torch.isfinite(value).all()) for value in after.weights.values())
    means = mean_activations(after, PHOTOGRAPHS)["conv1"]
    torch.testing.assert_close(means, torch.tensor([1.0, 1, 0, 1], dtype=torch.float64))


def test_a_nearly_dead_filter_is_not_made_the_loudest():
    made = weights(CHAIN)
    made["conv1.weight"][2] *= 1e-7
    made["conv1.bias"][2] = 1e-7
    after = mean_activations(normalise(GraphNetwork(CHAIN, made, dtype=torch.float64), PHOTOGRAPHS), PHOTOGRAPHS)
    assert 0 < after["conv1"][2] < 1e-3


def test_normalised_is_told_from_raw():
    raw = network(CHAIN)
    assert not is_normalised(raw, PHOTOGRAPHS)
    assert is_normalised(normalise(raw, PHOTOGRAPHS), PHOTOGRAPHS)
    # Other photographs have other means, near enough.
    assert is_normalised(normalise(raw, PHOTOGRAPHS), [image(30, 30, seed=9)])


def test_normalising_twice_is_normalising_once():
    # With positive weights and biases this high no filter is dead.
    made = {name: value.abs() + 500 * name.endswith("bias") for name, value in weights(CHAIN).items()}
    once = normalise(GraphNetwork(CHAIN, made, dtype=torch.float64), PHOTOGRAPHS)
    torch.testing.assert_close(normalise(once, PHOTOGRAPHS).weights, once.weights)


def test_weights_that_end_early_are_normalised_as_far_as_they_go():
    made = {name: value for name, value in weights(BRANCHES, 3).items() if not name.startswith(("b.", "last."))}
    before = GraphNetwork(BRANCHES, made, dtype=torch.float64)
    after = normalise(before, PHOTOGRAPHS)
    assert set(after.weights) == set(made)
    means = mean_activations(after, PHOTOGRAPHS)["reduce"]
    torch.testing.assert_close(means[means > 0], torch.ones_like(means[means > 0]))


def test_the_given_network_is_left_as_it_is():
    before = network(CHAIN)
    kept = {name: value.clone() for name, value in before.weights.items()}
    normalise(before, PHOTOGRAPHS)
    assert all(torch.equal(before.weights[name], kept[name]) for name in kept)


def test_the_weights_precision_is_kept():
    single = {name: value.float() for name, value in weights(CHAIN).items()}
    after = normalise(GraphNetwork(CHAIN, single), [photograph.float() for photograph in PHOTOGRAPHS])
    assert {value.dtype for value in after.weights.values()} == {torch.float32}


@pytest.mark.parametrize("ask", [normalise, is_normalised, mean_activations])
def test_without_photographs_there_is_nothing_to_go_by(ask):
    with pytest.raises(ValueError, match="normalising needs at least one photograph"):
        ask(network(CHAIN), [])
