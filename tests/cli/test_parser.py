"""Words -> options."""

from __future__ import annotations

import pytest

from neuralart.cli.parser import hyphenated, parse, unknown, values
from neuralart.errors import OptionError
from neuralart.options import declared, flag

from ..test_options import SAMPLES


@pytest.mark.parametrize(
    ("word", "same"),
    [
        ("--style_factor", "--style-factor"),
        ("--style_factor=1_0", "--style-factor=1_0"),
        ("--content=my_photo.jpg", "--content=my_photo.jpg"),
        ("my_photo.jpg", "my_photo.jpg"),
        ("-a_b", "-a_b"),
    ],
)
def test_hyphenated(word, same):
    assert hyphenated(word) == same


def test_only_what_was_given():
    assert values([]) == {}
    assert values(["--size", "3", "--quiet"]) == {"size": "3", "quiet": True}


def test_what_is_given_takes_the_place_of_defaults():
    options = parse(["--size", "64"], {"size": 32, "seed": 5})
    assert (options.size, options.seed, options.num_iters) == (64, 5, 500)


@pytest.mark.parametrize("name", SAMPLES)
def test_twice(name):
    words, value = SAMPLES[name]
    once = [flag(name)] if words is None else [flag(name), words]
    if declared()[name][0].many:
        assert getattr(parse([*once, *once]), name) == (*value, *value)
    else:
        with pytest.raises(OptionError, match=f"^{flag(name)} is given twice; give it once$"):
            parse([*once, once[0] if words is None else f"--{name}={words}"])


def test_several_words_of_an_option():
    assert parse(["--style", "a.jpg", "b,c.jpg", "--size", "3"]).style == ("a.jpg", "b,c.jpg")
    with pytest.raises(OptionError, match=r"^--style needs a value$"):
        parse(["--style", "--size", "3"])


def test_abbreviations_are_refused():
    # An abbreviation that is unique today may not be tomorrow.
    with pytest.raises(OptionError, match="no option '--num'"):
        parse(["--num", "3"])


def test_unknown():
    assert unknown("--sise=3") == "there is no option '--sise'; did you mean '--size'?"
    assert unknown("--zzz") == "there is no option '--zzz'; see neuralart --help"
    assert unknown("x").startswith("'x' does not belong to an option")
