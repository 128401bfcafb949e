"""What a recipe decides: the terms, the sizes they are painted at, how pictures are prepared, by which optimiser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Architecture, Network
from neuralart.objective.objective import Term
from neuralart.objective.topology import Topology
from neuralart.optim.optimiser import Optimiser
from neuralart.options import Options, layer_weights
from neuralart.recipes.style import Style
from neuralart.run.schedule import Schedule
from neuralart.together import is_texture

# What the whole strength multiplies the style's factor by, and none divides it by. The content's error goes about
# evenly with the logarithm of the factor, alike at every size (benchmarks/RESULTS.md).
STRONGEST = 32.0

Size = tuple[int, int]  # (width, height) in pixels
Shape = tuple[float, float]  # the same, in any unit


@dataclass(frozen=True)
class History:
    """What L-BFGS remembers. pairs: how many, None for the recipe's own; dtype: stored in, None for the pixels' own."""

    pairs: int | None = None
    dtype: torch.dtype | None = None


class Recipe(Protocol):
    """A named set of choices for objective and schedule.

    history: pairs that L-BFGS remembers unless the options say otherwise. frames: the folder for frames unless the
    options name one; None for no frames. jpeg: how frames are written. enlarges_styles: whether a style smaller than
    the picture is brought to its size. shrinks_styles: whether very large files of styles may be reduced while they are
    read, which nobody sees. fills: whether colours that alpha hides are grown from those that are seen. narrow: whether
    the network may compute in bfloat16 by itself.
    """

    name: str
    history: int
    frames: str | None
    jpeg: Mapping[str, Any]
    enlarges_styles: bool
    shrinks_styles: bool
    fills: bool
    narrow: bool

    def terms(self, options: Options, network: Network) -> list[Term]:
        """The terms, without targets. Raises OptionError for a layer that the network lacks."""

    def schedule(self, options: Options, content: Size, styles: Sequence[Shape], smallest: int) -> Schedule:
        """The scales to paint.

        Args:
            options: The user's choices.
            content: The content's size.
            styles: Width and height of every style where the picture's long edge is 1.
            smallest: The shortest side, in pixels, that the network needs of an image.
        """

    def evaluations(self, options: Options) -> int:
        """How often an iteration asks the objective, but for a step that has to be shortened."""

    def pixels(self, picture: Picture, size: Size, network: Network) -> torch.Tensor:
        """The picture at this size, [1, 3, H, W], where and as the network computes.

        What `fills` is true of weighs colours by their alpha, so that none that is hidden shows.
        """

    def placed(self, pixels: torch.Tensor, network: Network) -> torch.Tensor:
        """Pixels that were made here, float32 [1, 3, H, W], 0..255, brought where and as the network computes."""

    def noise(self, seed: int, size: Size, network: Network) -> torch.Tensor:
        """The first image for `--init random`."""

    def optimiser(self, options: Options, network: Network, memory: History, topology: Topology) -> Optimiser:
        """The optimiser of `options.optimizer`, with the recipe's constants."""


def chosen_layers(architecture: Architecture, name: str, text: str | None, usual: tuple[str, ...]) -> dict[str, float]:
    """Layer -> weight, from what the option `name` says, or the network's own, all alike.

    Raises OptionError for a layer that the network lacks.
    """
    if text is None:
        return dict.fromkeys(usual, 1.0)
    weights = layer_weights(name, text)
    result = dict(zip(architecture.check_layers(weights), weights.values()))
    if len(result) < len(weights):
        raise OptionError(f"{name} is '{text}', which names a layer twice, once by another name")
    return result


def style_tables(options: Options, architecture: Architecture) -> list[dict[str, float]]:
    """The layers that see a style, with their weights: one table for all styles, or one for each."""
    lists = options.style_layers or (None,)
    return [chosen_layers(architecture, "--style-layers", text, architecture.style_layers) for text in lists]


def style_layers(options: Options, architecture: Architecture) -> dict[str, float]:
    """The layers that see any style, with their shares.

    Where the styles' lists differ, a layer counts by its weight and by the weights of the styles that it sees.
    """
    tables = style_tables(options, architecture)
    if len(tables) == 1:
        return shares_of(tables[0])
    weights = options.style_weights or (1.0,) * len(tables)
    seen = [(weight, table) for weight, table in zip(weights, tables) if weight]
    if all(table == seen[0][1] for _, table in seen):
        return shares_of(seen[0][1])
    together: dict[str, float] = {}
    for weight, table in seen:
        for layer, own in table.items():
            together[layer] = together.get(layer, 0.0) + weight * own
    return shares_of(together)


def term_weights(
    styles: Sequence[Style],
    tables: Sequence[Mapping[str, float]],
    terms: Sequence[Term],
    is_there: Callable[[int, int], bool] = lambda region, style: True,
) -> list[dict[str, float]]:
    """For every style its weight by the name of each term that sees it; none for a style of weight 0.

    tables: one for all styles, or one for each, see `style_tables`. is_there: whether a style is painted in a region,
    both by their numbers. Raises OptionError for a term that sees no style.
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
                    f"region {term.region + 1} has no style with a weight above 0 that layer '{term.compared}' sees;"
                    " give one of its styles a weight, or that layer"
                )
            raise OptionError(
                f"the term '{term.name}' compares layer '{term.compared}', which sees no style; name that layer"
                " in --style-layers, or leave the term out"
            )
    return [{name: weight for name, weight in one.items() if weight} for one in result]


def content_layers(options: Options, architecture: Architecture) -> dict[str, float]:
    """The layers that see the content, with their shares; none where there is no content."""
    if is_texture(options):
        return {}
    return shares_of(
        chosen_layers(architecture, "--content-layers", options.content_layers, architecture.content_layers)
    )


def style_factor(options: Options) -> float:
    """How much style against content: the factor that is given, doubled by every tenth of strength above a half."""
    return float(options.style_factor * STRONGEST ** (2 * options.strength - 1))


def shares_of(weights: Mapping[str, float]) -> dict[str, float]:
    """Layer weights divided by their sum."""
    total = sum(weights.values())
    return {layer: weight / total for layer, weight in weights.items()}
