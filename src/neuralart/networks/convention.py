"""The pixels that a file of VGG weights expects: in Caffe's convention, which we use, or in torchvision's.

Caffe's (Oxford's own): BGR, 0..255, minus the mean colour. torchvision's: RGB, 0..1, minus its mean, over its standard
deviation. No file says which one it follows. Oxford's VGG-19 is recognised by its first layer, however it was rescaled,
and the networks that torchvision retrained by the digest of the file.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

import torch

from neuralart.errors import OptionError, WeightsError
from neuralart.networks.graph import Graph
from neuralart.networks.vgg import VGGS

log = logging.getLogger(__name__)

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # RGB; torchvision's documentation of its models
FIRST = "conv1_1"
# The beginning of the SHA-256 of torchvision's files, from their names; two networks have two files.
DIGESTS = ("dcbb9e9d", "397923af", "19584684", "c768596a", "8a719046", "bbd30ac9")
NAMES = ("features.0.weight",)  # torchvision's name of the first layer, also used by others with Oxford's weights

# The shares of blue, green and red in the squares of the first kernels of Oxford's VGG-19; rescaling a kernel does not
# change them.
OXFORD = (
    (0.249, 0.419, 0.332),
    (0.555, 0.090, 0.354),
    (0.198, 0.540, 0.262),
    (0.241, 0.412, 0.347),
    (0.249, 0.404, 0.347),
    (0.554, 0.405, 0.041),
    (0.230, 0.406, 0.363),
    (0.238, 0.404, 0.358),
)
NEAR = 0.005

Weights = Mapping[str, torch.Tensor]


def as_expected(
    architecture: Graph, weights: Weights, asked: str = "auto", digest: str = "", named: str = ""
) -> tuple[Graph, Weights]:
    """Adapt architecture and weights so that they compute what the weights were trained for, from sRGB, 0..255.

    Args:
        architecture: The network's architecture.
        weights: The weights of the file.
        asked: "caffe", "torchvision", or "auto" to recognise the convention.
        digest: The SHA-256 of the file.
        named: The file's name of the first kernel.

    Raises:
        OptionError: If a convention is given, but the network is not a VGG.
        WeightsError: If the convention cannot be recognised.
    """
    kernel = weights.get(f"{FIRST}.weight")
    if architecture.name not in {one.name for one in VGGS} or kernel is None or kernel.shape[1] != 3:
        if asked != "auto":
            raise OptionError(
                f"--weights-convention is for weights of a VGG network, but these are of {architecture.name}"
            )
        return architecture, weights
    convention = _recognised(kernel, digest, named) if asked == "auto" else asked
    if convention == "caffe":
        return architecture, weights
    if asked == "auto":
        log.info("weights: recognised torchvision's convention (RGB, 0..1, mean and standard deviation)")
    # (x / 255 - mean) / deviation = (x - 255 mean) / (255 deviation): the divisor goes into the first kernel. The mean
    # is subtracted before padding, as in torchvision, so that the border agrees, too.
    divisor = 255 * torch.tensor(DEVIATION, dtype=torch.float64).view(1, 3, 1, 1)
    scaled = (kernel.double() / divisor).to(kernel.dtype)
    red, green, blue = (255 * mean for mean in MEAN)
    theirs = replace(architecture, order="RGB", mean=(red, green, blue))
    return theirs, {**weights, f"{FIRST}.weight": scaled}


def _recognised(kernel: torch.Tensor, digest: str, named: str) -> str:
    if digest.startswith(DIGESTS):
        return "torchvision"
    if _is_oxfords(kernel):
        return "caffe"
    # Oxford's weights in torchvision's convention: colours reversed, and each kernel times the deviation.
    if _is_oxfords((kernel.double() / torch.tensor(DEVIATION, dtype=torch.float64).view(1, 3, 1, 1)).flip(1)):
        return "torchvision"
    if named in NAMES:
        raise WeightsError(
            "has torchvision's names for its layers, but its first layer is not Oxford's; say which pixels it expects:"
            " --weights-convention torchvision (RGB, 0..1) or caffe (BGR, 0..255)"
        )
    return "caffe"


def _is_oxfords(kernel: torch.Tensor) -> bool:
    count = len(OXFORD)
    if kernel.shape[0] < count:
        return False
    squares = kernel[:count].double().square().sum((2, 3))
    shares = squares / squares.sum(1, keepdim=True).clamp(min=1e-30)
    return bool((shares - torch.tensor(OXFORD, dtype=torch.float64)).abs().max() < NEAR)
