"""Recipe `balanced`, the default: Gatys et al.'s idea, made independent of image size, network and weights.

Gram matrices are means over positions and every term is relative to the size of its own target, so that none has a
unit; painting goes from coarse to fine, always beginning at the same size, so that the large shapes of a big picture
are decided where those of a small one are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch

from neuralart.image.picture import Picture
from neuralart.image.resize import resize
from neuralart.image.sizes import fit
from neuralart.losses.content import Content
from neuralart.losses.gram import Gram, MappedGram
from neuralart.losses.variation import Variation
from neuralart.networks.graph import IMAGE, Architecture
from neuralart.networks.network import Network
from neuralart.networks.precision import at_least_float32
from neuralart.objective.objective import Objective, Term
from neuralart.objective.resilient import WHOLE, Means, Resilient
from neuralart.optim.adam import Adam
from neuralart.optim.lbfgs import LBFGS
from neuralart.optim.optimiser import Optimiser
from neuralart.optim.sgd import SGD
from neuralart.recipes.recipe import Settings, evaluate, shares_of, targets
from neuralart.run.stages import Stage, long_edges, shares

# The style's weight against the content's 1, at the original's default factor of 2e9.
STYLE_WEIGHT, USUAL_FACTOR = 20.0, 2e9
# The smallest scale's long edge, and how many more iterations a scale gets than the next larger one.
BASE, RATIO = 128, 2.0
HISTORY = 20
# A step that seems to go uphill by less is taken where the network computes in bfloat16: to shorten it again and again
# for the sake of rounding would cost half of all evaluations, and gain nothing.
NARROW_ROUNDING = 2e-3
# On the way to a larger scale, images up to this long edge are computed in float32 even so: most iterations are spent
# there, on the last per cent, which bfloat16's rounding hides. It costs little, since they are small.
EXACT_UP_TO = 128
# Channels: a linear layer of no more is quicker found out than computed; the products of wider ones take as long.
NARROW = 128
ADAM_RATE = 6.0  # grey levels per iteration
SGD_RATE = 1.0  # larger ones overshoot on some pairs


def stages(content: Picture, style: Picture, network: Network, settings: Settings) -> list[Stage]:
    """A pyramid from `BASE` to the size asked for; from more, where a narrow picture would vanish in the network."""
    last = fit(content.width, content.height, settings.size)
    smallest = network.architecture.smallest([*settings.style_layers, *settings.content_layers])
    narrowest = min(min(size) / max(size) for size in (last, style.size))
    base = max(BASE, math.ceil((smallest + 1) / narrowest))
    edges = long_edges(max(last), min(base, max(last)), settings.scales)
    counts = shares(settings.num_iters, len(edges), RATIO)
    sizes = [scaled(last, edge) for edge in edges[:-1]] + [last]
    exact = [size != last and max(size) <= EXACT_UP_TO for size in sizes]
    return [stage(content, style, network, settings, *one) for one in zip(sizes, counts, exact)]


def stage(
    content: Picture,
    style: Picture,
    network: Network,
    settings: Settings,
    size: tuple[int, int],
    count: int,
    exact: bool = False,
) -> Stage:
    """One scale: both pictures resized from their originals, the style's long edge equal to the image's.

    exact: in float32 where the network computes in less.
    """

    def make(means: Means) -> Objective:
        with settings.group.together():
            photograph = prepare(content, size, network)
            painting = prepare(style, fit(style.width, style.height, max(size)), network)
        here = network.to(network.device, at_least_float32(network.dtype)) if exact else network
        found = terms(here, photograph, painting, settings, means)
        return evaluate(here, found, settings, size, means)

    def enter(image: torch.Tensor) -> torch.Tensor:
        here = (image.shape[3], image.shape[2])
        if here == size:
            return image
        if settings.init == "random":
            return resize(image, size)
        # What painting has changed is enlarged, not the picture: what the content shows only at this size is there.
        change = image - prepare(content, here, network)
        return resize(change, size).add_(prepare(content, size, network))

    return Stage(size, count, enter, lambda: Resilient(make, settings.means(size), size), exact)


def read_at(architecture: Architecture, style_layers: Iterable[str]) -> dict[str, str]:
    """Which style layers are found out from what they are linear maps of: `Settings.read_at`."""
    layers, channels = list(style_layers), architecture.channels()
    linear = {layer: architecture.linear(layer) for layer in layers}
    return {
        layer: source
        for layer, source in linear.items()
        if source and source not in layers and channels[source] <= NARROW
    }


def start(content: Picture, network: Network, settings: Settings, size: tuple[int, int]) -> torch.Tensor:
    """The content at the first scale, or grey noise with the original's spread: N(128, 25^2)."""
    if settings.init == "image":
        return prepare(content, size, network)
    generator = torch.Generator().manual_seed(settings.seed)
    noise = torch.randn(1, 3, size[1], size[0], generator=generator) * 25.5 + 127.5
    return noise.clamp_(0, 255).to(network.device, network.pixel_dtype)


def scaled(last: tuple[int, int], edge: int) -> tuple[int, int]:
    """The final size brought to another long edge; never less than a pixel."""
    factor = edge / max(last)
    return max(1, round(last[0] * factor)), max(1, round(last[1] * factor))


def optimiser(network: Network, settings: Settings) -> Optimiser:
    """Rates are in grey levels, or free of the image's size, so that one serves all."""
    rate = settings.learning_rate
    if settings.optimizer == "sgd":
        return SGD(rate if rate is not None else SGD_RATE, per_pixel=True, total=settings.total)
    if settings.optimizer == "adam":
        return Adam(rate if rate is not None else ADAM_RATE, total=settings.total)
    first = {} if rate is None else {"first": rate}
    group, narrow = settings.group, network.dtype == torch.bfloat16
    return LBFGS(
        settings.history or HISTORY,
        dtype=settings.history_dtype,
        total=group.total,
        as_one=group.as_one,
        **first,
        **({"rounding": NARROW_ROUNDING} if narrow else {}),
    )


def prepare(picture: Picture, size: tuple[int, int], network: Network) -> torch.Tensor:
    """The picture's pixels at this size, where and as the network computes."""
    return resize(picture.pixels, size).to(network.device, network.pixel_dtype)


def terms(
    network: Network, content: torch.Tensor, style: torch.Tensor, settings: Settings, means: Means = WHOLE
) -> list[Term]:
    """Content, style and smoothness, each relative to its own target."""
    wanted = targets(network, content, style, settings, means)
    found = [
        Term(f"content {layer}", layer, Content(wanted.content[layer], settings.total), weight)
        for layer, weight in shares_of(settings.content_layers).items()
    ]
    factor = STYLE_WEIGHT * settings.style_factor / USUAL_FACTOR
    for layer, weight in shares_of(settings.style_layers).items():
        here, there = wanted.positions[layer]
        target, source = wanted.style[layer] / there, settings.source(layer)
        loss = Gram(target, here) if source == layer else MappedGram(target, here, network.matrix(layer))
        found.append(Term(f"style {layer}", source, loss, factor * weight))
    if settings.smoothness:
        found.append(Term("smoothness", IMAGE, Variation(content), settings.smoothness))
    return found
