"""The option declaration as a command line: parsing and help. Imports no torch."""

from __future__ import annotations

import argparse
import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from neuralart.errors import OptionError, suggest
from neuralart.options import GROUPS, Facts, Options, declared, flag, from_mapping
from neuralart.presets import unfolded

INTRODUCTION = """\
neuralart --content PHOTO --style PAINTING [options]
       neuralart demo                    paint the bundled photograph in the bundled style
       neuralart models [fetch|verify|path] [NETWORK]
       neuralart presets                 named sets of options, and what they set
       neuralart styles                  list the bundled paintings
       neuralart again PICTURE [options] make a picture again from the record inside it
       neuralart resume CHECKPOINT       continue a painting, or a film, that ended early
       neuralart record PICTURE          show the record inside a picture
       neuralart compare PICTURE ...     put pictures on one sheet, labelled with what differs
       neuralart sweep [options]         paint with every combination of several values
       neuralart blend STYLE STYLE       paint in two styles and between them: a sheet and a film
       neuralart batch JOBS [options]    paint many pictures, from a list or of contents and styles
       neuralart watch FOLDER [options]  paint every picture that comes into a folder
       neuralart video FILM [options]    repaint a film, with its sound and without flicker
       neuralart estimate [options]      memory and time that a painting would take
       neuralart plot LOG FILE           plot the terms in a log as curves
       neuralart translate 'COMMAND'     our command for that of neural-style and others
       neuralart app                     paint in the browser; see neuralart app --help
       neuralart studio                  the same in a window of its own
       neuralart completion SHELL        let bash, zsh or fish complete what you type"""

CLOSING = """\
Hyphens and underscores are the same: --style-factor, --style_factor.
Most options are keywords in Python too: neuralart.stylize("photo.jpg", "painting.jpg", size=1024).
"""


DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"  # what takes a hyphen's place in text that was not typed


class Parser(argparse.ArgumentParser):
    """argparse, but mistakes raise OptionError with our own messages."""

    def error(self, message: str) -> NoReturn:
        message = re.sub(": ignored explicit .*", " takes no value; it is either given or not", message)
        raise OptionError(
            re.sub(": expected (one|at least one) argument", " needs a value", message.replace("argument ", ""))
        )


class Once(argparse.Action):
    """An option that may be given only once: otherwise one of the values would be lost silently."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        if hasattr(namespace, self.dest):
            raise OptionError(f"{flag(self.dest)} is given twice; give it once")
        setattr(namespace, self.dest, True if self.nargs == 0 else values)


class Format(argparse.HelpFormatter):
    """Help in two columns, wide enough for our longest names."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=110)


def build(prog: str = "neuralart") -> argparse.ArgumentParser:
    """Return a parser for all options; values come out as text, unchecked, and only for options that were given."""
    parser = Parser(
        prog=prog,
        usage=INTRODUCTION,
        description="Repaint a photograph in the style of a painting.",
        epilog=CLOSING,
        formatter_class=Format,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    groups = {name: parser.add_argument_group(name, text) for name, text in GROUPS.items()}
    for name, (facts, default) in declared().items():
        add(groups[facts.group], name, facts, default)
    return parser


def add(group: Any, name: str, facts: Facts, default: Any) -> argparse.Action:
    """Add one declared option to its group in the help, and return what argparse makes of it."""
    details: dict[str, Any] = {"help": described(facts, default).replace("%", "%%"), "dest": name}
    if facts.kind is bool:
        details |= {"action": Once, "nargs": 0}
    elif facts.many:
        details |= {"action": "extend", "nargs": "+", "metavar": value_name(facts)}
    else:
        details |= {"action": Once, "metavar": value_name(facts)}
    added: argparse.Action = group.add_argument(*map(flag, filter(None, (name, facts.alias))), **details)
    return added


def parse(arguments: Sequence[str], defaults: dict[str, Any] | None = None) -> Options:
    """Parse words into options; `defaults` apply to options that the words do not set. Raises OptionError."""
    # A given preset overrides defaults, too.
    return from_mapping((defaults or {}) | unfolded(values(arguments)))


def values(arguments: Sequence[str]) -> dict[str, Any]:
    """Return what the words give: Python name -> text, a list of texts if several are allowed, or True.

    Raises:
        OptionError: For words that no option takes, and for an option that is given twice.
    """
    refuse_dashes(arguments)
    words = [hyphenated(word) for word in arguments]
    if "=" in words:
        raise OptionError("'=' stands alone; write a value without spaces around it, --size=512, or as --size 512")
    try:
        result, rest = build().parse_known_args(words)
    except OptionError as error:
        raise OptionError(f"{error}{_hyphen_hint(words, str(error))}") from None
    if rest:
        raise OptionError(unknown(rest[0]))
    return {name: value for name, value in vars(result).items() if name != "version"}


def _hyphen_hint(words: Sequence[str], error: str) -> str:
    """Return a hint about names that begin with a hyphen, if one was taken for an option."""
    for word, following in itertools.pairwise(words):
        taken = error == f"{word} needs a value" and following.startswith("-")
        if taken and following.partition("=")[0] not in map(flag, declared()):
            return f"; write a name that begins with a hyphen as {word}={following}"
    return ""


def hyphenated(word: str) -> str:
    """Turn --style_factor=2_0 into --style-factor=2_0."""
    if not word.startswith("--"):
        return word
    name, equals, value = word.partition("=")
    return name.replace("_", "-") + equals + value


def asks_for_help(words: Sequence[str]) -> bool:
    """Whether the words ask for help."""
    return "--help" in words or "-h" in words


def refuse_dashes(words: Iterable[str]) -> None:
    """Raise OptionError for an option that begins with a dash, as text processors and web pages write hyphens."""
    for word in words:
        name = bare(word)
        if word[:1] in DASHES and name in map(bare, (*declared(), "help", "version")):
            raise OptionError(f"'{word}' begins with a dash instead of two hyphens; type --{name}")


def bare(name: str) -> str:
    """Return the name of an option as typed, without hyphens or dashes before it and without a value.

    >>> bare("--style_factor=3")
    'style-factor'
    """
    return name.partition("=")[0].lstrip(DASHES + "-").replace("_", "-")


def near_flag(name: str, known: Iterable[str]) -> str:
    """Return `errors.suggest` for an option as typed; known: the Python names of all options."""
    # Compare without the hyphens, which all of them share.
    near = suggest(bare(name).lower(), [bare(one) for one in known])
    return near.replace("mean '", "mean '--")


def unknown(word: str) -> str:
    """Return the message about a word that no option takes."""
    if not word.startswith("-"):
        return (
            f"'{word}' does not belong to an option; give pictures as --content PHOTO --style PAINTING, and names with"
            " spaces in quotation marks"
        )
    name, known = word.partition("=")[0], (*declared(), "help", "version")
    if bare(name) in map(bare, known):
        return f"there is no option '{name}'; did you mean '--{bare(name)}'?"
    from neuralart.cli.peers import here

    return f"there is no option '{name}'{here(name) or near_flag(name, known) or '; see neuralart --help'}"


def described(facts: Facts, default: Any) -> str:
    """Return the help of one option, with its choices and its default."""
    hidden = facts.choices and value_name(facts) == "NAME"
    choices = f" {{{', '.join(facts.choices)}}}" if facts.choices and hidden else ""
    if facts.kind is bool:
        return facts.help
    shown = facts.unset if default is None else default_text(default)
    return f"{facts.help}{choices}" + (f" (default: {shown})" if shown else "")


def default_text(default: Any) -> str:
    """Write a default as one would type it: 2e+09, 500, lbfgs."""
    return f"{default:g}" if isinstance(default, float) else str(default)


def value_name(facts: Facts) -> str:
    """Return the name of an option's value in the help."""
    if facts.shown:
        return facts.shown
    if facts.choices:
        return "|".join(facts.choices) if len("|".join(facts.choices)) < 24 else "NAME"
    return {int: "N", float: "X", str: "TEXT"}[facts.kind]
