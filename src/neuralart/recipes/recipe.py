"""What a recipe decides: how the images are prepared, which terms are summed, at which sizes, by which optimiser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch

from neuralart.image.picture import Picture
from neuralart.networks.network import Network
from neuralart.optim.optimiser import Optimiser
from neuralart.run.stages import Stage


@dataclass(frozen=True)
class Settings:
    """The user's choices that a recipe turns into numbers; None stands for the recipe's own choice.

    style_layers, content_layers: layer -> weight; the weights are divided by their sum.
    """

    size: int
    num_iters: int
    style_factor: float
    smoothness: float
    style_layers: Mapping[str, float]
    content_layers: Mapping[str, float]
    init: str
    seed: int
    optimizer: str
    scales: int | None = None
    history: int | None = None
    learning_rate: float | None = None


class Recipe(Protocol):
    """A named set of choices for objective and schedule."""

    def stages(self, content: Picture, style: Picture, network: Network, settings: Settings) -> list[Stage]:
        """The scales to paint, smallest first."""

    def start(self, content: Picture, network: Network, settings: Settings, size: tuple[int, int]) -> torch.Tensor:
        """The first image, (width, height) as the first stage that is painted, on the network's device."""

    def optimiser(self, network: Network, settings: Settings) -> Optimiser:
        """The optimiser of `settings.optimizer`, with the recipe's constants."""


def shares_of(weights: Mapping[str, float]) -> dict[str, float]:
    """Layer weights divided by their sum."""
    total = sum(weights.values())
    return {layer: weight / total for layer, weight in weights.items()}
