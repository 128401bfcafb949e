"""Recipe `original`: the Torch7 program of 2015 (kaishengtai/neuralart), number by number, its quirks included.

Its numbers are its interface: `--style-factor 2e9` means what it meant there. One scale; Torch7's own resizing; Gram
matrices as plain sums; half of the style's true gradient; three evaluations in every L-BFGS iteration.
"""

from __future__ import annotations

from functools import partial

import torch

from neuralart.image import torch7
from neuralart.image.picture import Picture
from neuralart.image.sizes import fit
from neuralart.losses.content import ContentTorch7
from neuralart.losses.gram import GramTorch7, gram
from neuralart.losses.variation import VariationTorch7
from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Network
from neuralart.objective.objective import Objective, Term
from neuralart.objective.resilient import WHOLE, Means, Resilient
from neuralart.optim.adam import Adam
from neuralart.optim.optimiser import Optimiser
from neuralart.optim.sgd import SGD
from neuralart.optim.torch7 import LBFGSTorch7
from neuralart.recipes.recipe import Settings, evaluate, shares_of, targets
from neuralart.run.stages import Stage

# The original's rates, in its own units. It knew no `compact`, whose gradients are as large as VGG-19's.
SGD_RATES = {"vgg": 1e-3, "inception": 5e-2, "compact": 1e-3}
ADAM_RATE = 10.0  # grey levels per iteration; the original had no Adam, this is neural-style's default
HISTORY = 100


def stages(content: Picture, style: Picture, network: Network, settings: Settings) -> list[Stage]:
    """One stage, at the final size."""
    width, height = fit(content.width, content.height, settings.size)

    def make(means: Means) -> Objective:
        with settings.group.together():
            photograph = prepare(content, settings.size, network)
            painting = prepare(style, max(width, height), network)
        found = terms(network, photograph, painting, settings, means)
        return evaluate(network, found, settings, (width, height), means)

    objective = lambda: Resilient(make, settings.means((width, height)), (width, height))
    return [Stage((width, height), settings.num_iters, enter=lambda image: image, objective=objective)]


def start(content: Picture, network: Network, settings: Settings, size: tuple[int, int]) -> torch.Tensor:
    """The content itself, or for every pixel N(0.5, 0.1^2) clamped to 0..1, on the 0..1 scale."""
    if settings.init == "image":
        return prepare(content, settings.size, network)
    width, height = size
    generator = torch.Generator().manual_seed(settings.seed)
    noise = torch.randn(1, 3, height, width, generator=generator).mul_(0.1).add_(0.5).clamp_(0, 1)
    return as_the_network_sees(noise * 255, network)


def optimiser(network: Network, settings: Settings) -> Optimiser:
    """Torch7's L-BFGS and SGD; Adam as everywhere."""
    rate = settings.learning_rate
    if settings.optimizer == "sgd":
        return SGD(rate if rate is not None else SGD_RATES[network.architecture.name], total=settings.total)
    if settings.optimizer == "adam":
        return Adam(rate if rate is not None else ADAM_RATE, total=settings.total)
    length = rate if rate is not None else 1.0
    return LBFGSTorch7(settings.history or HISTORY, length, settings.history_dtype, settings.total)


def prepare(picture: Picture, long_edge: int, network: Network) -> torch.Tensor:
    """The picture at its size, rounded as the original's float32 pixels were."""
    return as_the_network_sees(torch7.preprocess(picture, long_edge), network)


def as_the_network_sees(pixels: torch.Tensor, network: Network) -> torch.Tensor:
    """Pixels that, once the mean is subtracted, are the float32 numbers that the original optimised.

    They are carried in float64, though the network computes in float32: the original's first step is so small (its
    absolute values sum to 1) that rounding it on the scale 0..255, coarser than around the mean, would change the run.
    """
    mean = torch.tensor(network.architecture.mean).view(1, 3, 1, 1)
    # Apple's GPUs have no float64; there the first step is rounded more coarsely.
    dtype = torch.float32 if network.device.type == "mps" else torch.float64
    return ((pixels.float() - mean).to(dtype) + mean).to(network.device)


def terms(
    network: Network, content: torch.Tensor, style: torch.Tensor, settings: Settings, means: Means = WHOLE
) -> list[Term]:
    """The original's terms; GoogLeNet's gradients are rescaled, VGG-19's are not."""
    wanted = targets(network, content, style, settings, means, partial(gram, plain=True))
    rescaled = network.architecture.name == "inception"
    found = [
        Term(
            f"content {layer}",
            layer,
            ContentTorch7(wanted.content[layer], rescaled=rescaled, total=settings.total),
            weight,
        )
        for layer, weight in shares_of(settings.content_layers).items()
    ]
    for layer, weight in shares_of(settings.style_layers).items():
        loss = GramTorch7(wanted.style[layer], wanted.positions[layer][0], rescaled=rescaled)
        found.append(Term(f"style {layer}", layer, loss, settings.style_factor * weight))
    if settings.smoothness:
        found.append(Term("smoothness", IMAGE, VariationTorch7(), settings.smoothness))
    return found
