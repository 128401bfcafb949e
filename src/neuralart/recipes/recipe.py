"""What a recipe decides: the terms, the sizes, how pictures are prepared, and the optimiser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.losses.choices import Choice
from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Architecture, Network
from neuralart.objective.objective import Term
from neuralart.objective.topology import Topology
from neuralart.optim.optimiser import Optimiser
from neuralart.options import Options, layer_weights
from neuralart.recipes.style import Style
from neuralart.run.schedule import Schedule
from neuralart.together import is_texture

Size = tuple[int, int]  # (width, height) in pixels
Shape = tuple[float, float]  # the same, in any unit


@dataclass(frozen=True)
class History:
    """What L-BFGS remembers.

    Attributes:
        pairs: The number of pairs; None for the recipe's own.
        dtype: The precision of the pairs; None for that of the pixels.
    """

    pairs: int | None = None
    dtype: torch.dtype | None = None


class Recipe(Protocol):
    """A named set of choices for objective and schedule.

    Attributes:
        name: The name for `--recipe`.
        history: The number of pairs that L-BFGS remembers by default.
        frames: The default folder for frames; None for no frames.
        jpeg: How frames are written.
        enlarges_styles: Whether a style smaller than the picture is enlarged to its size.
        shrinks_styles: Whether very large style files may be reduced while they are read, which is not visible.
        fills: Whether colours hidden by alpha are replaced from the visible ones.
        narrow: Whether the network uses bfloat16 by default if the device supports it.
    """

    name: str
    history: int
    frames: str | None
    jpeg: Mapping[str, Any]
    enlarges_styles: bool
    shrinks_styles: bool
    fills: bool
    narrow: bool

    def tolerance(self, options: Options) -> float:
        """Return at what a scale ends early by default with L-BFGS; see `run.loop.paint`."""

    def terms(self, options: Options, network: Network) -> list[Term]:
        """Return the terms, without targets. Raises OptionError for a layer that the network lacks."""

    def schedule(self, options: Options, content: Size, styles: Sequence[Shape], smallest: int) -> Schedule:
        """Return the scales to paint.

        Args:
            options: The user's choices.
            content: The content's size.
            styles: Width and height of every style, relative to the picture's long edge.
            smallest: The shortest side of an image, in pixels, that the network needs.
        """

    def evaluations(self, options: Options) -> int:
        """Return the evaluations of one iteration, not counting those for a step that has to be shortened."""

    def pixels(self, picture: Picture, size: Size, network: Network) -> torch.Tensor:
        """Return the picture at this size, [1, 3, H, W], on the network's device and in its pixel precision.

        With `fills`, colours are weighted by their alpha, so that no hidden colour shows.
        """

    def placed(self, pixels: torch.Tensor, network: Network) -> torch.Tensor:
        """Return generated pixels, float32 [1, 3, H, W], 0..255, on the network's device and in its precision."""

    def noise(self, seed: int, size: Size, network: Network) -> torch.Tensor:
        """Return the first image for `--init random`."""

    def optimiser(self, options: Options, network: Network, memory: History, topology: Topology) -> Optimiser:
        """Return the optimiser of `options.optimizer`, with the recipe's constants."""


def chosen_layers(architecture: Architecture, name: str, text: str | None, usual: tuple[str, ...]) -> dict[str, float]:
    """Return the layers with their weights from the text of option `name`, or the network's own with equal weights.

    Raises:
        OptionError: For a layer that the network lacks.
    """
    if text is None:
        return dict.fromkeys(usual, 1.0)
    weights = layer_weights(name, text)
    result = dict(zip(architecture.check_layers(weights), weights.values()))
    if len(result) < len(weights):
        raise OptionError(f"{name} is '{text}', which names one layer twice, by two of its names")
    return result


def style_tables(options: Options, architecture: Architecture) -> list[dict[str, float]]:
    """Return the layers for styles with their weights: one table for all styles, or one for each."""
    lists = options.style_layers or (None,)
    return [chosen_layers(architecture, "--style-layers", text, architecture.style_layers) for text in lists]


def style_layers(options: Options, architecture: Architecture) -> dict[str, float]:
    """Return the layers that see any style, with their shares.

    If the styles' lists differ, a layer counts by its weight and by the weights of the styles that it sees.
    """
    tables = style_tables(options, architecture)
    if len(tables) == 1:
        return shares_of(tables[0])
    weights = options.style_weights or (1.0,) * len(tables)
    counted = [(weight, table) for weight, table in zip(weights, tables) if weight]
    if all(table == counted[0][1] for _, table in counted):
        return shares_of(counted[0][1])
    together: dict[str, float] = {}
    for weight, table in counted:
        for layer, own in table.items():
            together[layer] = together.get(layer, 0.0) + weight * own
    return shares_of(together)


def term_weights(
    styles: Sequence[Style],
    tables: Sequence[Mapping[str, float]],
    terms: Sequence[Term],
    is_there: Callable[[int, int], bool] = lambda region, style: True,
) -> list[dict[str, float]]:
    """Return, for every style, its weight by the name of each term that sees it.

    A style with weight 0 has none.

    Args:
        styles: The styles.
        tables: One table for all styles, or one for each, see `style_tables`.
        terms: The terms.
        is_there: Returns whether a style is painted in a region, both by number.

    Raises:
        OptionError: For a term that sees no style.
    """
    wanted = [term for term in terms if term.loss.sees_styles]
    each = [tables[k if len(tables) > 1 else 0] for k in range(len(styles))]
    alike = len({frozenset(table.items()) for style, table in zip(styles, each) if style.counts}) == 1
    result = [
        {
            term.name: style.counts * (1.0 if alike or term.layer == IMAGE else table.get(term.compared, 0.0))
            for term in wanted
            if term.region is None or is_there(term.region, k)
        }
        for k, (style, table) in enumerate(zip(styles, each))
    ]
    for term in wanted:
        if not any(one.get(term.name) for one in result):
            if term.region is not None:
                raise OptionError(
                    f"region {term.region + 1} has no style with a weight above 0 for layer '{term.compared}';"
                    " give one of its styles a weight, or that layer"
                )
            raise OptionError(
                f"the term '{term.name}' compares layer '{term.compared}', which no style uses; name that layer"
                " in --style-layers, or leave the term out"
            )
    return [{name: weight for name, weight in one.items() if weight} for one in result]


def content_layers(options: Options, architecture: Architecture) -> dict[str, float]:
    """Return the layers for the content, with their shares; none if there is no content."""
    if is_texture(options):
        return {}
    return shares_of(
        chosen_layers(architecture, "--content-layers", options.content_layers, architecture.content_layers)
    )


def style_factor(options: Options, loss: Choice) -> float:
    """Return the style's factor for a loss, as the strength changes it."""
    return float(options.style_factor * loss.strongest ** (2 * options.strength - 1))


def shares_of(weights: Mapping[str, float]) -> dict[str, float]:
    """Divide layer weights by their sum."""
    total = sum(weights.values())
    return {layer: weight / total for layer, weight in weights.items()}
