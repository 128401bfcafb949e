"""Mean and covariance of the colours in the visible part of a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from neuralart.image.picture import Picture
from neuralart.image.transparency import SEEN

BAND = 2**20  # pixels processed at once, so that a large picture is never copied
Planes = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean [C] and covariance [C, C], both float64 on the CPU."""

    mean: torch.Tensor
    covariance: torch.Tensor


def moments(picture: Picture, planes: Planes = lambda pixels: pixels / 255) -> Moments:
    """Return the moments of a picture, with every pixel weighted by its alpha.

    Args:
        picture: The picture; if it is completely transparent, everything counts.
        planes: Computes the values from its pixels, [1, 3, h, w] -> [1, C, h, w]; by default RGB, 0..1.
    """
    weight, first, second = torch.zeros((), dtype=torch.float64), torch.zeros(()), torch.zeros(())
    for pixels, share in _bands(picture):
        values = planes(pixels).to("cpu", torch.float64).flatten(2)[0]
        weighed = values if share is None else values * share
        weight = weight + (values.shape[1] if share is None else share.sum())
        first, second = first + weighed.sum(1), second + weighed @ values.T
    mean = first / weight
    return Moments(mean, second / weight - torch.outer(mean, mean))


def rows(height: int, width: int) -> Iterator[slice]:
    """Yield slices of rows with about `BAND` pixels each."""
    step = max(1, BAND // width)
    return (slice(top, min(top + step, height)) for top in range(0, height, step))


def _bands(picture: Picture) -> Iterator[tuple[torch.Tensor, torch.Tensor | None]]:
    """Yield (pixels, their weights [n] or None) of the picture, band by band."""
    counts = picture.alpha is not None and not picture.is_clear
    for band in rows(picture.height, picture.width):
        share = None
        if picture.alpha is not None and counts:
            alpha = picture.alpha[:, :, band].to("cpu", torch.float64).flatten()
            share = torch.where(alpha < SEEN, 0.0, alpha / 255)
        yield picture.pixels[:, :, band], share
