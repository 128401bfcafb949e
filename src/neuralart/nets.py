"""The options that say which network compares, and how; part of `Options`. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from neuralart.declare import option
from neuralart.facts import Text
from neuralart.networks import NETWORKS
from neuralart.networks.graph import PADDINGS


@dataclass(frozen=True, kw_only=True)
class Nets:
    """Which network compares, and how; part of `Options`."""

    model: str = option(
        "auto",
        "Network",
        "vgg: VGG-19, best pictures; inception: GoogLeNet; compact: ships with the program, fast; auto: vgg where its"
        " weights are at hand or can be fetched, else compact",
        choices=("auto", *NETWORKS),
        network=True,
    )
    weights: str | None = option(
        None,
        "Network",
        "weights from this file: Torch7, Caffe, ONNX, Keras HDF5, safetensors or a PyTorch state dict",
        unset="fetched once and kept, see 'neuralart models'",
        shown="FILE",
        text=Text.INPUT,
        network=True,
    )
    normalise: str = option(
        "auto",
        "Network",
        "rescale filters to mean activation 1 over photographs; auto: VGG weights that are not yet so",
        choices=("auto", "yes", "no"),
        network=True,
    )
    pooling: str = option(
        "average",
        "Network",
        "how the network pools; l2, the root of the mean of squares, lies between average and max",
        choices=("average", "max", "l2"),
        network=True,
    )
    padding: str = option(
        "zeros",
        "Network",
        "what the network sees beyond a picture's edges: nothing, the picture mirrored, its edge repeated, or its other"
        " side",
        choices=PADDINGS,
        network=True,
    )
    weights_convention: str = option(
        "auto",
        "Network",
        "pixels that a file of VGG weights expects: BGR, 0..255, or RGB, 0..1; auto: told by the weights themselves",
        choices=("auto", "caffe", "torchvision"),
        network=True,
        owners=True,
    )
