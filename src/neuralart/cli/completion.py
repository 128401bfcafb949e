"""neuralart completion: what a shell needs to complete our command line, written by shtab. Imports no torch."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from neuralart.cli import commands, parser
from neuralart.cli.grammar import COMMANDS, SHELLS, Word, value
from neuralart.errors import OptionError, suggest
from neuralart.options import declared

USAGE = """\
usage: neuralart completion bash|zsh|fish

Print a script with which the shell completes commands, options, their values and the names of files. Write it where
the shell looks for it, and open a new shell:

    neuralart completion bash > ~/.local/share/bash-completion/completions/neuralart
    neuralart completion zsh > ~/.zfunc/_neuralart      with fpath+=~/.zfunc before compinit in ~/.zshrc
    neuralart completion fish > ~/.config/fish/completions/neuralart.fish

Make the folder first if it is missing. bash needs its package bash-completion for this; without it, name the script in
~/.bashrc: source FILE."""


def run(words: list[str]) -> int:
    """Print the script for the shell that the words name."""
    if parser.asks_for_help(words):
        print(USAGE)
        return 0
    shells = ", ".join(SHELLS)
    if len(words) != 1:
        raise OptionError(f"name one shell, of {shells}: neuralart completion {SHELLS[0]}")
    if words[0] not in SHELLS:
        raise OptionError(f"there is no completion for '{words[0]}' (there is for {shells}){suggest(words[0], SHELLS)}")
    import shtab

    print(shtab.complete(tree(), words[0]))
    return 0


def tree() -> argparse.ArgumentParser:
    """Return one parser of all commands that knows what completes each value; it parses nothing."""
    root = parser.build()
    for action in root._actions:
        if action.dest in declared():
            _complete(action, value(action.dest, declared()[action.dest][0]))
    several = root.add_subparsers(metavar="COMMAND")
    for name, command in COMMANDS.items():
        about = commands.about(name)
        made = several.add_parser(name, help=about, description=about, argument_default=argparse.SUPPRESS)
        for option, (facts, default) in {**command.shared(), **command.declared()}.items():
            _complete(parser.add(made, option, facts, default), value(option, facts))
        for word in command.words:
            _complete(made.add_argument(word.name, nargs=word.nargs), word)
    return root


def _complete(action: argparse.Action, word: Word) -> None:
    """Tell shtab what completes a value."""
    import shtab

    if action.option_strings and action.nargs == "+":
        action.nargs = None  # shtab would take an option after the first value for one more value
    if word.is_folder:
        action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    elif word.is_file and word.choices:
        action.complete = _file_or(word.choices)  # type: ignore[attr-defined]
    elif word.is_file:
        action.complete = shtab.FILE  # type: ignore[attr-defined]
    elif word.choices:
        action.choices = word.choices


def _file_or(choices: Sequence[str]) -> dict[str, Any]:
    """Return what completes a value that is a file or one of several words, for every shell."""
    words = " ".join(choices)
    name = f"_neuralart_file_or_{choices[0]}"
    return {
        "bash": name,
        "zsh": name,
        "fish": f"{words} (__fish_complete_path (commandline -ct))",
        "preamble": {
            "bash": f'{name}() {{ compgen -f -- "$1"; compgen -W "{words}" -- "$1"; }}',
            "zsh": f"{name}() {{ _alternative 'words:word:({words})' 'files:file:_files' }}",
        },
    }
