"""The keywords of `neuralart.stylize` and `neuralart.iterate`, for editors and type checkers.

Written by `make docs` from the declaration in `neuralart.options`; a test holds this file against it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    import torch


class Keywords(TypedDict, total=False):
    """What to paint and how: `stylize("photo.jpg", "painting.jpg", size=512)`."""

    size: int
    """long edge of the picture in pixels; 0 for the content's own (default: 500)"""

    init: Literal["image", "random"]
    """begin with the photograph or with random pixels (default: image)"""

    seed: int
    """seed of the random pixels (default: 0)"""

    max_megapixels: float | None
    """pictures that claim to be larger are refused before they are decoded (default: 250, or 4 times the square of
    size where that is more)
    """

    accept_damaged: bool
    """take what can be read of a damaged picture, the rest being blank (default: False)"""

    keep_gps: bool
    """keep in the output where the photograph was taken (default: False)"""

    recipe: Literal["balanced", "original"]
    """balanced: alike at every size, from coarse to fine; original: the Torch7 program's numbers, one scale (default:
    balanced)
    """

    style_factor: float
    """how much style against content (default: 2e+09)"""

    smoothness: float
    """weight against differences of neighbouring pixels (default: 0)"""

    style_layers: str | Sequence[str] | Mapping[str, float] | None
    """layers that see the style, separated by commas, each with an optional weight: conv1_1:2,conv2_1 (default: the
    network's own, equal weights)
    """

    content_layers: str | Sequence[str] | Mapping[str, float] | None
    """layers that see the content, as above (default: the network's own, equal weights)"""

    scales: int | None
    """how many sizes to paint at, each half the next (default: from 128 pixels up in steps of about 2; 1 in recipe
    original)
    """

    model: Literal["auto", "vgg", "vgg19", "vgg16", "vgg13", "vgg11", "inception", "compact"]
    """vgg: VGG-19, best pictures; inception: GoogLeNet; compact: ships with the program, fast; auto: vgg where its
    weights are at hand or can be fetched, else compact (default: auto)
    """

    weights: str | os.PathLike[str] | None
    """weights from this file: Torch7, Caffe, ONNX, Keras HDF5, safetensors or a PyTorch state dict (default: fetched
    once and kept, see 'neuralart models')
    """

    normalise: Literal["auto", "yes", "no"]
    """rescale filters to mean activation 1 over photographs; auto: VGG weights that are not yet so (default: auto)"""

    pooling: Literal["average", "max"]
    """how the network pools (default: average)"""

    weights_convention: Literal["auto", "caffe", "torchvision"]
    """pixels that a file of VGG weights expects: BGR, 0..255, or RGB, 0..1; auto: told by the weights themselves
    (default: auto)
    """

    num_iters: int
    """iterations, over all scales (default: 500)"""

    tolerance: float
    """a scale ends early once ten iterations lower the total by less than this share of it, as 0.01; 0: never
    (default: 0)
    """

    optimizer: Literal["lbfgs", "sgd", "adam"]
    """lbfgs: best; adam, sgd: less memory (default: lbfgs)"""

    history: int | None
    """steps that lbfgs remembers (default: 20; 100 in recipe original)"""

    learning_rate: float | None
    """step size: adam and lbfgs's first step in grey levels; original's lbfgs: length of every step; sgd: factor on
    the gradient (default: what suits optimizer, recipe and model)
    """

    device: str | torch.device | Sequence[str | torch.device]
    """cpu, cuda, cuda:1, mps, or several: cuda:0,cuda:1; auto: a GPU where there is one (default: auto)"""

    cpu: bool
    """compute on the CPU, as device cpu (default: False)"""

    backend: Literal["cunn", "cudnn"] | None
    """on CUDA, cudnn and cunn switch cuDNN on and off; no effect elsewhere (default: cuDNN where there is CUDA)"""

    precision: Literal["auto", "float32", "float64", "bfloat16"] | torch.dtype
    """of the network; pixels, sums and losses never have less than float32; auto: bfloat16 where the processor or GPU
    has it, float32 elsewhere and with recipe original; the smallest of several scales is never in bfloat16
    (default: auto)
    """

    memory: str | float | None
    """memory that the run may take, such as 4GB or 800MB: of the process, or of the GPU (default: what the machine or
    the GPU can spare)
    """

    tile: int | None
    """look at the picture in tiles of at most so many pixels along an edge; the result is the same (default: whole
    where the memory suffices, else the largest tiles that fit)
    """

    display: Literal["auto", "window", "browser", "terminal", "off"]
    """show the painting while it emerges: in a window, on a local page or in the terminal; auto: inline in a notebook,
    a window on a desktop, else in a terminal with 24-bit colours (default: auto)
    """

    display_interval: int
    """iterations between pictures shown, more where showing would take time from the painting; 0: none (default: 20)"""

    display_port: int | None
    """port of the local page that shows the painting; means display browser (default: one that is free)"""
