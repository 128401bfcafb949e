"""Resizing for the recipe `balanced`: pixels of one size -> the same picture at another.

Bicubic (Catmull-Rom), widened by the factor of reduction so that nothing aliases. It rings less than Lanczos-3, and
ringing is what an optimisation would take for brush strokes. It runs wherever the tensor lives. Values are resized as
they are, in sRGB and not in linear light, because the networks were trained on photographs that were.
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

SUPPORT = 4  # pixels: more than the kernel reaches on either side, where nothing is reduced


def resize(pixels: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """`pixels` [1, C, H, W] (float, any range) -> [1, C, h, w] on the same device, `size` being (w, h) in pixels.

    No value leaves the range of the channel it belongs to, so 0..255 stays 0..255 and a constant stays itself. The
    same size returns the same tensor. Beside input and result it needs one channel of w x H. Raises ValueError for an
    empty size.
    """
    width, height = size
    if width < 1 or height < 1:
        raise ValueError(f"cannot resize to {width} x {height} pixels")
    if tuple(pixels.shape[2:]) == (height, width):
        return pixels
    # Channel by channel: what lies between the two passes is then a third of a large photograph, not all of it.
    return torch.cat([_channel(pixels[:, c : c + 1], (height, width)) for c in range(pixels.shape[1])], 1)


def resize_round(pixels: torch.Tensor, size: tuple[int, int], axes: str) -> torch.Tensor:
    """`resize` of a picture that tiles along these axes, x, y or both: beyond an edge lies its other side."""
    height, width = pixels.shape[2:]
    down = _margins(height, size[1]) if axes != "x" else (0, 0)
    across = _margins(width, size[0]) if axes != "y" else (0, 0)
    around = F.pad(pixels, (across[0], across[0], down[0], down[0]), mode="circular")
    result = resize(around, (size[0] + 2 * across[1], size[1] + 2 * down[1]))
    return result[:, :, down[1] : down[1] + size[1], across[1] : across[1] + size[0]].contiguous()


def _margins(here: int, there: int) -> tuple[int, int]:
    """So many pixels of an axis before and after resizing that are the same length, and more than a kernel reaches."""
    each = here // math.gcd(here, there)
    reach = SUPPORT * max(1, math.ceil(here / there))
    before = min(here, each * -(-reach // each))
    return before, before * there // here


def resize_with_alpha(
    pixels: torch.Tensor, alpha: torch.Tensor | None, size: tuple[int, int]
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Resize `pixels` [1, 3, H, W] and `alpha` [1, 1, H, W] (0..255) together, to `size` (w, h).

    Colours are weighted by their alpha, so that what is invisible does not bleed into the edge of what is seen. Where
    nothing is seen the colours are resized as if everything were opaque: they remain what they were.
    """
    if alpha is None or tuple(pixels.shape[2:]) == (size[1], size[0]):
        return resize(pixels, size), alpha
    veil = resize(alpha, size)
    weigh = lambda channel: _weighed(channel, alpha, veil, size)
    return torch.cat([weigh(pixels[:, c : c + 1]) for c in range(pixels.shape[1])], 1), veil


def _weighed(channel: torch.Tensor, alpha: torch.Tensor, veil: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    weighted = resize(channel * (alpha / 255), size) / (veil / 255).clamp(min=1e-6)
    # Half a step of 255: below it the quotient is rounding noise, and nobody can see the colour.
    return torch.where(veil < 0.5, resize(channel, size), weighted.clamp(0, 255))


def _channel(channel: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    lowest, highest = torch.aminmax(channel.detach())
    resized = F.interpolate(channel, size=shape, mode="bicubic", align_corners=False, antialias=True)
    return resized.clamp(lowest, highest)
