"""Writes the reference page from the option declaration: python -m neuralart.cli.reference docs/reference.md."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from neuralart.cli.grammar import COMMANDS
from neuralart.cli.parser import default_text, value_name
from neuralart.facts import Text
from neuralart.networks import NETWORKS
from neuralart.options import GROUPS, Facts, declared, flag

HEAD = """\
# Options

`make docs` writes this page from the declaration in `src/neuralart/options.py`; a test compares the two. On the command
line, hyphens and underscores are the same. In Python, the options that decide what is painted and how are keywords:
`--style-factor 1e9` is `style_factor=1e9`. The options that write files or reports have
[replacements there](#in-python). `neuralart again` repeats the options that affect the picture, but never those of the
machine or of a single run; `neuralart resume` can change all others. Options of single
commands, such as `neuralart video`, follow those of all paintings.
"""

TABLE = "| option | values | default | |\n| --- | --- | --- | --- |"

# What Python values are accepted besides text.
IN_PYTHON = {
    Text.FIRST: "also a path; for a picture that is not a file, use the argument `first`",
    Text.LAYERS: 'also a list, `["conv1_1", "conv2_1"]`, or a dict with weights, `{"conv1_1": 2}`',
    Text.DEVICES: "also a `torch.device`, or a list of devices",
    Text.PRECISION: "also a `torch.dtype`",
    Text.MEMORY: "also a number of bytes",
}


def page() -> str:
    """Return the whole page as Markdown."""
    parts = [HEAD]
    for group, text in GROUPS.items():
        rows = [row(name, facts, default) for name, (facts, default) in declared().items() if facts.group == group]
        parts += [f"## {group}: {text}\n\n{TABLE}", *rows, ""]
    for name, command in COMMANDS.items():
        if rows := [row(option, facts, default) for option, (facts, default) in command.declared().items()]:
            parts += [f"## neuralart {name}\n\nThe options of this command alone.\n\n{TABLE}", *rows, ""]
    parts += [*in_python(), ""]
    parts.append("## Layers\n\nThe names for `--style-layers` and `--content-layers`.\n")
    parts.append("A layer includes its ReLU, so `relu4_2` is another name for `conv4_2`.\n")
    for name, architecture in NETWORKS.items():
        if name != architecture.name:
            parts.append(f"**{name}**: the same as {architecture.name}.\n")
            continue
        parts.append(f"**{name}**: {architecture.summary}. Style by default: {listed(architecture.style_layers)}.")
        parts.append(f"Content: {listed(architecture.content_layers)}. All: {listed(architecture.layers)}.\n")
    return "\n".join(parts).rstrip() + "\n"


def in_python() -> list[str]:
    """Return what is different in Python, option by option."""
    lines = ["## In Python\n"]
    for name, (facts, _) in declared().items():
        if facts.python or facts.text in IN_PYTHON:
            lines.append(f"- `{name}`: {facts.python or IN_PYTHON[facts.text]}")
    return lines


def row(name: str, facts: Facts, default: Any) -> str:
    """Return one option's line of the table."""
    if facts.kind is bool:
        return f"| `{flag(name)}` | | off | {facts.help} |"
    help = facts.help.replace("*", r"\*")
    values = ", ".join(f"`{choice}`" for choice in facts.choices) if facts.choices else value_name(facts)
    shown = facts.unset or "none" if default is None else f"`{default_text(default)}`"
    names = " ".join(f"`{flag(one)}`" for one in (name, facts.alias) if one)
    return f"| {names} | {values} | {shown} | {help} |"


def listed(names: tuple[str, ...]) -> str:
    """Return the names side by side: `conv1_1` `conv1_2`."""
    return " ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
