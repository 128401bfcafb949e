"""The original program's conversion from a decoded picture to pixels, and from pixels to bytes, bit for bit.

Torch7's `image.scale` ("bilinear") is two methods under one name. Each axis is resized separately, the width first:
enlarging interpolates linearly between the two nearest samples, and keeps the first and last sample in place; shrinking
averages over exactly the span of source samples that a target sample covers. Positions, weights and the running sum of
the average are float32 whatever the data's precision, and the sum is taken sample by sample. Better arithmetic would
give other pixels. (Behaviour: torch/image 5aa1881, `generic/image.c`.)
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from neuralart.image.picture import Picture

Array = NDArray[np.floating]
F32 = np.float32
BAND = 256  # rows converted at once: a whole large photograph in double precision would take eight times its file


def preprocess(picture: Picture, size: tuple[int, int]) -> torch.Tensor:
    """Return the pixels that the original program fed to its networks, before it subtracted the mean.

    Subtracting the mean in float32 gives the original's input exactly. Alpha is dropped, as in the original.

    Departs from the original for files that it misread: EXIF orientation and colour profiles are applied, and grey with
    alpha, which crashed it, is read as grey.

    Args:
        picture: The picture.
        size: (width, height) in pixels, which `sizes.fit` computes as the original did.

    Returns:
        float32 [1, 3, H, W], RGB, 0..255.
    """
    # Torch7 read colour as double, but copied grey into a float tensor before scaling.
    bands, dtype = (1, np.float32) if picture.grey else (3, np.float64)
    source = picture.pixels[0, :bands].cpu().numpy()
    # Scaling up again in float32 is not the identity, as the original's numbers show.
    pixels = _scale(source, size, np.dtype(dtype), unit=True).astype(F32) * F32(255)
    return torch.from_numpy(pixels).expand(3, -1, -1).contiguous()[None]


def scale(pixels: Array, size: tuple[int, int]) -> Array:
    """Resize like Torch7's `image.scale(pixels, w, h)`: [C, H, W], float32 or float64, to [C, h, w] in that precision.

    `size` is (w, h) in pixels; each at least 1.
    """
    return _scale(pixels, size, pixels.dtype, unit=False)


def to_bytes(pixels: Array) -> NDArray[np.uint8]:
    """Convert like Torch7's `image.save`: float32, any shape, 0..255, to uint8, clamped and truncated.

    The original divided by 255 in float32 and then multiplied by 255 in double, so a whole number may become one lower;
    this function reproduces that.
    """
    unit = np.clip(pixels.astype(F32) / F32(255), F32(0), F32(1))
    return (unit.astype(np.float64) * 255).astype(np.uint8)


def _scale(pixels: Array, size: tuple[int, int], dtype: np.dtype[np.floating], *, unit: bool) -> Array:
    """Resize both axes in turn; with `unit`, first convert 0..255 to 0..1 like Torch7's loader."""
    channels, height, _ = pixels.shape
    wide = np.empty((channels, height, size[0]), dtype)
    for top in range(0, height, BAND):
        band = pixels[:, top : top + BAND]
        if unit:
            # Multiply in double, and for grey round to float32 afterwards.
            band = (band.astype(np.float64) * (1 / 255)).astype(dtype)
        wide[:, top : top + BAND] = _resample(band, size[0])
    return np.ascontiguousarray(_resample(wide.swapaxes(1, 2), size[1]).swapaxes(1, 2))


def _resample(rows: Array, length: int) -> Array:
    """Resize [C, N, L] to [C, N, length] along the last axis."""
    if length > rows.shape[-1]:
        return _interpolate(rows, length)
    if length < rows.shape[-1]:
        return _average(rows, length)
    return rows


def _interpolate(rows: Array, length: int) -> Array:
    """Interpolate linearly with aligned corners; `length` is greater than the rows' own."""
    last = rows.shape[-1] - 1
    position = np.arange(length - 1, dtype=F32) * (F32(last) / F32(length - 1))
    left = position.astype(np.int64)
    part = position - left.astype(F32)
    right = np.minimum(left + 1, last)
    result = np.empty((*rows.shape[:-1], length), rows.dtype)
    result[..., :-1] = (F32(1) - part) * rows[..., left] + part * rows[..., right]
    result[..., -1] = rows[..., last]
    return result


def _average(rows: Array, length: int) -> Array:
    """Average over each target sample's span of source samples; `length` is less than the rows' own."""
    count = rows.shape[-1]
    ends = np.arange(length + 1, dtype=F32) * (F32(count) / F32(length))
    whole = ends.astype(np.int64)
    part = ends - whole.astype(F32)
    first, last = whole[:-1], whole[1:]
    total = ((F32(1) - part[:-1]) * rows[..., first]).astype(F32)
    weights = F32(1) - part[:-1]
    for step in range(1, int((last - first).max()) + 1):
        index = first + step
        # A sample inside counts 1, the last one its covered part, samples beyond nothing.
        weight = np.where(index < last, F32(1), np.where((index == last) & (last < count), part[1:], F32(0)))
        total = (total + weight * rows[..., np.minimum(index, count - 1)]).astype(F32)
        weights = weights + weight
    return (total / weights).astype(rows.dtype)
