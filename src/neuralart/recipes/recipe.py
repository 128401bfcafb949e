"""What a recipe decides: the terms, the sizes they are painted at, how pictures are prepared, by which optimiser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.networks.network import Architecture, Network
from neuralart.objective.objective import Term
from neuralart.objective.topology import Topology
from neuralart.optim.optimiser import Optimiser
from neuralart.options import Options, layer_weights
from neuralart.run.schedule import Schedule

Size = tuple[int, int]  # (width, height) in pixels


@dataclass(frozen=True)
class History:
    """What L-BFGS remembers. pairs: how many, None for the recipe's own; dtype: stored in, None for the pixels' own."""

    pairs: int | None = None
    dtype: torch.dtype | None = None


class Recipe(Protocol):
    """A named set of choices for objective and schedule.

    history: pairs that L-BFGS remembers unless the options say otherwise. frames: the folder for frames unless the
    options name one; None for no frames. jpeg: how frames are written. enlarges_styles: whether a style smaller than
    the picture is brought to its size. fills: whether colours that alpha hides are grown from those that are seen.
    narrow: whether the network may compute in bfloat16 by itself.
    """

    name: str
    history: int
    frames: str | None
    jpeg: Mapping[str, Any]
    enlarges_styles: bool
    fills: bool
    narrow: bool

    def terms(self, options: Options, network: Network) -> list[Term]:
        """The terms, without targets. Raises OptionError for a layer that the network lacks."""

    def schedule(self, options: Options, content: Size, styles: Sequence[Size], smallest: int) -> Schedule:
        """The scales to paint.

        Args:
            options: The user's choices.
            content: The content's size.
            styles: Those of the styles.
            smallest: The shortest side, in pixels, that the network needs of an image.
        """

    def evaluations(self, options: Options) -> int:
        """How often an iteration asks the objective, but for a step that has to be shortened."""

    def pixels(self, picture: Picture, size: Size, network: Network) -> torch.Tensor:
        """The picture at this size, [1, 3, H, W], where and as the network computes."""

    def noise(self, seed: int, size: Size, network: Network) -> torch.Tensor:
        """The first image for `--init random`."""

    def optimiser(self, options: Options, network: Network, memory: History, topology: Topology) -> Optimiser:
        """The optimiser of `options.optimizer`, with the recipe's constants."""


def chosen_layers(architecture: Architecture, name: str, text: str | None, usual: tuple[str, ...]) -> dict[str, float]:
    """Layer -> share, from what the option `name` says, or the network's own; the shares sum to 1.

    Raises OptionError for a layer that the network lacks.
    """
    if text is None:
        return shares_of(dict.fromkeys(usual, 1.0))
    weights = layer_weights(name, text)
    found = dict(zip(architecture.check_layers(weights), weights.values()))
    if len(found) < len(weights):
        raise OptionError(f"{name} is '{text}', which names a layer twice, once by another name")
    return shares_of(found)


def style_layers(options: Options, architecture: Architecture) -> dict[str, float]:
    """The layers that see the style, with their shares."""
    return chosen_layers(architecture, "--style-layers", options.style_layers, architecture.style_layers)


def content_layers(options: Options, architecture: Architecture) -> dict[str, float]:
    """The layers that see the content, with their shares."""
    return chosen_layers(architecture, "--content-layers", options.content_layers, architecture.content_layers)


def shares_of(weights: Mapping[str, float]) -> dict[str, float]:
    """Layer weights divided by their sum."""
    total = sum(weights.values())
    return {layer: weight / total for layer, weight in weights.items()}
