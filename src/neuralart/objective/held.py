"""An objective with pixels that stay fixed, whatever the optimiser does."""

from __future__ import annotations

from dataclasses import replace

import torch

from neuralart.objective.objective import Evaluation, Objective


class HeldObjective:
    """The objective of the image with its held pixels put back, without a gradient on them.

    An optimiser may still move them, as one that works on waves does, but that never shows.
    """

    def __init__(self, objective: Objective, held: torch.Tensor, pixels: torch.Tensor) -> None:
        """Create the objective.

        Args:
            objective: The objective of the image.
            held: How much each pixel is held, [1, 1, H, W], 0..1.
            pixels: The fixed pixels, [1, 3, H, W].
        """
        self.objective, self.held, self.pixels = objective, held, pixels

    def __call__(self, image: torch.Tensor) -> Evaluation:
        result = self.objective(put_back(image, self.held, self.pixels))
        return replace(result, gradient=result.gradient * (1 - self.held))


def put_back(image: torch.Tensor, held: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
    """Return the image with its held pixels put back, exactly where a pixel is held fully."""
    return torch.lerp(image, pixels.to(image), held.to(image))
