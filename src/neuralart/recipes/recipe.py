"""What a recipe decides: how the images are prepared, which terms are summed, at which sizes, by which optimiser."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch

from neuralart.distributed.group import ALONE, Group
from neuralart.distributed.rows import Span
from neuralart.image.picture import Picture
from neuralart.losses.gram import gram, gram_with_one
from neuralart.networks.graph import Architecture
from neuralart.networks.network import Network
from neuralart.objective.bands import BandedObjective, of_band, owned
from neuralart.objective.division import Division, keep, summed
from neuralart.objective.objective import Objective, Term
from neuralart.objective.resilient import WHOLE, Means
from neuralart.objective.tiled import TiledObjective
from neuralart.objective.whole import WholeObjective
from neuralart.optim.optimiser import Optimiser
from neuralart.optim.vectors import Total
from neuralart.run.stages import Stage


@dataclass(frozen=True)
class Settings:
    """The user's choices that a recipe turns into numbers; None stands for the recipe's own choice.

    style_layers, content_layers: layer -> weight; the weights are divided by their sum. history_dtype: in
    which L-BFGS keeps its history; None for the pixels' own. means: by the (width, height) of a scale, how it is
    evaluated there. group: the processes that share the image. devices: those of this machine among which its parts
    are dealt out, the first being the network's; empty for that one alone. read_at: of style layers that are linear
    maps (`Architecture.linear`), the layer from whose features their Gram matrices are found out.
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
    history_dtype: torch.dtype | None = None
    means: Callable[[tuple[int, int]], Means] = lambda size: WHOLE
    group: Group = ALONE
    devices: tuple[torch.device, ...] = ()
    read_at: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> Total:
        """Adds up over the processes that share the image."""
        return self.group.total

    def owned(self, network: Network) -> Callable[[tuple[int, int]], list[Span]]:
        """(width, height) of an image -> the rows that each of these processes owns."""
        return lambda size: owned(network.architecture, self.layers, size, self.group.count)

    def divide(self, architecture: Architecture, size: tuple[int, int], tile: int | None) -> Division:
        """How this process sees an image of `size` (width, height)."""
        return of_band(Division(architecture, self.layers, size, tile, least=len(self.devices) or 1), self.group)

    @property
    def layers(self) -> tuple[str, ...]:
        """All layers that are looked at."""
        return tuple(dict.fromkeys([*self.style_sources, *self.content_layers]))

    @property
    def style_sources(self) -> tuple[str, ...]:
        """The layers whose features are summed up for style."""
        return tuple(map(self.source, self.style_layers))

    def source(self, layer: str) -> str:
        """The layer from whose features a style layer's Gram matrix is found out."""
        return self.read_at.get(layer, layer)


@dataclass(frozen=True)
class Targets:
    """What the two pictures ask for at one scale.

    content: by layer, the content's features, part by part. style: by layer, its Gram matrix, a sum over positions.
    positions: (of the image to be made, of the style) by layer.
    """

    content: Mapping[str, Sequence[torch.Tensor]]
    style: Mapping[str, torch.Tensor]
    positions: Mapping[str, tuple[int, int]]


def targets(
    network: Network,
    content: torch.Tensor,
    style: torch.Tensor,
    settings: Settings,
    means: Means,
    products: Callable[[torch.Tensor], torch.Tensor] = gram,
) -> Targets:
    """Look at both pictures, [1, 3, H, W] each, with these means. products: features -> their Gram matrix."""
    size_of = lambda image: (int(image.shape[3]), int(image.shape[2]))
    divide = lambda image: settings.divide(network.architecture, size_of(image), means.tile)
    content_layers = tuple(settings.content_layers)
    statistics = {settings.source(layer): products for layer in settings.style_layers}
    statistics |= dict.fromkeys(settings.read_at.values(), gram_with_one)
    with settings.group.together():
        # The content is looked at exactly as the image will be, so that rounding makes no difference where there is
        # none.
        on_disk, devices = means.on_disk, settings.devices
        kept = keep(network, content, divide(content), content_layers, on_disk=on_disk, devices=devices)
        seen = summed(network, style, divide(style), statistics)
    channels = network.architecture.channels()

    def asked(layer: str) -> torch.Tensor:
        source = settings.source(layer)
        side = channels[source] + (source != layer)
        nothing = style.new_zeros(side, side, dtype=network.pixel_dtype)
        found = settings.total(seen.get(source, nothing))
        if source == layer:
            return found
        matrix = network.matrix(layer)
        return matrix @ found @ matrix.T

    count = lambda layer, image: math.prod(network.architecture.size(layer, *size_of(image)))
    positions = {
        layer: (count(layer, content), count(layer, style)) for layer in (*settings.style_layers, *content_layers)
    }
    return Targets(kept, {layer: asked(layer) for layer in settings.style_layers}, positions)


def evaluate(
    network: Network, terms: Sequence[Term], settings: Settings, size: tuple[int, int], means: Means
) -> Objective:
    """The sum of the terms as a function of an image of `size` (width, height): whole or in tiles.

    Where several processes share the image, of this one's band of it.
    """
    division = settings.divide(network.architecture, size, means.tile)
    others = [network.to(device, network.dtype) for device in settings.devices[1:]]
    if settings.group.count > 1:
        return BandedObjective(network, terms, division, settings.group, others)
    if len(division.parts) == 1:
        return WholeObjective(network, terms)
    return TiledObjective(network, terms, division, others)


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
