"""Content: the edges of the pixels (Li, Xu, Nie, Chua, Laplacian-Steered Neural Style Transfer, arXiv 1707.01253).

    D(x) = 4 m(x) - the four m that are CELL pixels above, below, left and right

where m are means over CELL x CELL pixels of the grey picture. With c the content, summed over all places:

    sum (D(x) - D(c))^2 / sum D(c)^2

Deep layers say what is where, but not exactly where its outlines run, so a style's texture bends them. This loss keeps
outlines in place and leaves brushwork finer than a cell free. Painting goes from coarse to fine, so at first a cell
covers much of the picture. Departs from the paper: the value is relative to the target's own size, so it has no unit,
and there is a cell at every pixel. Cells on a grid would show, and tiles would have to align with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F

from neuralart.losses.content import Content
from neuralart.losses.loss import widened
from neuralart.reduce import AllReduce, alone

CELL = 4  # pixels
LEAST = 1.0  # squared grey levels per place: stands in for the edges of a content without any


class Laplacian(Content):
    """The formula above; with `rooted` its root. A loss on pixels; the target is D(c), part by part."""

    reach = 3 * CELL - 1
    weighable = False

    def aimed(self, target: Sequence[torch.Tensor], positions: float, all_reduce: AllReduce = alone) -> Any:
        result = super().aimed([laplacian(part) for part in target], positions, all_reduce)
        result.size = result.size.clamp_min(LEAST * positions)
        return result

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
        return laplacian_pull((2 * cotangent[0]) * self._difference(features), features)

    def _difference(self, features: torch.Tensor) -> torch.Tensor:
        return widened(laplacian(features) - self.target.to(features.device))


def laplacian(pixels: torch.Tensor) -> torch.Tensor:
    """Return D of [1, 3, H, W] where all its pixels exist: [1, 1, H - 3 CELL + 1, W - 3 CELL + 1], or empty."""
    height, width = (max(0, side - 3 * CELL + 1) for side in pixels.shape[2:])
    if not height or not width:
        return pixels.new_zeros(1, 1, height, width)
    means = F.avg_pool2d(pixels.mean(1, keepdim=True), CELL, stride=1)
    at = lambda down, across: means[:, :, down : down + height, across : across + width]
    around = at(0, CELL) + at(2 * CELL, CELL) + at(CELL, 0) + at(CELL, 2 * CELL)
    return 4 * at(CELL, CELL) - around


def laplacian_pull(gradient: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
    """Return the gradient on the pixels, from that on their `laplacian`."""
    if not gradient.numel():
        return torch.zeros_like(pixels)
    height, width = gradient.shape[2:]
    means = gradient.new_zeros(1, 1, height + 2 * CELL, width + 2 * CELL)
    for down, across, share in ((1, 1, 4), (0, 1, -1), (2, 1, -1), (1, 0, -1), (1, 2, -1)):
        rows, columns = slice(down * CELL, down * CELL + height), slice(across * CELL, across * CELL + width)
        means[:, :, rows, columns].add_(gradient, alpha=share)
    edge = CELL - 1
    grey = F.avg_pool2d(F.pad(means, (edge, edge, edge, edge)), CELL, stride=1)
    return (grey / 3).expand_as(pixels).contiguous()
