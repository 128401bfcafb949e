"""The command lines of other programs, as tables: one file per program, one row per option. Imports no torch."""

from __future__ import annotations

from neuralart.cli.peers import neural_style, neural_style_pt, pystiche, style_transfer_pytorch, torch7

PEERS = (torch7.PEER, neural_style.PEER, neural_style_pt.PEER, style_transfer_pytorch.PEER, pystiche.PEER)
