"""The command lines of other programs, as tables: one file per program, one row per option. Imports no torch."""

from __future__ import annotations

from neuralart.cli.peers import neural_style, neural_style_pt, pystiche, style_transfer_pytorch, torch7
from neuralart.cli.peers.peer import Row
from neuralart.values import flag

PEERS = (torch7.PEER, neural_style.PEER, neural_style_pt.PEER, style_transfer_pytorch.PEER, pystiche.PEER)


def here(name: str) -> str:
    """Return what to say after "there is no option '-image_size'" of an option that another program has; "" of others.

    >>> here("-image_size")
    "; neural-style's -image_size is --size here; see neuralart translate"
    """
    found = [(peer, row) for peer in PEERS for row in peer.rows if name in (row.short, row.name) or _same(name, row)]
    if not found or len({row.ours for _, row in found}) > 1:
        return ""
    peer, row = found[0]
    if not row.ours:
        return f"; {peer.name} has it, and this program does not: {row.about}"
    ours = " or ".join(map(flag, row.ours))
    return f"; {peer.name}'s {row.name} is {ours} here; see neuralart translate"


def _same(name: str, row: Row) -> bool:
    return row.name.startswith("-") and name.lstrip("-").replace("_", "-") == row.key.replace("_", "-")
