"""Every option, declared once.

The command line, the Python keywords, the record kept in every picture and the reference page are all read from this
declaration. Importing it imports no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import Any

from neuralart.errors import OptionError, suggest
from neuralart.networks import NETWORKS
from neuralart.together import check_together
from neuralart.values import Facts as Facts
from neuralart.values import check_all
from neuralart.values import checked as checked
from neuralart.values import flag as flag
from neuralart.values import layer_weights as layer_weights

GROUPS = {
    "Pictures": "what is painted, and where it goes",
    "Look": "what the painting should be like",
    "Network": "the eyes that compare",
    "Optimisation": "how the pixels are moved",
    "Machine": "where and how it is computed",
    "Reports": "what is told along the way",
}


def option(default: Any, group: str, help: str, kind: type = str, **facts: Any) -> Any:
    """A dataclass field that carries its declaration."""
    return field(default=default, metadata={"facts": Facts(help=help, group=group, kind=kind, **facts)})


@dataclass(frozen=True, kw_only=True)
class Options:
    """All choices of one run. Raises OptionError for a value that makes no sense."""

    content: str | None = option(None, "Pictures", "the photograph to repaint", shown="PHOTO")
    style: str | None = option(None, "Pictures", "the painting whose style it gets", shown="PAINTING")
    output: str | None = option(
        None,
        "Pictures",
        "the picture to write: .png, .jpg, .tif, .webp or .avif",
        unset="CONTENT-STYLE.png in the working directory, never over an existing file",
        shown="FILE",
    )
    output_dir: str | None = option(
        None,
        "Pictures",
        "folder for frames: 0000.jpg, then one after iterations 1 to 20 and every fifth, and the last",
        unset="'frames' in recipe original, else no frames",
        shown="FOLDER",
    )
    bits: int = option(
        8, "Pictures", "bits per channel of the picture written; 16 in PNG and TIFF", int, choices=("8", "16")
    )
    quality: int | None = option(
        None, "Pictures", "JPEG, WebP or AVIF quality", int, least=1, most=100, unset="95, lossless and 90"
    )
    pyramid: bool = option(
        False, "Pictures", "write a tiled TIFF that holds smaller copies of itself, for viewers of huge pictures", bool
    )
    size: int = option(
        500, "Pictures", "long edge of the picture in pixels; 0 for the content's own", int, least=0, most=200_000
    )
    init: str = option(
        "image", "Pictures", "begin with the photograph or with random pixels", choices=("image", "random")
    )
    seed: int = option(0, "Pictures", "seed of the random pixels", int, least=0, most=2**53)
    format: str | None = option(
        None,
        "Pictures",
        "format of the picture written, whatever its name",
        choices=("png", "jpg", "tif", "webp", "avif"),
        unset="what the name's suffix says; png for --output -",
    )
    background: str = option(
        "white", "Pictures", "ground of transparent pictures in JPEG and films: a name or #rrggbb", shown="COLOUR"
    )
    max_megapixels: float | None = option(
        None,
        "Pictures",
        "pictures that claim to be larger are refused before they are decoded",
        float,
        least=1,
        most=100_000,
        unset="250, or 4 times the square of --size where that is more",
    )
    accept_damaged: bool = option(
        False, "Pictures", "take what can be read of a damaged picture, the rest being blank", bool
    )
    strip: bool = option(
        False, "Pictures", "do not keep the photograph's copyright, author, date and resolution in the output", bool
    )
    keep_gps: bool = option(False, "Pictures", "keep in the output where the photograph was taken", bool)
    overwrite: bool = option(False, "Pictures", "let again and resume write over files that are there", bool)

    recipe: str = option(
        "balanced",
        "Look",
        "balanced: alike at every size, from coarse to fine; original: the Torch7 program's numbers, one scale",
        choices=("balanced", "original"),
    )
    style_factor: float = option(2e9, "Look", "how much style against content", float, least=0)
    smoothness: float = option(0.0, "Look", "weight against differences of neighbouring pixels", float, least=0)
    style_layers: str | None = option(
        None,
        "Look",
        "layers that see the style, separated by commas, each with an optional weight: conv1_1:2,conv2_1",
        unset="the network's own, equal weights",
        shown="LAYERS",
    )
    content_layers: str | None = option(
        None, "Look", "layers that see the content, as above", unset="the network's own, equal weights", shown="LAYERS"
    )
    scales: int | None = option(
        None,
        "Look",
        "how many sizes to paint at, each half the next",
        int,
        least=1,
        most=16,
        unset="from 128 pixels up in steps of about 2; 1 in recipe original",
    )

    model: str = option(
        "auto",
        "Network",
        "vgg: VGG-19, best pictures; inception: GoogLeNet; compact: ships with the program, fast; auto: vgg where its"
        " weights are at hand or can be fetched, else compact",
        choices=("auto", *NETWORKS),
    )
    weights: str | None = option(
        None,
        "Network",
        "weights from this file: Torch7, Caffe, ONNX, Keras HDF5, safetensors or a PyTorch state dict",
        unset="fetched once and kept, see 'neuralart models'",
        shown="FILE",
    )
    normalise: str = option(
        "auto",
        "Network",
        "rescale filters to mean activation 1 over photographs; auto: VGG weights that are not yet so",
        choices=("auto", "yes", "no"),
    )
    pooling: str = option("average", "Network", "how the network pools", choices=("average", "max"))
    weights_convention: str = option(
        "auto",
        "Network",
        "pixels that a file of VGG weights expects: BGR, 0..255, or RGB, 0..1; auto: told by the weights themselves",
        choices=("auto", "caffe", "torchvision"),
    )

    num_iters: int = option(500, "Optimisation", "iterations, over all scales", int, least=1, most=10_000_000)
    tolerance: float = option(
        0.0,
        "Optimisation",
        "a scale ends early once ten iterations lower the total by less than this share of it, as 0.01; 0: never",
        float,
        least=0,
        most=1,
    )
    optimizer: str = option(
        "lbfgs", "Optimisation", "lbfgs: best; adam, sgd: less memory", choices=("lbfgs", "sgd", "adam")
    )
    history: int | None = option(
        None, "Optimisation", "steps that lbfgs remembers", int, least=1, most=1000, unset="20; 100 in recipe original"
    )
    learning_rate: float | None = option(
        None,
        "Optimisation",
        "step size: adam and lbfgs's first step in grey levels; original's lbfgs: length of every step; sgd: factor on"
        " the gradient",
        float,
        above=0,
        unset="what suits optimizer, recipe and model",
    )

    device: str = option(
        "auto",
        "Machine",
        "cpu, cuda, cuda:1, mps, or several: cuda:0,cuda:1; auto: a GPU where there is one",
        shown="DEVICE",
    )
    cpu: bool = option(False, "Machine", "compute on the CPU, as --device cpu", bool)
    backend: str | None = option(
        None,
        "Machine",
        "on CUDA, cudnn and cunn switch cuDNN on and off; no effect elsewhere",
        choices=("cunn", "cudnn"),
        unset="cuDNN where there is CUDA",
    )
    precision: str = option(
        "auto",
        "Machine",
        "of the network; pixels, sums and losses never have less than float32; auto: bfloat16 where the processor or"
        " GPU has it, float32 elsewhere and with --recipe original; the smallest of several scales is never in"
        " bfloat16",
        choices=("auto", "float32", "float64", "bfloat16"),
    )
    memory: str | None = option(
        None,
        "Machine",
        "memory that the run may take, such as 4GB or 800MB: of the process, or of the GPU",
        unset="what the machine or the GPU can spare",
        shown="SIZE",
    )
    tile: int | None = option(
        None,
        "Machine",
        "look at the picture in tiles of at most so many pixels along an edge; the result is the same",
        int,
        least=64,
        most=65536,
        unset="whole where the memory suffices, else the largest tiles that fit",
    )

    display: str = option(
        "auto",
        "Reports",
        "show the painting while it emerges: in a window, on a local page or in the terminal; auto: inline in a"
        " notebook, a window on a desktop, else in a terminal with 24-bit colours",
        choices=("auto", "window", "browser", "terminal", "off"),
    )
    display_interval: int = option(
        20,
        "Reports",
        "iterations between pictures shown, more where showing would take time from the painting; 0: none",
        int,
        least=0,
    )
    display_port: int | None = option(
        None,
        "Reports",
        "port of the local page that shows the painting; means --display browser",
        int,
        least=1,
        most=65535,
        unset="one that is free",
    )
    log: str | None = option(
        None, "Reports", "write one JSON line per iteration to this file", unset="no log", shown="FILE"
    )
    plot: str | None = option(
        None,
        "Reports",
        "draw every term and the total over the iterations: .svg, .png or .pdf",
        unset="no plot",
        shown="FILE",
    )
    animation: str | None = option(
        None,
        "Reports",
        "film the painting as it emerges: .gif, .webp, .mp4 or .webm",
        unset="no film",
        shown="FILE",
    )
    animation_size: int | None = option(
        None,
        "Reports",
        "long edge of the film in pixels",
        int,
        least=16,
        most=3840,
        unset="480, or the picture's if that is less; a GIF shrinks until it has less than 5 MB",
    )
    animation_seconds: float = option(
        8.0,
        "Reports",
        "length of the film, as much changing in every second; the finished picture stands for 2 seconds more",
        float,
        least=0.5,
        most=600,
    )
    checkpoint: str | None = option(
        None,
        "Reports",
        "keep in this file what it takes to go on, should the run be ended early: neuralart resume FILE; removed when"
        " the picture is written",
        unset="none",
        shown="FILE",
    )
    checkpoint_interval: int = option(
        50, "Reports", "iterations between checkpoints; there is one after every scale, too", int, least=1
    )
    sheet: str | None = option(
        None, "Reports", "put content, style and result side by side, labelled", unset="no sheet", shown="FILE"
    )
    quiet: bool = option(False, "Reports", "say nothing but errors", bool)

    def __post_init__(self) -> None:
        check_all(self)
        check_together(self)

    def record(self) -> dict[str, Any]:
        """All values, as plain data."""
        return asdict(self)


def declared(kind: type = Options) -> dict[str, tuple[Facts, Any]]:
    """Every option by its Python name, with its facts and its default; or those of another dataclass of options."""
    found = {}
    for one in fields(kind):
        default = None if one.default is MISSING else one.default
        found[one.name] = (one.metadata["facts"], default)
    return found


def from_mapping(values: Mapping[str, Any]) -> Options:
    """Options from names and values. Raises OptionError for an unknown name, suggesting the nearest."""
    known = declared()
    for name in values:
        if name not in known:
            raise OptionError(f"there is no option '{name}'{suggest(name, known)}")
    return Options(**values)
