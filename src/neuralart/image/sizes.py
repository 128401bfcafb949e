"""The arithmetic of sizes, without pictures or tensors."""

from __future__ import annotations


def fit(width: int, height: int, long_edge: int) -> tuple[int, int]:
    """Return the size with this long edge and the shape of `width` x `height`, all in pixels.

    The short edge is truncated, never rounded, and at least 1, as in the original program. Both edges of a square
    become `long_edge`. A `long_edge` of 0 keeps the picture's own size. The result may be larger or smaller.

    Raises ValueError for an empty picture or a negative edge.

    >>> fit(1280, 1014, 500)
    (500, 396)
    >>> fit(1280, 1014, 0)
    (1280, 1014)
    """
    if width < 1 or height < 1 or long_edge < 0:
        raise ValueError(f"cannot fit {width} x {height} pixels to a long edge of {long_edge}")
    if long_edge == 0:
        return width, height
    # Integer division is exact; the original's doubles agree with it for every picture below 2**53.
    if width < height:
        return max(1, long_edge * width // height), long_edge
    return long_edge, max(1, long_edge * height // width)


def shrink(width: int, height: int, long_edge: int | None) -> tuple[int, int]:
    """Do the same as `fit`, but never enlarge; `None` or 0 keeps the size.

    >>> shrink(640, 480, 1000)
    (640, 480)
    """
    if not long_edge or max(width, height) <= long_edge:
        return width, height
    return fit(width, height, long_edge)


def within(size: tuple[int, int], shape: tuple[int, int]) -> tuple[int, int]:
    """Return the largest size within `size` with the proportions of `shape`, to the nearest pixel.

    >>> within((640, 480), (100, 100)), within((1280, 1014), (500, 396))
    ((480, 480), (1280, 1014))
    """
    factor = min(size[0] / shape[0], size[1] / shape[1])
    width, height = (max(1, round(edge * factor)) for edge in shape)
    return min(width, size[0]), min(height, size[1])
