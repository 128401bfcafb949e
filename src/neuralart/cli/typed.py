"""Writes the typed keywords of `neuralart.stylize` from the option declaration.

python -m neuralart.cli.typed src/neuralart/keywords.py
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Any

from neuralart.cli.parser import default_text
from neuralart.errors import keywords
from neuralart.facts import Facts, Text
from neuralart.options import declared

HEAD = '''\
"""The keywords of `neuralart.stylize` and `neuralart.iterate`, for editors and type checkers.

`make docs` writes this file from the declaration in `neuralart.options`; a test compares the two.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    import torch


class Keywords(TypedDict, total=False):
    """What to paint and how: `stylize("photo.jpg", "painting.jpg", size=512)`."""
'''

# What Python values are accepted besides text, see `neuralart.values`.
OF_TEXT = {
    Text.WORD: "str",
    Text.INPUT: "str | os.PathLike[str]",
    Text.OUTPUT: "str | os.PathLike[str]",
    Text.FOLDER: "str | os.PathLike[str]",
    Text.FIRST: "str | os.PathLike[str]",
    Text.LAYERS: "str | Sequence[str] | Mapping[str, float]",
    Text.DEVICES: "str | torch.device | Sequence[str | torch.device]",
    Text.PRECISION: "torch.dtype",
    Text.MEMORY: "str | float",
}


def page() -> str:
    """Return the whole file."""
    known = {name: about for name, about in declared().items() if about[0].is_keyword}
    entries = [entry(name, *about) for name, about in known.items()]
    others = [
        f'\n    {facts.alias}: {type_of(facts, default)}\n    """The same as `{name}`."""\n'
        for name, (facts, default) in known.items()
        if facts.alias
    ]
    return HEAD + "".join([*entries, *others])


def entry(name: str, facts: Facts, default: Any) -> str:
    """Return one keyword with its description."""
    usual = (facts.unset if default is None else default_text(default)) if facts.kind is not bool else "False"
    described = keywords(f"{facts.help} (default: {usual})")
    lines = textwrap.wrap(described, 112, break_on_hyphens=False)
    text = ("\n    ".join(lines)) + ("\n    " if len(lines) > 1 else "")
    return f'\n    {name}: {type_of(facts, default)}\n    """{text}"""\n'


def type_of(facts: Facts, default: Any) -> str:
    """Return the type of an option's value in Python."""
    if facts.kind is not str:
        one = f"Literal[{', '.join(facts.choices)}]" if facts.choices else facts.kind.__name__
        one += " | str | tuple[int, int]" if facts.pair else ""
    elif facts.choices:
        listed = f"Literal[{', '.join(repr(choice) for choice in facts.choices)}]".replace("'", '"')
        one = listed if facts.text is Text.WORD else f"{listed} | {OF_TEXT[facts.text]}"
    else:
        one = OF_TEXT[facts.text]
    several = f"{one} | Sequence[{one}]" if facts.many else one
    return f"{several} | None" if default is None else several


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
