"""What all recipes have in common."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuralart.errors import OptionError
from neuralart.networks import NETWORKS
from neuralart.networks.normalise import normalise
from neuralart.networks.vgg import VGG
from neuralart.objective.topology import HERE
from neuralart.recipes import RECIPES
from neuralart.recipes.recipe import History, content_layers, shares_of, style_layers

from ..networks.tiny import CHAIN, network
from .make import options, picture, prepared


def named(name):
    """CHAIN under the name of a real network: `original` has rates of their own for them."""
    return dataclasses.replace(CHAIN, name=name)


EVERY = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


@given(st.dictionaries(st.text(min_size=1), st.floats(1e-3, 1e3), min_size=1, max_size=9))
def test_shares_sum_to_one_in_the_weights_proportions(weights):
    shares = shares_of(weights)
    assert sum(shares.values()) == pytest.approx(1)
    total = sum(weights.values())
    assert shares == pytest.approx({layer: weight / total for layer, weight in weights.items()})


def test_layers_go_by_the_names_of_their_relus_too():
    asked = options(style_layers="relu4_1:2,conv1_1", content_layers="relu4_2")
    assert style_layers(asked, VGG) == pytest.approx({"conv4_1": 2 / 3, "conv1_1": 1 / 3})
    assert content_layers(asked, VGG) == {"conv4_2": 1}
    with pytest.raises(OptionError, match="--style-layers is 'relu4_1,conv4_1', which names one layer twice"):
        style_layers(options(style_layers="relu4_1,conv4_1"), VGG)


@EVERY
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam", "sgd"])
@pytest.mark.parametrize("init", ["image", "random"])
def test_a_run_ends_at_the_size_asked_for(recipe, optimizer, init):
    content, style = picture(60, 45), picture(50, 70, seed=1)
    # Normalised, as the original's network was: its rates and factors depend on it.
    seen = normalise(network(named("vgg")), [content.pixels.double()])
    factor = 2e9 if recipe is RECIPES["balanced"] else 2e5
    asked = options(
        recipe=recipe.name, optimizer=optimizer, init=init, num_iters=10, style_factor=factor, smoothness=1e-4
    )
    steps = list(prepared(seen, content, style, asked).steps())
    assert len(steps) == 11
    assert steps[-1].size == (40, 30)
    assert bool(torch.isfinite(steps[-1].image).all())
    if optimizer == "lbfgs":
        # The others' rates are made for real networks and photographs.
        last = [step.total for step in steps[1:] if step.scale == steps[-1].scale]
        assert last[-1] < last[0]
        assert not any(step.notes for step in steps)


@EVERY
def test_noise_is_the_same_for_the_same_seed_and_within_the_pixels(recipe):
    seen = network(CHAIN)
    noise = lambda seed: recipe.noise(seed, (80, 60), seen)
    assert bool((noise(1) == noise(1)).all())
    assert not bool((noise(1) == noise(2)).all())
    # N(0.5, 0.1^2) on the 0..1 scale.
    assert float(noise(1).mean()) == pytest.approx(127.5, abs=1)
    assert float(noise(1).std()) == pytest.approx(25.5, abs=1)
    assert float(noise(1).min()) >= 0 and float(noise(1).max()) <= 255


@EVERY
def test_style_is_proportional_to_its_factor(recipe):
    seen = network(CHAIN)

    def values(factor):
        return {term.name: term.weight for term in recipe.terms(options(style_factor=factor), seen)}

    once, thrice = values(1e9), values(3e9)
    for name in once:
        assert thrice[name] == pytest.approx(3 * once[name] if name.startswith("style") else once[name])


@EVERY
def test_layer_weights_are_divided_by_their_sum(recipe):
    seen = network(CHAIN)
    weigh = lambda a, b: {
        term.name: term.weight for term in recipe.terms(options(style_layers=f"conv1:{a},conv2:{b}"), seen)
    }
    assert weigh(1.0, 3.0) == pytest.approx(weigh(5.0, 15.0))
    assert weigh(1.0, 3.0)["style conv2"] == pytest.approx(3 * weigh(1.0, 3.0)["style conv1"])


@EVERY
def test_smoothness_is_a_term_only_where_it_is_asked_for(recipe):
    seen = network(CHAIN)
    names = lambda smoothness: [term.name for term in recipe.terms(options(smoothness=smoothness), seen)]
    assert names(0.0) == ["content conv3", "style conv1", "style conv2"]
    assert names(0.1) == ["content conv3", "style conv1", "style conv2", "smoothness"]


@EVERY
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam", "sgd"])
def test_every_network_has_every_optimiser(recipe, name, optimizer):
    seen = network(named(name))
    made = lambda **more: recipe.optimiser(options(optimizer=optimizer, **more), seen, History(), HERE)
    optimiser, asked = made(), made(learning_rate=0.125)
    assert type(optimiser) is type(asked)
    # A learning rate that is given is the one that is used.
    assert 0.125 in vars(asked).values()
    assert 0.125 not in vars(optimiser).values()


@EVERY
def test_a_history_that_is_given_is_used(recipe):
    assert recipe.optimiser(options(), network(CHAIN), History(7), HERE).history == 7
