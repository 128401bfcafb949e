"""What pixels a file of VGG weights expects: Caffe's convention, which ours is, or torchvision's.

Caffe's (Oxford's own): BGR, 0..255, minus the mean colour. torchvision's: RGB, 0..1, minus its mean, over its standard
deviation. No file says which it is. Oxford's VGG-19 is known by its first layer, however it was rescaled; the
networks that torchvision trained anew by the digest of the file.
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
# How the SHA-256 of torchvision's files begins, as their names say; of two networks there are two.
DIGESTS = ("dcbb9e9d", "397923af", "19584684", "c768596a", "8a719046", "bbd30ac9")
NAMES = ("features.0.weight",)  # torchvision's for the first layer; also of others, who kept Oxford's weights

# What share of its squares the first kernels of Oxford's VGG-19 have in blue, green and red; a rescaled kernel has
# the same.
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
    """Architecture and weights that together compute what the weights were trained to, from sRGB, 0..255.

    asked: "caffe", "torchvision", or "auto" to find out. digest: SHA-256 of the file. named: the file's name of the
    first kernel. Raises OptionError where a convention is asked for and the network is none of VGG's, WeightsError
    where it cannot be told.
    """
    kernel = weights.get(f"{FIRST}.weight")
    if architecture.name not in {one.name for one in VGGS} or kernel is None or kernel.shape[1] != 3:
        if asked != "auto":
            raise OptionError(
                f"--weights-convention is for weights of a VGG network, and these are of {architecture.name}"
            )
        return architecture, weights
    found = _recognised(kernel, digest, named) if asked == "auto" else asked
    if found == "caffe":
        return architecture, weights
    if asked == "auto":
        log.info("weights: in torchvision's convention (RGB, 0..1, mean and standard deviation); read as such")
    # (x / 255 - mean) / deviation = (x - 255 mean) / (255 deviation): the divisor goes into the first kernel. The mean
    # is subtracted before padding, as there, so that the border agrees, too.
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
    # As torchvision wants its pixels, the colours the other way round and each kernel times the deviation.
    if _is_oxfords((kernel.double() / torch.tensor(DEVIATION, dtype=torch.float64).view(1, 3, 1, 1)).flip(1)):
        return "torchvision"
    if named in NAMES:
        raise WeightsError(
            "has torchvision's names for its layers, and its first layer is not Oxford's; say what pixels it expects:"
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
