"""Resizing for the recipe `balanced`.

It is bicubic (Catmull-Rom), widened by the factor of reduction to prevent aliasing. It rings less than Lanczos-3; an
optimisation would turn ringing into brush strokes. It runs on the tensor's device. Values are resized in sRGB and not
in linear light, since the networks were trained on photographs resized in that way.
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

SUPPORT = 4  # pixels; more than the kernel reaches on either side without reduction


def resize(pixels: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Resize `pixels` [1, C, H, W] (float, any range) to [1, C, h, w] on the same device.

    No value leaves the range of its channel, so 0..255 stays 0..255 and a constant stays constant. The same size
    returns the same tensor. Besides input and result it needs memory for one channel of w x H.

    Args:
        pixels: [1, C, H, W].
        size: (w, h) in pixels.

    Raises:
        ValueError: For an empty size.
    """
    width, height = size
    if width < 1 or height < 1:
        raise ValueError(f"cannot resize to {width} x {height} pixels")
    if tuple(pixels.shape[2:]) == (height, width):
        return pixels
    # Channel by channel, so that the intermediate result is only a third of a large photograph.
    return torch.cat([_channel(pixels[:, c : c + 1], (height, width)) for c in range(pixels.shape[1])], 1)


def resize_round(pixels: torch.Tensor, size: tuple[int, int], axes: str) -> torch.Tensor:
    """Resize a seamless picture along these axes, x, y or both: beyond an edge lies its opposite side."""
    height, width = pixels.shape[2:]
    down = _margins(height, size[1]) if axes != "x" else (0, 0)
    across = _margins(width, size[0]) if axes != "y" else (0, 0)
    around = F.pad(pixels, (across[0], across[0], down[0], down[0]), mode="circular")
    result = resize(around, (size[0] + 2 * across[1], size[1] + 2 * down[1]))
    return result[:, :, down[1] : down[1] + size[1], across[1] : across[1] + size[0]].contiguous()


def _margins(here: int, there: int) -> tuple[int, int]:
    """Return numbers of pixels before and after resizing that have the same length and exceed the kernel's reach."""
    each = here // math.gcd(here, there)
    reach = SUPPORT * max(1, math.ceil(here / there))
    before = min(here, each * -(-reach // each))
    return before, before * there // here


def resize_with_alpha(
    pixels: torch.Tensor, alpha: torch.Tensor | None, size: tuple[int, int]
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Resize `pixels` [1, 3, H, W] and `alpha` [1, 1, H, W] (0..255) together, to `size` (w, h).

    Colours are weighted by their alpha, so that hidden colours do not bleed into visible edges. Where nothing is
    visible, the colours are resized as if they were opaque.
    """
    if alpha is None or tuple(pixels.shape[2:]) == (size[1], size[0]):
        return resize(pixels, size), alpha
    veil = resize(alpha, size)
    weigh = lambda channel: _weighed(channel, alpha, veil, size)
    return torch.cat([weigh(pixels[:, c : c + 1]) for c in range(pixels.shape[1])], 1), veil


def _weighed(channel: torch.Tensor, alpha: torch.Tensor, veil: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    weighted = resize(channel * (alpha / 255), size) / (veil / 255).clamp(min=1e-6)
    # Below half a step of 255, the quotient is rounding noise, and the colour is invisible.
    return torch.where(veil < 0.5, resize(channel, size), weighted.clamp(0, 255))


def _channel(channel: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    lowest, highest = torch.aminmax(channel.detach())
    resized = F.interpolate(channel, size=shape, mode="bicubic", align_corners=False, antialias=True)
    return resized.clamp(lowest, highest)
