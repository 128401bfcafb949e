"""What may follow each command's name is what the commands take."""

from __future__ import annotations

import re

import pytest

from neuralart.cli import app, commands, video
from neuralart.cli.grammar import COMMANDS, value
from neuralart.errors import OptionError
from neuralart.image.paintings import PAINTINGS
from neuralart.options import declared, flag


def test_every_command_has_its_line():
    assert list(COMMANDS) == list(commands.COMMANDS)
    assert all(commands.about(name) for name in COMMANDS)


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if command.own])
def test_own_options_are_those_of_the_help(call, name):
    told = set(re.findall(r"^  (?:-h, )?(--[a-z-]+)", call(name, "--help").out, re.MULTILINE)) - {"--help"}
    own = set(map(flag, COMMANDS[name].declared()))
    assert told == (own if name != "estimate" else {"--json"})  # those of a film stand in the help of neuralart video


@pytest.mark.parametrize(("name", "take"), [("video", video.taken), ("app", app._options)])
def test_options_of_paintings_are_those_that_the_command_takes(name, take):
    shared = COMMANDS[name].shared()
    for option, (facts, _) in declared().items():
        words = [flag(option)] if facts.kind is bool else [flag(option), "1"]
        if option in shared:
            assert option in take(words)
        else:
            with pytest.raises(OptionError):
                take(words)


def test_what_a_value_may_be():
    style, output_dir = (value(name, declared()[name][0]) for name in ("style", "output_dir"))
    assert style.is_file
    assert style.choices == tuple(PAINTINGS)
    assert output_dir.is_folder
    assert not output_dir.is_file
