"""neuralart translate: the command line of another program, as ours."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from neuralart.cli import parser
from neuralart.cli.idle import idle
from neuralart.cli.peers import PEERS
from neuralart.cli.peers.peer import Given, Peer, Row, Said
from neuralart.errors import OptionError, escaped, suggest
from neuralart.options import declared, flag

USAGE = """\
neuralart translate 'COMMAND'
       neuralart translate -- COMMAND

Print our command for that of another program, such as 'th neural_style.lua -style_image a.jpg -content_image b.jpg'.
What has no counterpart here, or means something else, is told on standard error, one line per option. Known are
{programs}. See docs/coming-from.md."""

JOINS = (";", "&&", "||", "|", "&", ">", ">>", "<")  # what may follow a command in a shell


@dataclass(frozen=True)
class Translation:
    """Our command line: its words, one line per difference, and what follows from the other program's defaults."""

    words: tuple[str, ...]
    notes: tuple[str, ...]
    defaults: tuple[str, ...]

    @property
    def command(self) -> str:
        """The command as one types it into a shell."""
        return shlex.join(("neuralart", *self.words))


def run(words: list[str]) -> int:
    """Print the translation. Raises OptionError for a program or an option that no table knows."""
    if words in (["-h"], ["--help"]):
        names = ", ".join(name for peer in PEERS for name in peer.programs)
        print(f"usage: {USAGE.format(programs=names)}")
        return 0
    made = translated(*split(words))
    print(made.command)
    if made.defaults:
        print(f"set as that program does by default: {shlex.join(made.defaults)}", file=sys.stderr)
    for note in made.notes:
        print(escaped(note), file=sys.stderr)
    return 0


def split(words: Sequence[str]) -> tuple[Peer, list[str]]:
    """Return the program that a command line is for, and the words of its options. Raises OptionError."""
    text = " ".join(words)
    if words[:1] == ["--"]:
        words = words[1:]
    elif len(words) == 1:
        try:
            words = shlex.split(words[0].replace("\\\n", " ").replace("\r", " "))
        except ValueError:
            raise OptionError(f"a quotation mark has no partner in '{text}'") from None
    if not words:
        raise OptionError("there is nothing to translate; neuralart translate 'th neural_style.lua -style_image a.jpg'")
    if join := next((word for word in words if word in JOINS), None):
        raise OptionError(f"'{join}' joins several commands; translate one at a time")
    known = {name: peer for peer in PEERS for name in peer.programs}
    for place, word in enumerate(words):
        name = PurePath(word.replace("\\", "/")).name
        if peer := known.get(name):
            return peer, list(words[place + 1 :])
    names = [PurePath(word).name for word in words]
    if "neuralart" in names:
        raise OptionError("'neuralart' is this program's own command; there is nothing to translate")
    near = next(filter(None, (suggest(name, known) for name in names if not name.startswith("-"))), "")
    raise OptionError(f"'{text}' names no program that has a table ({', '.join(known)}){near}")


def translated(peer: Peer, words: Sequence[str]) -> Translation:
    """Return our command line for that of another program. Raises OptionError."""
    given = _given(peer, words)
    made, factor, notes, defaults = dict(peer.settings), 1.0, [], list(peer.settings)
    for row in peer.rows:
        is_given = row.key in given
        if not is_given and not row.spelled:
            continue
        if not _has_effect(row, peer, given):
            notes += [f"{row.name}: has no effect there without -{' '.join(row.needs or ())}"] if is_given else []
            continue
        said = _said(row, given[row.key] if is_given else [row.default], given)
        made, factor = {**made, **said.options}, factor * said.factor
        if not is_given:
            defaults += said.options
        else:
            notes += [f"{row.name}: {note}" for note in (said.note, row.convert and row.about) if note]
    if factor != 1:
        made["style_factor"] = f"{declared()['style_factor'][1] * factor:g}"
    for rule in idle(parser.parse(_words(made)), made):  # which our command would refuse
        notes.append(f"{flag(rule.name)}: is left out, since it has no effect {rule.where}")
        del made[rule.name]
    ours = _words(made)
    as_there = _words({name: made[name] for name in made if name in defaults})
    return Translation(tuple(ours), (*notes, f"{peer.name}: {peer.remark}"), tuple(as_there))


def _given(peer: Peer, words: Sequence[str]) -> Given:
    """Return the values of every option that the words give. Raises OptionError."""
    made = _parser(peer)
    try:
        found, rest = made.parse_known_args(list(words))
    except OptionError as error:
        raise OptionError(f"{peer.name}: {error}") from None
    if rest and rest[0].startswith("-"):
        name = rest[0].partition("=")[0]
        near = suggest(name, [row.name for row in peer.rows])
        raise OptionError(f"{peer.name} has no option '{name}'{near or '; see docs/coming-from.md'}")
    if rest:
        raise OptionError(f"'{rest[0]}' does not belong to an option of {peer.name}")
    return {
        name: [value] if isinstance(value, str) else [] if value in (True, None) else list(value)
        for name, value in vars(found).items()
    }


def _parser(peer: Peer) -> argparse.ArgumentParser:
    made = parser.Parser(
        prog=peer.name, add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS, prefix_chars="-"
    )
    for row in peer.rows:
        names = [name for name in (row.short, row.name) if name]
        details: dict[str, Any] = {"action": "store_true"} if row.words == 0 else {"nargs": row.words}
        if row.name.startswith("-"):
            details["dest"] = row.key
        made.add_argument(*names, **details)
    return made


def _has_effect(row: Row, peer: Peer, given: Given) -> bool:
    """Whether the option on which another depends has the value that it needs."""
    if row.needs is None:
        return True
    name, value = row.needs
    default = next(other.default for other in peer.rows if other.key == name)
    return given.get(name, [default])[0] == value


def _said(row: Row, values: Sequence[str], given: Given) -> Said:
    if row.convert is None:
        return Said(note=f"has no counterpart: {row.about}")
    try:
        return row.convert(values, given)
    except OptionError as error:
        raise OptionError(f"{row.name} is {error}") from None


def _words(made: Mapping[str, Any]) -> list[str]:
    """Return our options as words, in the order of the declaration."""
    words: list[str] = []
    for name in declared():
        value = made.get(name)
        if value is True:
            words.append(flag(name))
        elif isinstance(value, list):
            words += [flag(name), *value]
        elif value is not None:
            words += [f"{flag(name)}={value}"] if value.startswith("-") else [flag(name), value]
    return words
