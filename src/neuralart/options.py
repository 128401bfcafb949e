"""Every option, declared once.

The command line, the Python keywords, the record kept in every picture and the reference page are all read from this
declaration. Importing it imports no torch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from typing import Any

from neuralart.errors import OptionError, suggest
from neuralart.networks import NETWORKS

GROUPS = {
    "Pictures": "what is painted, and where it goes",
    "Look": "what the painting should be like",
    "Network": "the eyes that compare",
    "Optimisation": "how the pixels are moved",
    "Machine": "where and how it is computed",
    "Reports": "what is told along the way",
}


@dataclass(frozen=True)
class Facts:
    """What is declared of an option besides its name and default.

    kind: str, int, float or bool. least, most: inclusive bounds; above: an exclusive one. unset: what None means, for
    the help. shown: how the value is called in the help.
    """

    help: str
    group: str
    kind: type
    choices: tuple[str, ...] | None = None
    least: float | None = None
    above: float | None = None
    most: float | None = None
    unset: str = ""
    shown: str = ""


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
    size: int = option(
        500, "Pictures", "long edge of the picture in pixels; 0 for the content's own", int, least=0, most=200_000
    )
    init: str = option(
        "image", "Pictures", "begin with the photograph or with random pixels", choices=("image", "random")
    )
    seed: int = option(0, "Pictures", "seed of the random pixels", int, least=0, most=2**53)

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

    num_iters: int = option(500, "Optimisation", "iterations, over all scales", int, least=1, most=10_000_000)
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

    device: str = option("auto", "Machine", "cpu, cuda, cuda:1, mps; auto: a GPU where there is one", shown="DEVICE")
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
        "of the network; pixels, sums and losses never have less than float32; auto: float32",
        choices=("auto", "float32", "float64", "bfloat16"),
    )

    display_interval: int = option(
        20,
        "Reports",
        "iterations between pictures shown in a terminal with colours; 0: none",
        int,
        least=0,
    )
    log: str | None = option(
        None, "Reports", "write one JSON line per iteration to this file", unset="no log", shown="FILE"
    )
    quiet: bool = option(False, "Reports", "say nothing but errors", bool)

    def __post_init__(self) -> None:
        for declared in fields(self):
            object.__setattr__(self, declared.name, checked(declared, getattr(self, declared.name)))
        if self.cpu and self.device not in ("auto", "cpu"):
            raise OptionError(f"--cpu and --device {self.device} contradict each other; give one of them")
        if self.bits == 16 and self.output is not None:
            suffix = self.output.rsplit(".", 1)[-1].lower()
            if suffix in ("jpg", "jpeg", "webp", "avif"):
                raise OptionError(f"--bits 16 needs a PNG or TIFF, and --output is '{self.output}'")
        if self.recipe == "original" and self.scales not in (None, 1):
            raise OptionError("recipe 'original' has one scale; leave --scales out, or take --recipe balanced")

    def record(self) -> dict[str, Any]:
        """All values, as plain data."""
        return asdict(self)


def declared() -> dict[str, tuple[Facts, Any]]:
    """Every option by its Python name, with its facts and its default."""
    found = {}
    for one in fields(Options):
        default = None if one.default is MISSING else one.default
        found[one.name] = (one.metadata["facts"], default)
    return found


def flag(name: str) -> str:
    """The option's name on the command line: --style-factor."""
    return "--" + name.replace("_", "-")


def from_mapping(values: Mapping[str, Any]) -> Options:
    """Options from names and values. Raises OptionError for an unknown name, suggesting the nearest."""
    known = declared()
    for name in values:
        if name not in known:
            raise OptionError(f"there is no option '{name}'{suggest(name, known)}")
    return Options(**values)


def checked(declaration: Field[Any], value: Any) -> Any:
    """The value in the option's own type, within its bounds; text is read as on the command line."""
    facts: Facts = declaration.metadata["facts"]
    name = flag(declaration.name)
    if value is None:
        if declaration.default is None:
            return None
        raise OptionError(f"{name} needs a value (default: {declaration.default})")
    value = _typed(name, facts, value)
    if facts.choices and str(value) not in facts.choices:
        raise OptionError(
            f"{name} is '{value}', which is none of {', '.join(facts.choices)}"
            f"{suggest(str(value).lower(), facts.choices)}"
        )
    if facts.kind in (int, float):
        _bounded(name, facts, value)
    return value


def _typed(name: str, facts: Facts, value: Any) -> Any:
    if facts.kind is bool:
        if isinstance(value, bool):
            return value
        raise OptionError(f"{name} is either given or not, it is not '{value}'")
    if facts.kind is str:
        text = str(value)
        if not text:
            raise OptionError(f"{name} is empty; leave it out or give a value")
        return text
    wanted = "a whole number" if facts.kind is int else "a number"
    try:
        if facts.kind is int and isinstance(value, int | str) and not isinstance(value, bool):
            with suppress(ValueError):
                return int(value)  # exactly, where a float would round it
        number = float(value)
        if isinstance(value, bool) or not math.isfinite(number) or (facts.kind is int and number != int(number)):
            raise ValueError
        return facts.kind(number)
    except (TypeError, ValueError, OverflowError):
        raise OptionError(f"{name} is '{value}'; it must be {wanted}") from None


def _bounded(name: str, facts: Facts, value: float) -> None:
    if facts.least is not None and value < facts.least:
        raise OptionError(f"{name} is {value}; it must be at least {facts.least:g}")
    if facts.above is not None and value <= facts.above:
        raise OptionError(f"{name} is {value}; it must be more than {facts.above:g}")
    if facts.most is not None and value > facts.most:
        raise OptionError(f"{name} is {value}; it must be at most {facts.most:g}")


def layer_weights(name: str, text: str) -> dict[str, float]:
    """Layers and weights as `--style-layers` and `--content-layers` take them.

    >>> layer_weights("--style-layers", "conv1_1:2, conv2_1")
    {'conv1_1': 2.0, 'conv2_1': 1.0}
    """
    found: dict[str, float] = {}
    for part in text.replace(",", " ").split():
        layer, _, weight = part.partition(":")
        try:
            number = float(weight) if weight else 1.0
        except ValueError:
            number = math.nan
        if not layer or not (number > 0 and math.isfinite(number)):
            raise OptionError(f"{name} has '{part}'; write a layer, or layer:weight with a weight above 0")
        if layer in found:
            raise OptionError(f"{name} names layer '{layer}' twice")
        found[layer] = number
    if not found:
        raise OptionError(f"{name} names no layer")
    if not math.isfinite(sum(found.values())):
        raise OptionError(f"{name} has weights whose sum is not a number; only their ratios count, give smaller ones")
    return found
