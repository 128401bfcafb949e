"""Transparency: colours that nobody sees must not show, and pictures without alpha need a ground.

`filled` is done to whatever is painted, so that nothing later can take hidden colours for the picture's; `laid` to what
goes into JPEG, previews and films.
"""

from __future__ import annotations

import torch
from torch.nn import functional as F

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
SEEN = 0.5  # of 255: what is clearer cannot be seen


def is_seen(alpha: torch.Tensor) -> bool:
    """Whether anything is seen of a picture of this alpha, 0..255."""
    return bool(alpha.max() >= SEEN)


def filled(pixels: torch.Tensor, alpha: torch.Tensor | None) -> torch.Tensor:
    """`pixels` [1, 3, H, W] with the colours that `alpha` [1, 1, H, W] (0..255) hides grown from those that are seen.

    By pulling visible colours, weighed by their alpha, into ever smaller copies and pushing them back into the gaps
    (Gortler et al., The Lumigraph, SIGGRAPH 1996, 3.5). Without alpha, and where nothing or everything is seen, the
    same tensor.
    """
    if alpha is None:
        return pixels
    seen = torch.where(alpha < SEEN, 0.0, alpha / 255)
    if bool(seen.min() > 0) or not bool(seen.max() > 0):
        return pixels
    return _grown(pixels, seen)


def _grown(pixels: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    if bool(weight.min() > 0):
        return pixels
    share = F.avg_pool2d(weight, 2, ceil_mode=True, count_include_pad=False)
    mean = F.avg_pool2d(pixels * weight, 2, ceil_mode=True, count_include_pad=False) / share.clamp(min=1e-9)
    around = F.interpolate(_grown(mean, share), size=pixels.shape[2:], mode="bilinear", align_corners=False)
    return torch.where(weight > 0, pixels, around)


def laid(pixels: torch.Tensor, alpha: torch.Tensor, colour: Colour) -> torch.Tensor:
    """`pixels` [1, 3, H, W] on a ground of this colour, seen where `alpha` [1, 1, H, W] (0..255) is clear."""
    ground = torch.tensor(colour, dtype=pixels.dtype, device=pixels.device).view(1, 3, 1, 1)
    return ground + (pixels - ground) * (alpha.to(pixels) / 255)


def named(colour: Colour) -> str:
    """What messages call a colour."""
    return {WHITE: "white", (0, 0, 0): "black"}.get(colour, "#" + bytes(colour).hex())
