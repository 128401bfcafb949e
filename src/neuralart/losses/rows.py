"""Features position by position, for losses that compare more than products of channels.

A row holds the channels of one position. Rows are processed in blocks, so intermediate results stay small at any image
size.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
import torch
from numpy.typing import NDArray

from neuralart.losses.loss import widened
from neuralart.losses.positions import Positions
from neuralart.losses.products import band_of

_one_for_all: ContextVar[bool] = ContextVar("_one_for_all", default=False)


@contextmanager
def one_for_all() -> Iterator[None]:
    """Let the first block stand for all, for whoever wants to know only how much memory they take."""
    token = _one_for_all.set(True)
    try:
        yield
    finally:
        _one_for_all.reset(token)


def rounds(count: int) -> range:
    """Return how often to repeat what takes the same memory every time; once inside `one_for_all`."""
    return range(min(count, 1) if _one_for_all.get() else count)


def growing(count: int, most: int) -> int:
    """Return a count that may grow to `most` with the numbers; inside `one_for_all`, where there are none, `most`."""
    return most if _one_for_all.get() else count


def sorted_by(group: torch.Tensor, count: int) -> tuple[torch.Tensor, NDArray[np.int64]]:
    """Return the places of [n] in the order of their groups, and how many are in each of `count` groups, at most 2^16.

    Inside `one_for_all`, where there are no numbers, equally many are in each.
    """
    if _one_for_all.get():
        return group.argsort(), len(group) // count + (np.arange(count) < len(group) % count)
    sizes = torch.bincount(group, minlength=count).cpu().numpy()
    if group.device.type != "cpu":
        return group.argsort(stable=True), sizes
    # NumPy sorts 16 bits by their digits, in a tenth of PyTorch's time.
    return torch.from_numpy(group.numpy().astype(np.uint16).argsort(kind="stable")), sizes


def counted(features: torch.Tensor, here: Positions | None) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return the rows [n, C] of the positions that count, and their weights [n]; None if all weights are 1."""
    if here is None:
        return features.permute(0, 2, 3, 1).flatten(0, 2), None
    return here.rows(features), None if here.roots is None else here.roots.square()


def put_back(gradient: torch.Tensor, features: torch.Tensor, here: Positions | None) -> torch.Tensor:
    """Turn a gradient on rows into one on the features [1, C, H, W]; 0 at positions that do not count."""
    if here is not None:
        return here.spread(gradient, features)
    height, width = features.shape[2:]
    return gradient.view(1, height, width, -1).permute(0, 3, 1, 2)


def blocks(rows: torch.Tensor, each: int) -> Iterator[tuple[slice, torch.Tensor]]:
    """Yield (place, rows in float32 or better) block by block; only the first inside `one_for_all`.

    Args:
        rows: [n, C].
        each: How many numbers are computed per row.
    """
    count = max(1, band_of(on_gpu=rows.device.type != "cpu") // max(1, each))
    for begin in range(0, min(len(rows), 1) if _one_for_all.get() else len(rows), count):
        place = slice(begin, min(begin + count, len(rows)))
        yield place, widened(rows[place])
