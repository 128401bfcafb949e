"""The weights of a layer's positions, which come from masks and transparency.

With weights w, a Gram matrix is sum w F F' (Gatys et al., arXiv 1611.07865, section 4). Departs from the paper, which
multiplies the features by the mask and so weighs by its square. With hard masks both are the same; here the matrices of
regions whose masks sum to 1 also add up to that of the whole image.
"""

from __future__ import annotations

import torch


class Positions:
    """The weights of the positions that one part of an image has on a layer.

    Positions that do not count are left out of all computations, so many regions cost hardly more than one.

    Attributes:
        weights: [H, W], 0..1.
        index: The indices of the positions that count, row by row, [n]; None if all count.
        roots: The square roots of their weights, [n]; None if all weights are 1.
    """

    def __init__(self, weights: torch.Tensor) -> None:
        flat = weights.flatten()
        counted = flat > 0
        self.weights = weights
        self.index = None if bool(counted.all()) else counted.nonzero()[:, 0]
        own = flat if self.index is None else flat[self.index]
        self.roots = None if bool((own == 1).all()) else own.sqrt()

    def _follow(self, features: torch.Tensor) -> None:
        """Move to the device of the features, once: a part of an image is always evaluated on the same device."""
        device = features.device
        if self.weights.device != device:
            self.weights = self.weights.to(device)
            self.index = None if self.index is None else self.index.to(device)
            self.roots = None if self.roots is None else self.roots.to(device)

    def weights_like(self, features: torch.Tensor) -> torch.Tensor:
        """Return the weights [H, W] on the device and in the precision of the features."""
        self._follow(features)
        return self.weights.to(features.dtype)

    def pick(self, features: torch.Tensor) -> torch.Tensor:
        """Return the features that count, each times the root of its weight: [1, C, n, 1], channels last."""
        return _laid_out(self.scaled(self.rows(features)))

    def rows(self, features: torch.Tensor) -> torch.Tensor:
        """Return the features that count, unscaled: [n, C]."""
        self._follow(features)
        rows = features.permute(0, 2, 3, 1).flatten(0, 2)
        return rows if self.index is None else rows[self.index]

    def scaled(self, rows: torch.Tensor) -> torch.Tensor:
        """Return rows [n, C], each times the root of its weight."""
        return rows if self.roots is None else rows * self.roots[:, None].to(rows.dtype)

    def put_back(self, gradient: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        """Return the gradient on features [1, C, H, W] from the gradient on the picked ones; 0 where nothing counts."""
        return self.spread(self.scaled(gradient.permute(0, 2, 3, 1).flatten(0, 2)), like)

    def spread(self, rows: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        """Put rows [n, C] back to their places on the features [1, C, H, W]; 0 elsewhere."""
        if self.index is None:
            height, width = like.shape[2:]
            return rows.view(1, height, width, -1).permute(0, 3, 1, 2)
        result = torch.zeros_like(like, memory_format=torch.channels_last)
        result.permute(0, 2, 3, 1).flatten(0, 2).index_copy_(0, self.index, rows.to(result.dtype))
        return result


def _laid_out(rows: torch.Tensor) -> torch.Tensor:
    """View [n, C] as [1, C, n, 1]."""
    return rows[None, :, None, :].permute(0, 3, 1, 2)
