"""The options for the network that compares pictures; part of `Options`. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from neuralart.declare import option
from neuralart.facts import Text
from neuralart.networks import CONVENTIONS, NETWORKS, RESCALED
from neuralart.networks.graph import PADDINGS


@dataclass(frozen=True, kw_only=True)
class Nets:
    """Which network compares the pictures, and how; part of `Options`."""

    model: str = option(
        "auto",
        "Network",
        "vgg: VGG-19, best pictures; inception: GoogLeNet; compact: bundled, fast; auto: vgg if its weights are here or"
        " can be downloaded, otherwise compact",
        choices=("auto", *NETWORKS),
        network=True,
    )
    weights: str | None = option(
        None,
        "Network",
        "read the weights from this file: Torch7, Caffe, ONNX, Keras HDF5, safetensors or a PyTorch state dict",
        unset="downloaded once and kept, see 'neuralart models'",
        shown="FILE",
        text=Text.INPUT,
        network=True,
    )
    normalise: str = option(
        "auto",
        "Network",
        "rescale filters to mean activation 1 over photographs; auto: only VGG weights that are not normalised yet",
        choices=RESCALED,
        network=True,
    )
    pooling: str = option(
        "average",
        "Network",
        "how the network pools; l2, the root mean square, lies between average and max",
        choices=("average", "max", "l2"),
        network=True,
    )
    padding: str = option(
        "zeros",
        "Network",
        "what the network sees beyond the edges of a picture: zeros, its mirror image, its edge pixels repeated, or its"
        " opposite side",
        choices=PADDINGS,
        network=True,
    )
    weights_convention: str = option(
        "auto",
        "Network",
        "pixels that a file of VGG weights expects: BGR, 0..255 (caffe), or RGB, 0..1 (torchvision); auto: recognised"
        " from the weights",
        choices=CONVENTIONS,
        network=True,
        owners=True,
    )
