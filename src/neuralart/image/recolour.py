"""Maps of colours that are applied to pixels before painting: [1, 3, H, W], 0..255, to the same shape.

The maps are computed once from whole pictures and applied at any size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from neuralart.image.moments import Moments, moments, rows
from neuralart.image.oklab import grey, lightness
from neuralart.image.picture import Picture

Recolour = Callable[[torch.Tensor], torch.Tensor]

# Added to variances of 0..1: a grey picture has none in two of three directions, and 8-bit rounding is not a colour.
EPSILON = 1e-5


@dataclass(frozen=True, eq=False)
class Blend:
    """A map applied with a strength: 0 does not change the pixels, 1 is the map itself."""

    whole: Recolour
    strength: float

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return a mapped copy of the pixels, made band by band, since a large picture leaves no room for more."""
        if not self.strength:
            return pixels
        made = torch.empty_like(pixels)
        for band in rows(*pixels.shape[2:]):
            part = pixels[:, :, band]
            made[:, :, band] = part + (self.whole(part) - part) * self.strength
        return made


@dataclass(frozen=True, eq=False)
class Linear:
    """y = target + M (x - mean) on RGB 0..1, clipped to the valid range. M: [3, 3]; mean, target: [3]."""

    matrix: torch.Tensor
    mean: torch.Tensor
    target: torch.Tensor

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return the mapped pixels."""
        matrix, mean, target = (one.to(pixels) for one in (self.matrix, self.mean, self.target))
        shift = (target - matrix @ mean) * 255
        return (torch.einsum("ij,njhw->nihw", matrix, pixels) + shift.view(1, 3, 1, 1)).clamp(0, 255)


@dataclass(frozen=True)
class Grey:
    """Greys of the same lightness, scaled and shifted: L -> factor L + shift."""

    factor: float = 1.0
    shift: float = 0.0

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return the mapped pixels."""
        return grey(self.factor * lightness(pixels.clamp(0, 255)) + self.shift)


def matched(style: Picture, content: Picture) -> Linear:
    """Return the map that gives the style's colours the content's mean and covariance.

    Of all such linear maps, it moves colours least: the optimal transport between two Gaussians (Olkin and Pukelsheim
    1982), M = S^-1/2 (S^1/2 C S^1/2)^1/2 S^-1/2. We compared the two maps of Gatys et al. (arXiv 1606.05897) on six
    pairs: the product of two roots (their "PCA") looks almost the same; that of Cholesky factors, which depends on the
    order of the channels, changed some hues, such as a yellow moon to pink.
    """
    own, wanted = moments(style), moments(content)
    source, target = _regular(own), _regular(wanted)
    root = _power(source, 0.5)
    back = _power(source, -0.5)
    return Linear(back @ _power(root @ target @ root, 0.5) @ back, own.mean, wanted.mean)


def relit(style: Picture, content: Picture) -> Grey:
    """Return the map that makes the style grey, with the mean and spread of the content's lightness."""
    own, wanted = moments(style, lightness), moments(content, lightness)
    factor = float((_regular(wanted) / _regular(own)).sqrt())
    return Grey(factor, float(wanted.mean - factor * own.mean))


def _regular(one: Moments) -> torch.Tensor:
    """Return the covariance with some variance added in every direction."""
    return one.covariance + EPSILON * torch.eye(len(one.mean), dtype=torch.float64)


def _power(matrix: torch.Tensor, exponent: float) -> torch.Tensor:
    """Return a power of a symmetric matrix without negative eigenvalues."""
    values, vectors = torch.linalg.eigh(matrix)
    # Rounding may make an eigenvalue of a picture of one colour too small.
    return vectors @ torch.diag(values.clamp(min=EPSILON**2) ** exponent) @ vectors.T
