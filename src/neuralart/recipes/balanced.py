"""Recipe `balanced`, the default: Gatys et al.'s idea, made independent of image size, network and weights.

Gram matrices are means over positions, and every term is relative to the size of its own target and therefore
dimensionless. Painting goes from coarse to fine and always begins at the same size, so the large shapes of a big
picture are decided at the same size as those of a small one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch

from neuralart.image.picture import Picture
from neuralart.image.resize import resize_with_alpha
from neuralart.image.sizes import fit
from neuralart.losses.choices import CONTENT_LOSSES, STYLE_LOSSES, Choice
from neuralart.losses.variation import StyleVariation, Variation
from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Architecture, Network
from neuralart.objective.objective import Term
from neuralart.objective.topology import Topology
from neuralart.optim.adam import Adam
from neuralart.optim.lbfgs import LBFGS
from neuralart.optim.optimiser import Optimiser
from neuralart.optim.sgd import SGD
from neuralart.options import Options
from neuralart.recipes.first import MIDDLE, SPREAD, normal
from neuralart.recipes.recipe import History, Shape, Size, content_layers, style_factor, style_layers
from neuralart.run.schedule import Scale, Schedule, long_edges, shares
from neuralart.together import is_texture, long_edge

# The style's weight against the content's 1, at the original's default factor of 2e9.
STYLE_WEIGHT, USUAL_FACTOR = 20.0, 2e9
# Came first in benchmarks/look.py, judged blind.
STYLE_LOSS = "neighbours"
# The smallest scale's long edge, and how many more iterations a scale gets than the next larger one.
BASE, RATIO = 128, 2.0
# In bfloat16, a step that seems to go uphill by less than this is accepted: shortening it again and again because of
# rounding would take half of all evaluations and gain nothing. A loss may ask for the same.
NARROW_ROUNDING = 2e-3
# Scales before the last with a long edge up to this are always computed in float32: most iterations are spent there, on
# the last per cent of the loss, which bfloat16's rounding hides. It costs little, since these images are small.
EXACT_UP_TO = 128
# The style of a linear layer with at most this many channels is faster to compare by its source.
NARROW = 128
ADAM_RATE = 6.0  # grey levels per iteration


class Balanced:
    """The recipe `balanced`; see the module and `Recipe`."""

    name = "balanced"
    history = 20
    frames: str | None = None
    jpeg: Mapping[str, Any] = {}
    enlarges_styles = False
    shrinks_styles = True
    fills = True
    narrow = True

    def tolerance(self, options: Options) -> float:
        """Return what has been measured for the loss of the style."""
        return style_loss(options).tolerance

    def terms(self, options: Options, network: Network) -> list[Term]:
        """Return content, style and smoothness, each relative to its own target."""
        architecture = network.architecture
        styles, contents = style_layers(options, architecture), content_layers(options, architecture)
        network.check([*styles, *contents])
        rooted = options.normalize_gradients
        kept, kind = CONTENT_LOSSES[options.content_loss], style_loss(options)
        result = [
            Term(f"content {layer}", layer, kept.of(rooted), kept.weight * weight) for layer, weight in contents.items()
        ]
        if kept.pixels and contents:
            result.append(Term("content edges", IMAGE, kept.pixels.of(rooted), kept.pixels.weight))
        factor = STYLE_WEIGHT * kind.weight * style_factor(options, kind) / USUAL_FACTOR
        sources = linear_sources(architecture, styles) if kind.mapped else {}
        for layer, weight in styles.items():
            source = sources.get(layer, layer)
            loss = kind.of(rooted, None if source == layer else network.matrix(layer))
            result.append(Term(f"style {layer}", source, loss, factor * weight, sees=layer))
        if options.smoothness:
            variation = StyleVariation if is_texture(options) else Variation
            result.append(Term("smoothness", IMAGE, variation(options.smoothness_power), options.smoothness))
        return result

    def schedule(self, options: Options, content: Size, styles: Sequence[Shape], smallest: int) -> Schedule:
        """Return a pyramid from `BASE` to the requested size; a narrow picture may have to begin larger."""
        last = fit(*content, long_edge(options))
        narrowest = min(min(last) / max(last), *(min(shape) for shape in styles))
        base = max(BASE, math.ceil((smallest + 1) / narrowest))
        edges = long_edges(max(last), min(base, max(last)), options.scales)
        counts = shares(options.num_iters, len(edges), RATIO)
        sizes = [scaled(last, edge) for edge in edges[:-1]] + [last]
        exact = [size != last and max(size) <= EXACT_UP_TO for size in sizes]
        return tuple(Scale(*one) for one in zip(sizes, counts, exact))

    def evaluations(self, options: Options) -> int:
        """Return one."""
        return 1

    def pixels(self, picture: Picture, size: Size, network: Network) -> torch.Tensor:
        """Return the picture, resized from its own pixels, weighted by their alpha."""
        pixels, _ = resize_with_alpha(picture.pixels, picture.alpha, size)
        return self.placed(pixels, network)

    def placed(self, pixels: torch.Tensor, network: Network) -> torch.Tensor:
        """Return the same pixels on the network's device, in its pixel precision."""
        return pixels.to(network.device, network.pixel_dtype)

    def noise(self, seed: int, size: Size, network: Network) -> torch.Tensor:
        """Return grey noise with the original's spread: N(128, 25^2)."""
        return self.placed((normal(seed, size) * SPREAD + MIDDLE).clamp_(0, 255), network)

    def optimiser(self, options: Options, network: Network, memory: History, topology: Topology) -> Optimiser:
        """Return the optimiser. Rates are in grey levels, or independent of the image's size, so one suits all."""
        rate, group, kind = options.learning_rate, topology.group, style_loss(options)
        if options.optimizer == "sgd":
            return SGD(rate if rate is not None else kind.sgd_rate, per_pixel=True, all_reduce=group.all_reduce)
        if options.optimizer == "adam":
            return Adam(rate if rate is not None else ADAM_RATE, all_reduce=group.all_reduce)
        first = {} if rate is None else {"first": rate}
        narrow = network.dtype == torch.bfloat16
        rounding = max(NARROW_ROUNDING if narrow else 0.0, kind.rounding)
        return LBFGS(
            memory.pairs or self.history,
            dtype=memory.dtype,
            all_reduce=group.all_reduce,
            as_one=group.as_one,
            **first,
            **({"rounding": rounding} if rounding else {}),
        )


def style_loss(options: Options) -> Choice:
    """Return the loss that compares styles."""
    return STYLE_LOSSES[options.style_loss or STYLE_LOSS]


def linear_sources(architecture: Architecture, layers: Iterable[str]) -> dict[str, str]:
    """Return the source of every layer that is a linear map and whose style is compared by its source."""
    layers, channels = list(layers), architecture.channels()
    linear = {layer: architecture.linear(layer) for layer in layers}
    return {
        layer: source
        for layer, source in linear.items()
        if source and source not in layers and channels[source] <= NARROW
    }


def scaled(last: Size, edge: int) -> Size:
    """Scale the final size to another long edge; no side is less than a pixel."""
    factor = edge / max(last)
    return max(1, round(last[0] * factor)), max(1, round(last[1] * factor))
