"""Style: the distance between Gram matrices (Gatys, Ecker, Bethge, arXiv 1508.06576, equations 3 to 5).

G = F F'        [C, C], F the features [C, N], flattened over their N positions
"""

from __future__ import annotations

import torch


def gram(features: torch.Tensor) -> torch.Tensor:
    """F F' of features [1, C, H, W]: [C, C], summed over positions, in float32 or better."""
    flat = _flat(features)
    return flat @ flat.T


def gram_pull(features: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
    """The gradient of <M, F F'> on F: (M + M') F, in the shape and layout of the features."""
    _, channels, height, width = features.shape
    # Worked position by position, so that channels-last features are neither copied nor turned.
    flat = _flat(features).T @ (cotangent + cotangent.T)
    return flat.reshape(1, height, width, channels).permute(0, 3, 1, 2).to(features.dtype)


def _flat(features: torch.Tensor) -> torch.Tensor:
    # [C, N], a view of channels-last features.
    return widened(features).permute(0, 2, 3, 1).flatten(0, 2).T


class Gram:
    """|G - A|^2 / |A|^2, where G and A are means over positions: without unit, the same at every image size.

    Departs from the paper, which divides by 4 C^2 N^2 and so depends on the loudness of the network. target: [C, C],
    the style's Gram matrix divided by its number of positions. positions: of the image being made, at this layer.
    """

    additive, reported = True, True

    def __init__(self, target: torch.Tensor, positions: int) -> None:
        self.target, self.positions = target, positions
        self.size = target.square().sum().clamp_min(torch.finfo(target.dtype).tiny)

    def statistic(self, features: torch.Tensor) -> torch.Tensor:
        return gram(features)

    def penalty(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        difference = statistic / self.positions - self.target
        return difference.square().sum() / self.size, difference * (2 / (self.size * self.positions))

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
        return gram_pull(features, cotangent)


class GramTorch7:
    """sum (G - A)^2 / (C N)^2, as the original program computes it: Gram matrices are plain sums.

    C N is the number of features of the image being made, for both matrices. Two departures from the paper are kept,
    for they made the original's pictures:

    - the gradient on F is 2 (G - A) F / (C N)^2, half of the value's true gradient 4 (G - A) F / (C N)^2;
    - with `rescaled` (GoogLeNet), the gradient 2 (G - A) is divided by the mean of its absolute values, anew at every
      evaluation, and the value by the same number.
    """

    additive, reported = True, True

    def __init__(self, target: torch.Tensor, positions: int, *, rescaled: bool = False) -> None:
        self.target, self.rescaled = target, rescaled
        self.size = float(target.shape[0] * positions) ** 2

    def statistic(self, features: torch.Tensor) -> torch.Tensor:
        return gram(features)

    def penalty(self, statistic: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        difference = statistic - self.target
        value, gradient = difference.square().sum(), 2 * difference
        norm = self.size * (gradient.abs().mean() if self.rescaled else 1.0)
        value, gradient = divide(value, norm), divide(gradient, norm)
        # <M, F F'> pulls back to (M + M') F = 2 M F; the original multiplies by its gradient once.
        return value, gradient / 2

    def pull(self, features: torch.Tensor, cotangent: torch.Tensor) -> torch.Tensor:
        return gram_pull(features, cotangent)


def widened(numbers: torch.Tensor) -> torch.Tensor:
    """In float32 or better: sums of squares overflow half precision and round away in bfloat16."""
    return numbers.float() if numbers.dtype in (torch.bfloat16, torch.float16) else numbers


def divide(value: torch.Tensor, norm: torch.Tensor | float) -> torch.Tensor:
    """value / norm, or the value itself where the norm is zero (there is no gradient to rescale)."""
    norm = torch.as_tensor(norm, dtype=value.dtype, device=value.device)
    return value / torch.where(norm > 0, norm, 1.0)
