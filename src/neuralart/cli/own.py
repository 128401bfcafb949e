"""Settings that one command has to itself, declared as options are: dataclass fields made by `options.option`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from neuralart.cli import parser
from neuralart.errors import OptionError, suggest
from neuralart.options import checked, flag

Own = TypeVar("Own")


def build(kind: type, prog: str, usage: str) -> argparse.ArgumentParser:
    """A parser for the settings of a dataclass; values come out as text, and only where they were given."""
    made = parser.Parser(
        prog=prog,
        usage=usage,
        formatter_class=parser.Format,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    for one in fields(kind):
        parser.add(made, one.name, one.metadata["facts"], None if one.default is MISSING else one.default)
    return made


def take(made: argparse.ArgumentParser, kind: type[Own], words: Sequence[str]) -> tuple[Own, list[str]]:
    """The settings that the words give, and the words that are none of theirs. Raises OptionError."""
    given, rest = made.parse_known_args([parser.hyphenated(word) for word in words])
    return kind(**vars(given)), rest


def refuse_options(command: str, kind: Any, words: Sequence[str]) -> None:
    """Raise OptionError for the first word that looks like an option, suggesting the nearest setting."""
    for word in words:
        if word.startswith("-"):
            name = word.partition("=")[0]
            near = suggest(name.lstrip("-"), [flag(one.name).lstrip("-") for one in fields(kind)])
            near = near.replace("mean '", "mean '--") or f"; see neuralart {command} --help"
            raise OptionError(f"neuralart {command} has no option '{name}'{near}")


def check_all(settings: Any) -> None:
    """For __post_init__: every value in its own type and within its bounds. Raises OptionError."""
    for one in fields(settings):
        object.__setattr__(settings, one.name, checked(one, getattr(settings, one.name)))
