"""The keywords of `neuralart.stylize` and `neuralart.iterate`, for editors and type checkers.

`make docs` writes this file from the declaration in `neuralart.options`; a test compares the two.
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
    """long edge of the picture in pixels; 0: as large as the content; for a texture also width and height, 2048x1024
    (default: 500)
    """

    init: Literal["image", "style", "grey", "random", "pink"] | str | os.PathLike[str]
    """start from the photograph (image), the style, grey, noise (random; pink is smoother), a picture file, or a
    mixture: image:0.3 is 0.3 of the photograph and the rest random noise, image:0.3:pink the same with pink noise
    (default: image)
    """

    seed: int
    """seed of the noise in the first image (default: 0)"""

    max_megapixels: float | None
    """refuse pictures that claim to be larger, before decoding them (default: 250, or 4 times the square of size if
    that is more)
    """

    accept_damaged: bool
    """use the readable part of a damaged picture and leave the rest blank (default: False)"""

    keep_gps: bool
    """keep the place where the photograph was taken in the output (default: False)"""

    colors: Literal["style", "content", "match"]
    """where the colours come from. style: the painting; content: the photograph, of which only the lightness is
    painted; match: the painting, after its colours are matched to the photograph's (default: style)
    """

    color_strength: float
    """how far colors content or match goes; 0: like colors style (default: 1)"""

    preset: Literal["balanced", "faithful", "bold", "texture", "painterly", "classic", "original"] | None
    """a named set of options, see 'neuralart presets'; an option that you give overrides it (default: none, the same
    as balanced)
    """

    strength: float
    """balance of style and photograph in even steps: 0 shows a trace of the style, 1 little else; it multiplies
    style_factor (default: 0.5)
    """

    recipe: Literal["balanced", "original"]
    """balanced: looks the same at every size, from coarse to fine; original: the Torch7 program's numbers, one scale
    (default: balanced)
    """

    style_loss: Literal["neighbours", "gram", "gaussian", "sliced"] | None
    """what is compared with the style: neighbours: every feature with the nearest one of the style, for shapes too;
    gram: Gram matrices, for textures; gaussian: means and covariances; sliced: whole distributions (default:
    neighbours; gram in recipe original)
    """

    content_loss: Literal["features", "similarity", "laplacian"]
    """what to keep of the photograph: features: the features at every place; similarity: which places look alike, so
    shapes stay and colours may change; not in tiles; laplacian: features, and the edges of the pixels (default:
    features)
    """

    style_factor: float
    """weight of the style relative to the content (default: 2e+09)"""

    smoothness: float
    """penalty on differences between neighbouring pixels (default: 0)"""

    smoothness_power: float
    """power of those differences: 2 suppresses noise, 1 (total variation) preserves edges (default: 2)"""

    normalize_gradients: bool
    """let every layer of content and style pull as strongly near its target as far from it (default: False)"""

    style_weights: float | Sequence[float] | None
    """weights of several styles, in order: 3,1; a style with weight 0 is left out (default: all equal)"""

    style_scale: float | Sequence[float] | None
    """size of the strokes: long edge of the style as a multiple of the picture's; one value per style, or several to
    mix scales of one style: 0.5,1; 0: as large as the picture, but never enlarged (default: 0)
    """

    style_size: int | Sequence[int] | None
    """size of the strokes in pixels: long edge of the style next to the finished picture; instead of style_scale
    (default: the picture's, but never enlarged)
    """

    style_layers: str | Sequence[str] | Mapping[str, float] | Sequence[str | Sequence[str] | Mapping[str, float]] | None
    """layers for the style, separated by commas, each with an optional weight: conv1_1:2,conv2_1; each of several
    styles may have its own list: conv1_1,conv2_1 conv4_1,conv5_1 (default: the network's own, equal weights)
    """

    content_layers: str | Sequence[str] | Mapping[str, float] | None
    """layers for the content, one list as above (default: the network's own, equal weights)"""

    seamless: Literal["x", "y", "both"] | None
    """make a picture whose copies join without a seam: side by side (x), one above the other (y), or both (default:
    not seamless)
    """

    scales: int | None
    """number of sizes to paint at, each half the next (default: from 128 pixels up, about doubling each time; 1 in
    recipe original)
    """

    style_mask: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
    """where each style is painted: one picture per style, of the photograph's shape, white there; none: everywhere
    (default: everywhere)
    """

    content_mask: str | os.PathLike[str] | None
    """regions of the photograph: a picture with one colour per region. From dark to light, the regions get the styles
    in turn; with mask, a region gets what has its colour there (default: one region)
    """

    mask: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
    """which parts of each style count: one picture per style, of its shape, white where it counts; none: all of it;
    with content_mask, regions by colour (default: all of it)
    """

    preserve: str | os.PathLike[str] | None
    """leave the photograph untouched where this picture is white (default: everything is painted)"""

    content_weight_mask: str | os.PathLike[str] | None
    """how much the photograph counts at each place: white fully, black not at all (default: the same everywhere)"""

    model: Literal["auto", "vgg", "vgg19", "vgg16", "vgg13", "vgg11", "inception", "compact"]
    """vgg: VGG-19, best pictures; inception: GoogLeNet; compact: bundled, fast; auto: vgg if its weights are here or
    can be downloaded, otherwise compact (default: auto)
    """

    weights: str | os.PathLike[str] | None
    """read the weights from this file: Torch7, Caffe, ONNX, Keras HDF5, safetensors or a PyTorch state dict (default:
    downloaded once and kept, see 'neuralart models')
    """

    normalise: Literal["auto", "yes", "no"]
    """rescale filters to mean activation 1 over photographs; auto: only VGG weights that are not normalised yet
    (default: auto)
    """

    pooling: Literal["average", "max", "l2"]
    """how the network pools; l2, the root mean square, lies between average and max (default: average)"""

    padding: Literal["zeros", "reflect", "replicate", "circular"]
    """what the network sees beyond the edges of a picture: zeros, its mirror image, its edge pixels repeated, or its
    opposite side (default: zeros)
    """

    weights_convention: Literal["auto", "caffe", "torchvision"]
    """pixels that a file of VGG weights expects: BGR, 0..255 (caffe), or RGB, 0..1 (torchvision); auto: recognised
    from the weights (default: auto)
    """

    num_iters: int
    """iterations, over all scales (default: 500)"""

    tolerance: float | None
    """end the last scale early once ten iterations lower the total by less than this share of it, such as 0.01, or a
    larger one if few iterations are left, and the scales before it at ten times as much; 0: never (default: 0.003
    with lbfgs and style loss neighbours in recipe balanced, 0.002 with gram, else 0)
    """

    optimizer: Literal["lbfgs", "sgd", "adam"]
    """lbfgs: best pictures; adam, sgd: less memory (default: lbfgs)"""

    history: int | None
    """steps that lbfgs remembers (default: 20; 100 in recipe original)"""

    learning_rate: float | None
    """step size: adam and the first step of lbfgs in grey levels; lbfgs in recipe original: length of every step; sgd:
    factor on the gradient (default: depends on optimizer, recipe and model)
    """

    device: str | torch.device | Sequence[str | torch.device]
    """cpu, cuda, cuda:1, mps, or several: cuda:0,cuda:1; auto: a GPU if there is one (default: auto)"""

    cpu: bool
    """compute on the CPU, like device cpu (default: False)"""

    backend: Literal["cunn", "cudnn"] | None
    """on CUDA, cudnn turns cuDNN on and cunn turns it off; no effect elsewhere (default: cuDNN on CUDA)"""

    precision: Literal["auto", "float32", "float64", "bfloat16"] | torch.dtype
    """precision of the network; pixels, sums and losses never have less than float32; auto: bfloat16 if the processor
    or GPU supports it, otherwise float32, and always float32 with recipe original; the smallest of several scales
    never uses bfloat16 (default: auto)
    """

    memory: str | float | None
    """memory that the run may use, of the process or of the GPU, such as 4GB or 800MB (default: what the machine or
    the GPU can spare)
    """

    tile: int | None
    """evaluate the picture in tiles with edges of at most this many pixels; the result is the same (default: whole if
    it fits into memory, otherwise the largest tiles that fit)
    """

    threads: int | None
    """threads that compute on the CPU, which decide the last bits of the picture; 0: as many as there are cores that
    nothing else uses when the painting begins (default: one for every core, or fewer if a container's quota allows
    fewer)
    """

    display: Literal["auto", "window", "browser", "terminal", "off"]
    """show the painting as it emerges: in a window, on a local page or in the terminal; auto: inline in a notebook, in
    a window on a desktop, otherwise in a terminal with 24-bit colours (default: auto)
    """

    display_interval: int
    """iterations between displayed pictures; more if showing them would slow the painting down; 0: show none (default:
    20)
    """

    display_port: int | None
    """port of the local page that shows the painting; implies display browser (default: a free one)"""

    colours: Literal["style", "content", "match"]
    """The same as `colors`."""

    colour_strength: float
    """The same as `color_strength`."""
