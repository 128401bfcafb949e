"""Turns masks on pixels into weights of the positions of a layer.

A position of a layer represents its own cell of the image: the pixels between it and the next position. On the image
being made, it counts by how much of its cell the mask covers (`averaged`), so that every pixel belongs to some position
and regions that make up the image also make up every layer. On a style, it counts only if everything that it sees lies
inside the mask (`inside`), so that the surroundings of a cut-out never affect its statistics.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from neuralart.losses.positions import Positions
from neuralart.networks.edges import part_of
from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Architecture
from neuralart.objective.division import Division

FULL = 1 - 1e-3  # a mask value that counts as covered, allowing for rounding


def of_image(mask: torch.Tensor | None, division: Division, layer: str) -> torch.Tensor | None:
    """Return the weights [h, w] of a layer's positions on the image being made; None without a mask."""
    return None if mask is None else averaged(mask, division.architecture, layer)


def of_style(mask: torch.Tensor | None, division: Division, layer: str) -> torch.Tensor | None:
    """Return the weights [h, w] of a layer's positions on a style; None without a mask.

    If no position lies inside the mask, or the network does not say what a position sees, they count as on the image.
    """
    if mask is None:
        return None
    if division.architecture.untileable([layer]) is None:
        result = inside(mask, division.architecture, layer)
        if bool(result.any()):
            return result
    return averaged(mask, division.architecture, layer)


def averaged(mask: torch.Tensor, architecture: Architecture, layer: str) -> torch.Tensor:
    """Return how much of every position's cell a mask [1, 1, H, W], 0..1, covers: [h, w], 0..1."""
    if layer == IMAGE:
        return mask[0, 0]
    width, height = architecture.size(layer, mask.shape[3], mask.shape[2])
    return F.adaptive_avg_pool2d(mask, (height, width))[0, 0]


def inside(mask: torch.Tensor, architecture: Architecture, layer: str) -> torch.Tensor:
    """Return whether a mask [1, 1, H, W], 0..1, covers everything that a position sees: [h, w], 0 or 1."""
    if layer == IMAGE:
        return (mask[0, 0] >= FULL).to(mask)
    height, width = mask.shape[2:]
    columns, rows = architecture.size(layer, width, height)
    stride, reach = architecture.stride(layer), architecture.reach(layer)
    # The number of uncovered pixels above and to the left; four such sums give the number in a window.
    (down, across), uncovered = architecture.wraps, (mask < FULL).double()
    if down or across:
        # If the picture wraps around, a window continues on the other side.
        more = (reach if down else 0, reach if across else 0)
        uncovered = part_of(uncovered, (-more[0], height + more[0]), (-more[1], width + more[1]))
    gaps = F.pad(uncovered[0, 0].cumsum(0).cumsum(1), (1, 0, 1, 0))
    top, bottom = _ends(rows, stride, reach, height, goes_round=down)
    left, right = _ends(columns, stride, reach, width, goes_round=across)
    at = lambda y, x: gaps[y][:, x]
    return (at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left) == 0).to(mask)


def _ends(count: int, stride: int, reach: int, length: int, *, goes_round: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the first pixel along an axis that every position sees, and the one after the last.

    If the axis wraps around, pixels are counted from `reach` before its first.
    """
    begin = torch.arange(count) * stride
    if goes_round:
        return begin, begin + stride + 2 * reach
    return (begin - reach).clamp(0, length), (begin + stride + reach).clamp(0, length)


def by_part(weights: torch.Tensor, layer: str, division: Division) -> list[Positions]:
    """Divide the weights [h, w] of a layer's positions into the parts of a division."""
    result = []
    for part, region in enumerate(division.parts):
        own = region if layer == IMAGE else division.window(part).own.get(layer)
        result.append(Positions(weights[slice(*own.rows), slice(*own.columns)] if own else weights[:0, :0]))
    return result
