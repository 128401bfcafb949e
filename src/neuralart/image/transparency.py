"""Transparency: hidden colours must not show, and formats without alpha need a background.

`filled` applies to every picture that is painted from, so that nothing later uses hidden colours; `laid` applies to
JPEG, previews and films.
"""

from __future__ import annotations

import torch
from torch.nn import functional as F

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
SEEN = 0.5  # of 255; a smaller alpha is invisible


def is_seen(alpha: torch.Tensor) -> bool:
    """Whether anything is visible of a picture with this alpha, 0..255."""
    return bool(alpha.max() >= SEEN)


def filled(pixels: torch.Tensor, alpha: torch.Tensor | None) -> torch.Tensor:
    """Fill in the colours of `pixels` [1, 3, H, W] that `alpha` [1, 1, H, W] (0..255) hides from the visible ones.

    Visible colours, weighted by their alpha, are pulled into smaller and smaller copies and pushed back into the gaps
    (Gortler et al., The Lumigraph, SIGGRAPH 1996, 3.5). Without alpha, and if nothing or everything is visible, the
    same tensor is returned.
    """
    if alpha is None:
        return pixels
    visible = torch.where(alpha < SEEN, 0.0, alpha / 255)
    if bool(visible.min() > 0) or not bool(visible.max() > 0):
        return pixels
    return _grown(pixels, visible)


def _grown(pixels: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    if bool(weight.min() > 0):
        return pixels
    share = F.avg_pool2d(weight, 2, ceil_mode=True, count_include_pad=False)
    mean = F.avg_pool2d(pixels * weight, 2, ceil_mode=True, count_include_pad=False) / share.clamp(min=1e-9)
    around = F.interpolate(_grown(mean, share), size=pixels.shape[2:], mode="bilinear", align_corners=False)
    return torch.where(weight > 0, pixels, around)


def laid(pixels: torch.Tensor, alpha: torch.Tensor, colour: Colour) -> torch.Tensor:
    """Put `pixels` [1, 3, H, W] with `alpha` [1, 1, H, W] (0..255) on a background of this colour."""
    ground = torch.tensor(colour, dtype=pixels.dtype, device=pixels.device).view(1, 3, 1, 1)
    return ground + (pixels - ground) * (alpha.to(pixels) / 255)


def named(colour: Colour) -> str:
    """Return the name of a colour for messages."""
    return {WHITE: "white", (0, 0, 0): "black"}.get(colour, "#" + bytes(colour).hex())
