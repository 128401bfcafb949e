"""Recipe `original`: the Torch7 program of 2015 (kaishengtai/neuralart), number by number, including its quirks.

Its numbers are its interface: `--style-factor 2e9` means what it meant there. It has one scale, Torch7's own resizing,
Gram matrices as plain sums, half of the style's true gradient, and three evaluations per L-BFGS iteration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from neuralart.image import torch7
from neuralart.image.picture import Picture
from neuralart.image.sizes import fit
from neuralart.losses.choices import STYLE_LOSSES
from neuralart.losses.content import ContentTorch7
from neuralart.losses.gram import GramTorch7
from neuralart.losses.variation import VariationTorch7
from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Network
from neuralart.networks.precision import NO_FLOAT64
from neuralart.objective.objective import Term
from neuralart.objective.topology import Topology
from neuralart.optim.adam import Adam
from neuralart.optim.optimiser import Optimiser
from neuralart.optim.sgd import SGD
from neuralart.optim.torch7 import STEPS, LBFGSTorch7
from neuralart.options import Options
from neuralart.recipes.first import normal
from neuralart.recipes.recipe import History, Shape, Size, content_layers, style_factor, style_layers
from neuralart.run.schedule import Scale, Schedule
from neuralart.together import long_edge

# The original's rates, in its own units, for its networks; others get that of VGG-19, whose gradients are as large.
SGD_RATES, SGD_RATE = {"inception": 5e-2}, 1e-3
ADAM_RATE = 10.0  # grey levels per iteration; the original had no Adam, this is neural-style's default


class Original:
    """The recipe `original`; see the module and `Recipe`."""

    name = "original"
    history = 100
    frames: str | None = "frames"
    # As in the original's image.save, which cut off fractions.
    jpeg: Mapping[str, Any] = {"quality": 75, "rounding": "truncate"}
    enlarges_styles = True
    shrinks_styles = False  # it resized from the file's own pixels
    # It ignored alpha and so used hidden colours; the tests compare with its numbers.
    fills = False
    narrow = False

    def tolerance(self, options: Options) -> float:
        """Return 0: the original always painted all iterations."""
        return 0.0

    def terms(self, options: Options, network: Network) -> list[Term]:
        """Return the original's terms; GoogLeNet's gradients are rescaled, those of VGG-19 only on request."""
        architecture = network.architecture
        styles, contents = style_layers(options, architecture), content_layers(options, architecture)
        network.check([*styles, *contents])
        rescaled = options.normalize_gradients or architecture.name == "inception"
        result = [
            Term(f"content {layer}", layer, ContentTorch7(rescaled=rescaled), weight)
            for layer, weight in contents.items()
        ]
        factor = style_factor(options, STYLE_LOSSES["gram"])
        result += [
            Term(f"style {layer}", layer, GramTorch7(rescaled=rescaled), factor * weight)
            for layer, weight in styles.items()
        ]
        if options.smoothness:
            result.append(Term("smoothness", IMAGE, VariationTorch7(options.smoothness_power), options.smoothness))
        return result

    def schedule(self, options: Options, content: Size, styles: Sequence[Shape], smallest: int) -> Schedule:
        """Return one scale, at the final size."""
        return (Scale(fit(*content, long_edge(options)), options.num_iters),)

    def evaluations(self, options: Options) -> int:
        """Return three for L-BFGS, else one."""
        return STEPS if options.optimizer == "lbfgs" else 1

    def pixels(self, picture: Picture, size: Size, network: Network) -> torch.Tensor:
        """Return the picture at this size, rounded like the original's float32 pixels."""
        return self.placed(torch7.preprocess(picture, size), network)

    def placed(self, pixels: torch.Tensor, network: Network) -> torch.Tensor:
        """Return the pixels, rounded like the original's float32 pixels."""
        return as_the_network_sees(pixels, network)

    def noise(self, seed: int, size: Size, network: Network) -> torch.Tensor:
        """Return N(0.5, 0.1^2) for every pixel, clamped to 0..1, on the 0..1 scale."""
        return self.placed(normal(seed, size).mul_(0.1).add_(0.5).clamp_(0, 1) * 255, network)

    def optimiser(self, options: Options, network: Network, memory: History, topology: Topology) -> Optimiser:
        """Return Torch7's L-BFGS or SGD, or the usual Adam."""
        rate, all_reduce = options.learning_rate, topology.group.all_reduce
        if options.optimizer == "sgd":
            usual = SGD_RATES.get(network.architecture.name, SGD_RATE)
            return SGD(rate if rate is not None else usual, all_reduce=all_reduce)
        if options.optimizer == "adam":
            return Adam(rate if rate is not None else ADAM_RATE, all_reduce=all_reduce)
        return LBFGSTorch7(memory.pairs or self.history, rate if rate is not None else 1.0, memory.dtype, all_reduce)


def as_the_network_sees(pixels: torch.Tensor, network: Network) -> torch.Tensor:
    """Return pixels that equal the original's float32 numbers once the mean is subtracted.

    They are kept in float64, although the network computes in float32: the original's first step is so small (its
    absolute values sum to 1) that rounding on the scale 0..255, coarser than around the mean, would change the run.
    """
    mean = torch.tensor(network.architecture.mean).view(1, 3, 1, 1)
    # Apple's GPUs have no float64; there the first step is rounded more coarsely.
    dtype = torch.float32 if network.device.type in NO_FLOAT64 else torch.float64
    return ((pixels.float() - mean).to(dtype) + mean).to(network.device)
