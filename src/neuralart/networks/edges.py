"""What lies beyond the edges of a picture or an activation, and the backward pass from there.

- zeros: zeros;
- reflect: the mirror image; the edge itself is not repeated;
- replicate: the edge, repeated;
- circular: the opposite side, as in a picture that tiles.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from neuralart.networks.window import Span


def beyond(position: int, length: int, padding: str) -> int:
    """Return which of `length` positions continues an axis at a position beyond its ends."""
    if padding == "circular":
        return position % length
    if padding == "replicate" or length == 1:
        return min(max(position, 0), length - 1)
    there = abs(position) % (2 * (length - 1))
    return min(there, 2 * (length - 1) - there)


def extended(x: torch.Tensor, axis: int, before: int, after: int, padding: str) -> torch.Tensor:
    """Extend x by positions before and after an axis; padding: any but zeros."""
    if not before and not after:
        return x
    length = x.shape[axis]
    at = lambda position: x.narrow(axis, beyond(position, length, padding), 1)
    return torch.cat([*map(at, range(-before, 0)), x, *map(at, range(length, length + after))], axis)


def folded(gradient: torch.Tensor, axis: int, before: int, after: int, padding: str) -> torch.Tensor:
    """Return the gradient on x from that on the result of `extended`, which is overwritten."""
    if not before and not after:
        return gradient
    length = gradient.shape[axis] - before - after
    result = gradient.narrow(axis, before, length)
    for position in (*range(-before, 0), *range(length, length + after)):
        there = gradient.narrow(axis, before + position, 1)
        result.narrow(axis, beyond(position, length, padding), 1).add_(there)
    return result


def part_of(image: torch.Tensor, rows: Span, columns: Span) -> torch.Tensor:
    """Return a part of an image [1, C, H, W], a view if possible. Beyond an edge the image wraps around."""
    along = [image[:, :, piece] for piece, _ in turns(rows, image.shape[2])]
    band = along[0] if len(along) == 1 else torch.cat(along, 2)
    along = [band[..., piece] for piece, _ in turns(columns, image.shape[3])]
    return along[0] if len(along) == 1 else torch.cat(along, 3)


def add_part(into: torch.Tensor, rows: Span, columns: Span, gradient: torch.Tensor) -> None:
    """Add the gradient on a part of an image to that on the image."""
    for down, y in turns(rows, into.shape[2]):
        for across, x in turns(columns, into.shape[3]):
            into[:, :, down, across] += gradient[:, :, y, x]


def turns(span: Span, length: int) -> Iterator[tuple[slice, slice]]:
    """Yield the pieces of a span that may wrap around an axis of `length`: (place on the axis, place in the span).

    >>> list(turns((-2, 3), 4))
    [(slice(2, 4, None), slice(0, 2, None)), (slice(0, 3, None), slice(2, 5, None))]
    """
    if span[0] == span[1]:
        yield slice(0, 0), slice(0, 0)
    begin = span[0]
    while begin < span[1]:
        here = begin % length
        count = min(span[1] - begin, length - here)
        yield slice(here, here + count), slice(begin - span[0], begin - span[0] + count)
        begin += count
