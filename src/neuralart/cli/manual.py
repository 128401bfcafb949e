"""Writes the man page from the option declaration: python -m neuralart.cli.manual docs/neuralart.1."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from neuralart.cli import commands
from neuralart.cli.grammar import COMMANDS, Word
from neuralart.cli.parser import described, value_name
from neuralart.options import GROUPS, Facts, declared, flag
from neuralart.version import VERSION

# roff: an apostrophe or a full stop that begins a line would begin a request, and a plain hyphen is one of typography.
ESCAPES = str.maketrans({"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"})

HEAD = """\
.\\" make docs writes this page; a test compares it with the declaration.
.TH NEURALART 1 "" "neuralart {version}" "User Commands"
.SH NAME
neuralart \\- repaint a photograph in the style of a painting
.SH SYNOPSIS
.B neuralart
.BI \\-\\-content " PHOTO " \\-\\-style " PAINTING "
.RI [ options ]
.br
.B neuralart
.I command
.RI [ words "] [" options ]
.SH DESCRIPTION
.B neuralart
optimises the pixels of a picture until a neural network sees the content of a photograph and the style of a painting
in it. Without a command it paints one picture. Hyphens and underscores in the names of options are the same."""

TAIL = """\
.SH ENVIRONMENT
.TP
.B NEURALART_CACHE
the folder of downloaded weights, in place of the usual one, which
.B neuralart models
names.
.TP
.B NEURALART_MIRROR
an address or a folder to try first when weights are fetched.
.TP
.B NEURALART_OFFLINE
1 forbids downloads.
.TP
.B NEURALART_PASSWORD
the password of
.BR "neuralart app" .
.SH EXIT STATUS
0 for success, 2 for a mistake in what was asked, 1 for other failures, and 128 plus its number for a signal: 130 for
Ctrl\\-C. What was painted until then is kept.
.SH EXAMPLES
.nf
neuralart demo
neuralart \\-\\-content photo.jpg \\-\\-style wave \\-\\-size 1024
neuralart again photo\\-wave.png \\-\\-size 4000
neuralart video in.mp4 \\-\\-style painting.jpg \\-\\-output out.mp4
.fi
"""


def page() -> str:
    """Return the page in the macros of man(7)."""
    parts = [HEAD.format(version=VERSION), ".SH COMMANDS"]
    for name, command in COMMANDS.items():
        parts += [".TP", spoken(name, *map(_word, command.words)), escaped(commands.about(name))]
    parts.append(".SH OPTIONS")
    for group, text in GROUPS.items():
        parts.append(f".SS {escaped(group)}: {escaped(text)}")
        for name, (facts, default) in declared().items():
            parts += entry(name, facts, default) if facts.group == group else ()
    parts.append(".SH OPTIONS OF SINGLE COMMANDS\nCommands that paint take the options above, too, as far as they fit.")
    for name, command in COMMANDS.items():
        own = command.declared()
        parts += [f".SS neuralart {name}"] if own else ()
        for option, (facts, default) in own.items():
            parts += entry(option, facts, default)
    return "\n".join([*parts, TAIL])


def entry(name: str, facts: Facts, default: Any) -> list[str]:
    """Return the lines of one option."""
    names = [rf"\fB{escaped(flag(one))}\fR" for one in (name, facts.alias) if one]
    value = "" if facts.kind is bool else rf" \fI{escaped(value_name(facts))}\fR"
    return [".TP", ", ".join(names) + value + (" ..." if facts.many else ""), escaped(described(facts, default))]


def spoken(command: str, *words: str) -> str:
    """Return a command with its words, in the fonts of a synopsis."""
    return " ".join([rf"\fBneuralart {command}\fR", *words])


def _word(word: Word) -> str:
    choices = "|".join(word.choices)
    name = rf"\fI{escaped(choices if choices and len(choices) < 24 and not word.is_file else word.name)}\fR"
    return {"+": f"{name} ...", "?": f"[{name}]"}.get(word.nargs or "", name)


def escaped(text: str) -> str:
    r"""Return text that roff prints as it is.

    >>> print(escaped("it's --size"))
    it\(aqs \-\-size
    """
    return text.translate(ESCAPES)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
