"""Presets: what they set, and that whatever is given goes before it."""

from __future__ import annotations

import json

import pytest
import torch

from neuralart import api
from neuralart.cli import parser
from neuralart.errors import OptionError
from neuralart.losses.choices import STYLE_LOSSES
from neuralart.networks.provide import provide
from neuralart.options import Options, declared, from_mapping
from neuralart.presets import PRESETS
from neuralart.recipes import RECIPES
from neuralart.recipes.recipe import style_factor


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_options_of_the_picture_and_no_others(name):
    options = Options(preset=name)
    for option, value in PRESETS[name].options.items():
        assert getattr(options, option) == value != declared()[option][1]
        assert declared()[option][0].is_replayed
    rest = set(declared()) - set(PRESETS[name].options) - {"preset"}
    assert all(getattr(options, option) == declared()[option][1] for option in rest)
    # The record tells the preset and all it set, and makes the same again.
    assert from_mapping(json.loads(json.dumps(options.record()))) == options


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_makes_an_objective(name):
    options = Options(preset=name)
    terms = RECIPES[options.recipe].terms(options, provide("compact").network)
    assert {term.name.partition(" ")[0] for term in terms} == {"content", "style"}


def test_what_is_given_goes_first_through_every_door():
    doors = (
        Options(preset="bold", strength=0.5),
        from_mapping({"strength": "0.5", "preset": "bold"}),
        parser.parse(["--strength", "0.5", "--preset", "bold"]),
        api.chosen({"preset": "bold", "strength": 0.5}),
        api.chosen({}, Options(preset="bold", strength=0.5)),
        api.chosen({"strength": 0.5}, Options(preset="bold")),
    )
    assert {(one.preset, one.strength) for one in doors} == {("bold", 0.5)}


def test_a_preset_goes_before_what_a_command_has_for_defaults():
    assert parser.parse(["--preset", "bold"], {"strength": 0.1, "size": 99}).strength == 0.65
    assert parser.parse(["--preset", "bold"], {"size": 99}).size == 99


def test_options_know_their_names():
    with pytest.raises(TypeError, match="unexpected keyword argument 'strenght'"):
        Options(strenght=1)
    with pytest.raises(OptionError, match=r"--preset is 'balance', which is not one of .*; did you mean 'balanced'\?"):
        Options(preset="balance")


@pytest.mark.parametrize(("name", "ratio"), [("gram", 2.0), ("neighbours", 8**0.2)])
def test_strength_is_the_style_factor_in_even_steps(name, ratio):
    loss = STYLE_LOSSES[name]
    assert style_factor(Options(), loss) == 2e9  # to the bit
    steps = [style_factor(Options(strength=tenth / 10), loss) for tenth in range(11)]
    ratios = torch.tensor(steps[1:]) / torch.tensor(steps[:-1])
    torch.testing.assert_close(ratios, torch.full_like(ratios, ratio))
    assert style_factor(Options(style_factor=1e9, strength=0.6), loss) == pytest.approx(1e9 * ratio)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_heeds_the_strength(recipe):
    network = provide("compact").network
    found = [
        {term.name: term.weight for term in RECIPES[recipe].terms(Options(recipe=recipe, strength=one), network)}
        for one in (0.5, 0.7)
    ]
    more = {"balanced": 8**0.4, "original": 4}[recipe]
    for name, weight in found[0].items():
        assert found[1][name] == pytest.approx(weight * (more if name.startswith("style") else 1))
