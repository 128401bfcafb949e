"""An objective of which some pixels are not free: they stay what they are, whatever the optimiser does."""

from __future__ import annotations

from dataclasses import replace

import torch

from neuralart.objective.objective import Evaluation, Objective


class HeldObjective:
    """The objective of the image whose held pixels are put back, with no gradient on these.

    An optimiser may move them all the same, as one that thinks in waves does; nobody sees it.
    """

    def __init__(self, objective: Objective, held: torch.Tensor, pixels: torch.Tensor) -> None:
        """held: how much each pixel is, [1, 1, H, W], 0..1. pixels: what is put back, [1, 3, H, W]."""
        self.objective, self.held, self.pixels = objective, held, pixels

    def __call__(self, image: torch.Tensor) -> Evaluation:
        result = self.objective(put_back(image, self.held, self.pixels))
        return replace(result, gradient=result.gradient * (1 - self.held))


def put_back(image: torch.Tensor, held: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
    """The image with its held pixels put back; where all of a pixel is held, exactly."""
    return torch.lerp(image, pixels.to(image), held.to(image))
