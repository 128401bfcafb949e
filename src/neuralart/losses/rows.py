"""Features position by position: what losses look at that compare more than products of channels.

A row holds the channels of one position. Rows come in blocks, so that what is computed of them stays small, however
large the image is.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from neuralart.losses.loss import widened
from neuralart.losses.positions import Positions
from neuralart.losses.products import band_of


def counted(features: torch.Tensor, here: Positions | None) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Of features [1, C, H, W] the rows [n, C] of the positions that count, and their weights [n]; None: all are 1."""
    if here is None:
        return features.permute(0, 2, 3, 1).flatten(0, 2), None
    return here.rows(features), None if here.roots is None else here.roots.square()


def put_back(gradient: torch.Tensor, features: torch.Tensor, here: Positions | None) -> torch.Tensor:
    """A gradient on rows as one on the features they were counted of; 0 at positions that do not count."""
    if here is not None:
        return here.spread(gradient, features)
    height, width = features.shape[2:]
    return gradient.view(1, height, width, -1).permute(0, 3, 1, 2)


def blocks(rows: torch.Tensor, each: int) -> Iterator[tuple[slice, torch.Tensor]]:
    """(place, rows in float32 or better), block by block.

    each: how many numbers are computed for every row.
    """
    count = max(1, band_of(on_gpu=rows.device.type != "cpu") // max(1, each))
    for begin in range(0, len(rows), count):
        place = slice(begin, min(begin + count, len(rows)))
        yield place, widened(rows[place])
