"""Settings of a single command, declared like options: dataclass fields made by `options.option`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from neuralart.cli import parser
from neuralart.errors import OptionError
from neuralart.options import declared

Own = TypeVar("Own")


def build(kind: type, prog: str, usage: str, groups: Mapping[str, str] | None = None) -> argparse.ArgumentParser:
    """Return a parser for the settings of a dataclass; values come out as text, and only for settings that were given.

    Args:
        kind: The dataclass.
        prog: The name of the command.
        usage: Its usage text.
        groups: The groups of the help with their descriptions; none for one plain list.
    """
    made = parser.Parser(
        prog=prog,
        usage=usage,
        formatter_class=parser.Format,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    titled = {name: made.add_argument_group(name, text) for name, text in (groups or {}).items()}
    for name, (facts, default) in declared(kind).items():
        parser.add(titled.get(facts.group, made), name, facts, default)
    return made


def take(made: argparse.ArgumentParser, kind: type[Own], words: Sequence[str]) -> tuple[Own, list[str]]:
    """Return the settings that the words give, and the remaining words. Raises OptionError."""
    given, rest = made.parse_known_args([parser.hyphenated(word) for word in words])
    return kind(**vars(given)), rest


def refuse_options(command: str, kind: Any, words: Sequence[str]) -> None:
    """Raise OptionError for the first word that looks like an option, suggesting the nearest setting."""
    for word in words:
        if word.startswith("-"):
            name = word.partition("=")[0]
            near = parser.near_flag(name, declared(kind)) or f"; see neuralart {command} --help"
            raise OptionError(f"neuralart {command} has no option '{name}'{near}")
