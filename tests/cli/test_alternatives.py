"""Several values of an option, and their combinations."""

from __future__ import annotations

import pytest

from neuralart.cli.alternatives import Axis, alternatives, plan
from neuralart.errors import OptionError
from neuralart.options import declared, flag

from ..test_options import SAMPLES

SINGLE = {name for name, (facts, _) in declared().items() if not facts.is_swept}


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("style_factor", "1e8,2e9", (1e8, 2e9)),
        ("style_factor", "1e8, 2e9;3", None),
        ("style_factor", "1e8;2e9", (1e8, 2e9)),
        ("num_iters", "10,20", (10, 20)),
        ("model", "compact,vgg", ("compact", "vgg")),
        ("style_layers", "a,b:2", (("a,b:2",),)),
        ("style_layers", "a,b; c", (("a,b",), ("c",))),
        ("style_layers", ["a,b", "c"], (("a,b", "c"),)),
        ("style_weights", "1,0;1,1", ((1.0, 0.0), (1.0, 1.0))),
        ("style_scale", "0.5,1", ((0.5, 1.0),)),
        ("size", "64x32,100", ("64x32", 100)),
        ("style_layers", "default;a,b", (None, ("a,b",))),
        ("content", "a,b.jpg", ("a,b.jpg",)),
        ("content", "a.jpg;b.jpg", ("a.jpg", "b.jpg")),
        ("style", ["a,b.jpg;c.jpg"], (("a,b.jpg",), ("c.jpg",))),
        ("style", ["a.jpg", "b.jpg"], (("a.jpg", "b.jpg"),)),
        ("scales", "default,1", (None, 1)),
        ("cpu", True, (True,)),
        ("cpu", "yes,no", (True, False)),
    ],
)
def test_alternatives(name, text, values):
    if values is None:
        with pytest.raises(OptionError, match="--style-factor is '1e8, 2e9'; it must be a number"):
            alternatives(name, text)
    else:
        assert alternatives(name, text) == values


@pytest.mark.parametrize("name", sorted(set(SAMPLES) - SINGLE))
def test_every_option_takes_a_list(name):
    words, value = SAMPLES[name]
    facts, default = declared()[name]
    if facts.kind is bool:
        axes, combinations = plan([f"{flag(name)}=yes,no"])
        assert axes == [Axis(name, (True, False))]
    else:
        axes, combinations = plan([flag(name), f"{words};default"])
        assert axes == [Axis(name, (value, None))]
    assert [getattr(one.options, name) for one in combinations] == [value, default]


@pytest.mark.parametrize("name", sorted(SINGLE))
def test_what_belongs_to_a_single_picture_is_refused(name):
    words = SAMPLES[name][0]
    with pytest.raises(OptionError, match=f"^{flag(name)} is for a single picture; a sweep writes PNG files into"):
        plan([flag(name), words, "--seed", "1,2"] if words else [flag(name)])


def test_every_combination_the_first_axis_running_fastest():
    axes, combinations = plan(["--seed=1,2", "--size", "64", "--init", "image,random", "--scales", "1,2"])
    assert [axis.name for axis in axes] == ["seed", "init", "scales"]
    assert [one.title for one in combinations[:3]] == [
        "seed 1, init image, scales 1",
        "seed 2, init image, scales 1",
        "seed 1, init random, scales 1",
    ]
    assert len({one.options for one in combinations}) == len(combinations) == 8
    assert {one.options.size for one in combinations} == {64}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "there is nothing to sweep; give an option several values"),
        (["--seed", "3"], "there is nothing to sweep"),
        (["--style-layers", "a,b"], "there is nothing to sweep"),
        (["--seed", "1,,2"], "--seed has nothing between two marks in '1,,2'; leave one mark out, or write default"),
        (["--seed", "1,"], "--seed has nothing between two marks"),
        (["--seed", "1,2,1"], "--seed has 1 twice in '1,2,1'"),
        (["--style-factor", "1e9,1000000000"], "--style-factor has 1e9 twice"),
        (["--seed", "1,x"], "--seed is 'x'; it must be a whole number"),
        (["--seed", "1,-1"], "--seed is -1; it must be at least 0"),
        (["--optimizer", "lbfgs,adma"], "--optimizer is 'adma'.*did you mean 'adam'"),
        (["--cpu=yes,maybe"], "--cpu is 'maybe'; in a sweep it may be yes or no, or both: --cpu=yes,no"),
        (["--recipe", "original,balanced", "--scales", "2"], "recipe 'original' has one scale"),
        (["--sede", "1,2"], "no option '--sede'; did you mean '--seed'"),
        (["--cpu=yes", "--cpu=no"], "--cpu is given twice; give it once"),
        (["--cpu=yes", "--cpu"], "--cpu is given twice; give it once"),
        (["--style", "a.jpg;b.jpg", "c.jpg"], "--style mixes several values with alternatives"),
        (["1,2"], "'1,2' does not belong to an option"),
    ],
)
def test_mistakes(words, message):
    with pytest.raises(OptionError, match=message):
        plan(words)
