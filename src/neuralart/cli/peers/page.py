"""Writes docs/coming-from.md from the tables: python -m neuralart.cli.peers.page docs/coming-from.md."""

from __future__ import annotations

import sys
from pathlib import Path

from neuralart.cli.peers import PEERS
from neuralart.cli.peers.peer import Peer, Row
from neuralart.cli.translate import split, translated
from neuralart.options import flag

HEAD = """\
# Coming from another program

`neuralart translate` takes the command line of another program and prints ours:

    neuralart translate 'th neural_style.lua -style_image a.jpg -content_image b.jpg -image_size 800'

The command is on standard output. On standard error, one line per option says what has no counterpart or means
something else. The tables below are what it reads: `make docs` writes this page from them. A dash means that there is
no such option here. [peers.md](peers.md) lists the same from the other side: what others call our options.

**Weights.** Other programs add up losses whose size depends on network, layers and pixels, so their numbers cannot be
taken over. In our default recipe, every term is relative to its own target. Their default ratio of style to content
becomes our default, `--style-factor 2e9`; twice that ratio becomes twice that factor.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    return "\n".join([HEAD, *map(section, PEERS)])


def section(peer: Peer) -> str:
    """Return a program's section: an example and the table of its options."""
    lines = [f"## {peer.name}\n"]
    lines += [f"{peer.home} on GitHub. {peer.remark[0].upper()}{peer.remark[1:]}.\n"]
    lines += [f"    {peer.sample}", f"    {translated(*split([peer.sample])).command}\n"]
    lines += ["| there | default there | here | |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *map(table_row, peer.rows)]) + "\n"


def table_row(row: Row) -> str:
    """Return an option's line of the table."""
    name = f"`{row.name}`" + (f" `{row.short}`" if row.short else "")
    here = ", ".join(f"`{flag(one)}`" for one in row.ours) or "-"
    said = "; ".join(filter(None, (row.about, row.beside)))
    return f"| {name} | {row.default} | {here} | {said} |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
