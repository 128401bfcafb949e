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

    size: int | str | tuple[int, int]
    """long edge of the picture in pixels; 0 for the content's own; width and height, as 2048x1024, of a texture
    (default: 500)
    """

    init: Literal["image", "style", "grey", "random", "pink"] | str | os.PathLike[str]
    """begin with the photograph (image), the style, grey, noise (random; pink is smoother), a picture's file, or a
    mixture: image:0.3 is 0.3 of it and random noise, image:0.3:pink pink noise (default: image)
    """

    seed: int
    """seed of the noise to begin with (default: 0)"""

    max_megapixels: float | None
    """pictures that claim to be larger are refused before they are decoded (default: 250, or 4 times the square of
    size where that is more)
    """

    accept_damaged: bool
    """take what can be read of a damaged picture, the rest being blank (default: False)"""

    keep_gps: bool
    """keep in the output where the photograph was taken (default: False)"""

    colors: Literal["style", "content", "match"]
    """whose colours the picture has. style: the painting's; content: the photograph's, only lightness is painted;
    match: the painting's, brought to the photograph's before (default: style)
    """

    color_strength: float
    """how far colors content or match goes; 0: as colors style (default: 1)"""

    preset: Literal["balanced", "faithful", "bold", "texture", "painterly", "original"] | None
    """a named set of options, see 'neuralart presets'; options that are given go before what it sets (default: none;
    as balanced)
    """

    strength: float
    """style against the photograph, in even steps: 0 is a trace of style, 1 hardly more than style; every 0.1 doubles
    style_factor (default: 0.5)
    """

    recipe: Literal["balanced", "original"]
    """balanced: alike at every size, from coarse to fine; original: the Torch7 program's numbers, one scale (default:
    balanced)
    """

    style_loss: Literal["gram", "gaussian", "sliced", "neighbours"]
    """how styles are compared: gram: matrices of products, textures; gaussian: means and covariances; sliced: whole
    distributions; neighbours: every feature with the nearest one of the style, shapes too (default: gram)
    """

    content_loss: Literal["features", "similarity", "laplacian"]
    """what is kept of the photograph: features, place by place; similarity: which places look alike, so that shapes
    stay and colours may go; not in tiles; laplacian: features, and the edges of the pixels (default: features)
    """

    style_factor: float
    """how much style against content (default: 2e+09)"""

    smoothness: float
    """weight against differences of neighbouring pixels (default: 0)"""

    smoothness_power: float
    """power of those differences: 2 is against noise, 1 (total variation) spares edges (default: 2)"""

    normalize_gradients: bool
    """let every layer pull as strongly near its target as far from it, for content and style (default: False)"""

    style_weights: float | Sequence[float] | None
    """how much each of several styles counts, in their order: 3,1; a style of weight 0 is left out (default: all
    alike)
    """

    style_scale: float | Sequence[float] | None
    """size of the strokes: long edge of the style as a multiple of the picture's; several for several styles, or to
    mix scales of one style: 0.5,1; 0: as large as the picture, but never enlarged (default: 0)
    """

    style_size: int | Sequence[int] | None
    """the same in pixels: long edge of the style beside the finished picture (default: the picture's, but never
    enlarged)
    """

    style_layers: str | Sequence[str] | Mapping[str, float] | Sequence[str | Sequence[str] | Mapping[str, float]] | None
    """layers that see the style, separated by commas, each with an optional weight: conv1_1:2,conv2_1; of several
    styles each may have a list of its own: conv1_1,conv2_1 conv4_1,conv5_1 (default: the network's own, equal
    weights)
    """

    content_layers: str | Sequence[str] | Mapping[str, float] | None
    """layers that see the content, one list as above (default: the network's own, equal weights)"""

    seamless: Literal["x", "y", "both"] | None
    """make a picture that tiles without a seam: side by side (x), one above the other (y), or both (default: it does
    not)
    """

    scales: int | None
    """how many sizes to paint at, each half the next (default: from 128 pixels up in steps of about 2; 1 in recipe
    original)
    """

    style_mask: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
    """where each style is painted: for each a picture of the photograph's shape, white there; none: everywhere
    (default: everywhere)
    """

    content_mask: str | os.PathLike[str] | None
    """regions of the photograph: a picture with a colour for each. From dark to light they get the styles in turn;
    with mask, what has the same colour there (default: one region)
    """

    mask: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
    """what counts of each style: for each a picture of its shape, white where it counts; none: all of it; with
    content_mask, regions by colours (default: all of it)
    """

    preserve: str | os.PathLike[str] | None
    """leave the photograph alone where this picture is white (default: nothing is left alone)"""

    content_weight_mask: str | os.PathLike[str] | None
    """how much the photograph counts, place by place: white fully, black not at all (default: everywhere alike)"""

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

    pooling: Literal["average", "max", "l2"]
    """how the network pools; l2, the root of the mean of squares, lies between average and max (default: average)"""

    padding: Literal["zeros", "reflect", "replicate", "circular"]
    """what the network sees beyond a picture's edges: nothing, the picture mirrored, its edge repeated, or its other
    side (default: zeros)
    """

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

    colours: Literal["style", "content", "match"]
    """The same as `colors`."""

    colour_strength: float
    """The same as `color_strength`."""
