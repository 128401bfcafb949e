"""What is done to the colours of pixels before they are painted from: [1, 3, H, W], 0..255 -> the same.

The maps are made once of whole pictures and applied at whatever size is painted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from neuralart.image.moments import Moments, moments, rows
from neuralart.image.oklab import grey, lightness
from neuralart.image.picture import Picture

Recolour = Callable[[torch.Tensor], torch.Tensor]

# Added to variances of 0..1: a grey picture has none in two directions of three, and rounding to 8 bits is no colour.
EPSILON = 1e-5


@dataclass(frozen=True, eq=False)
class Blend:
    """A map of which only a share is taken. strength: 0 leaves the pixels as they are, 1 is the map itself."""

    whole: Recolour
    strength: float

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """The pixels, mapped so far: a copy, made band by band, since a large picture leaves no room for more."""
        if not self.strength:
            return pixels
        made = torch.empty_like(pixels)
        for band in rows(*pixels.shape[2:]):
            part = pixels[:, :, band]
            made[:, :, band] = part + (self.whole(part) - part) * self.strength
        return made


@dataclass(frozen=True, eq=False)
class Linear:
    """y = target + M (x - mean) on RGB 0..1, clipped to what can be shown. M: [3, 3]; mean, target: [3]."""

    matrix: torch.Tensor
    mean: torch.Tensor
    target: torch.Tensor

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """The pixels, mapped."""
        matrix, mean, target = (one.to(pixels) for one in (self.matrix, self.mean, self.target))
        shift = (target - matrix @ mean) * 255
        return (torch.einsum("ij,njhw->nihw", matrix, pixels) + shift.view(1, 3, 1, 1)).clamp(0, 255)


@dataclass(frozen=True)
class Grey:
    """Greys of the same lightness, scaled and shifted: L -> factor L + shift."""

    factor: float = 1.0
    shift: float = 0.0

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """The pixels, mapped."""
        return grey(self.factor * lightness(pixels.clamp(0, 255)) + self.shift)


def matched(style: Picture, content: Picture) -> Linear:
    """The map that gives the style's colours the content's mean and covariance.

    Of all linear maps that do so, the one that moves colours least: the optimal transport between two Gaussians (Olkin
    and Pukelsheim 1982), M = S^-1/2 (S^1/2 C S^1/2)^1/2 S^-1/2. The two of Gatys et al. (arXiv 1606.05897) were looked
    at beside it, on six pairs: the product of two roots (their "PCA") can hardly be told from it; that of Cholesky
    factors, which depends on the order of the channels, turned some hues, such as a yellow moon's to pink.
    """
    own, wanted = moments(style), moments(content)
    source, target = _regular(own), _regular(wanted)
    root = _power(source, 0.5)
    back = _power(source, -0.5)
    return Linear(back @ _power(root @ target @ root, 0.5) @ back, own.mean, wanted.mean)


def relit(style: Picture, content: Picture) -> Grey:
    """The map that makes the style grey, its lightness brought to the content's mean and spread."""
    own, wanted = moments(style, lightness), moments(content, lightness)
    factor = float((_regular(wanted) / _regular(own)).sqrt())
    return Grey(factor, float(wanted.mean - factor * own.mean))


def _regular(found: Moments) -> torch.Tensor:
    """The covariance, with some of every direction."""
    return found.covariance + EPSILON * torch.eye(len(found.mean), dtype=torch.float64)


def _power(matrix: torch.Tensor, exponent: float) -> torch.Tensor:
    """A power of a symmetric matrix without negative eigenvalues."""
    values, vectors = torch.linalg.eigh(matrix)
    # Rounding may put an eigenvalue of a picture of one colour below the least that there can be.
    return vectors @ torch.diag(values.clamp(min=EPSILON**2) ** exponent) @ vectors.T
