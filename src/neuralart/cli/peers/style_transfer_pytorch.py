"""style-transfer-pytorch by Katherine Crowson."""

from __future__ import annotations

import math
from collections.abc import Sequence

from neuralart.cli.peers.convert import devices, file, files, number, same, scaled, weight, words
from neuralart.cli.peers.peer import Convert, Given, Peer, Row, Said
from neuralart.errors import OptionError

LEVELS = 255  # there, pixels lie between 0 and 1
DEFAULT = {"min-scale": "128", "end-scale": "512", "iterations": "500", "initial-iterations": "1000"}


def edges(given: Given) -> list[int]:
    """Return the long edges of the sizes that it paints at, each about 1.4 times the next smaller."""
    last = int(_number(given, "end-scale"))
    least = min(max(1, int(_number(given, "min-scale"))), last)
    result: set[int] = set()
    while (edge := round(last / 2 ** (len(result) / 2))) >= least and edge not in result:
        result.add(edge)
    return sorted(result)


def iterations(values: Sequence[str], given: Given) -> Said:
    """Return the sum over all sizes: ours is a sum, too."""
    later = (len(edges(given)) - 1) * _number(given, "iterations")
    return Said({"num_iters": f"{_number(given, 'initial-iterations') + later:.0f}"})


def scales(values: Sequence[str], given: Given) -> Said:
    """Return how many sizes there are from the smallest to the largest if each is twice the next smaller."""
    sizes = edges(given)
    return Said({"scales": str(1 + round(math.log2(sizes[-1] / sizes[0])))})


def size(values: Sequence[str], given: Given) -> Said:
    """Return the size; a plus sign there makes it larger for photographs that are far from square."""
    is_more = values[0].endswith("+")
    note = "the plus sign has no counterpart: give the long edge that you want" if is_more else ""
    return Said({"size": values[0].rstrip("+")}, note=note)


def _number(given: Given, name: str) -> float:
    result = number(given.get(name, [DEFAULT[name]])[0].rstrip("+"))
    if result < 1:
        raise OptionError(f"--{name} must be at least 1")
    return result


START = {"content": "image", "gray": "grey", "uniform": "random", "normal": "random", "style_stats": "random"}
SUM = "ours is the sum over all sizes"

PEER = Peer(
    name="style-transfer-pytorch",
    home="crowsonkb/style-transfer-pytorch",
    programs=("style_transfer",),
    rows=(
        Row("content", file("content"), sample="photo.jpg"),
        Row("styles", files("style"), words="+", sample="painting.jpg"),
        Row("--output", file("output"), "out.png", spelled=True, short="-o", sample="result.png"),
        Row(
            "--style-weights",
            Convert(("style_weights",), lambda values, given: Said({"style_weights": list(values)})),
            "all equal",
            short="-sw",
            words="+",
            sample="3",
        ),
        Row("--devices", devices(None, "cpu"), "a GPU if there is one", words="+", sample="cpu"),
        Row(
            "--random-seed",
            same("seed"),
            "0",
            "the same number gives other noise here",
            short="-r",
            sample="7",
        ),
        Row(
            "--content-weight",
            weight(0.015, of_content=True),
            "0.015",
            "only the ratio of style to content counts, and --style-factor 2e9 stands for the default there",
            short="-cw",
            sample="0.03",
        ),
        Row(
            "--tv-weight",
            None,
            "2",
            "its numbers mean something else; try --smoothness 0.1",
            short="-tw",
            sample="5",
        ),
        Row(
            "--optimizer",
            words("optimizer", {"adam": "adam", "lbfgs": "lbfgs"}),
            "adam",
            spelled=True,
            sample="lbfgs",
        ),
        Row(
            "--min-scale",
            Convert(("scales",), scales),
            "128",
            "ours counts sizes, each twice the next",
            short="-ms",
            sample="256",
        ),
        Row("--end-scale", Convert(("size",), size), "512", spelled=True, short="-s", sample="1024"),
        Row("--iterations", Convert(("num_iters",), iterations), "500", SUM, spelled=True, short="-i", sample="200"),
        Row("--initial-iterations", Convert(("num_iters",), iterations), "1000", SUM, short="-ii", sample="300"),
        Row("--save-every", None, "50", "--output-dir FOLDER writes frames as the picture emerges", sample="10"),
        Row(
            "--step-size",
            scaled("learning_rate", LEVELS),
            "0.02",
            "ours counts grey levels, 0 to 255",
            spelled=True,
            short="-ss",
            sample="0.04",
            needs=("optimizer", "adam"),
        ),
        Row("--avg-decay", None, "0.99", "pictures are not averaged here", short="-ad", sample="0.9"),
        Row(
            "--init",
            words("init", START, {"style_stats": "noise has the photograph's place, but not the style's colours here"}),
            "content",
            "noise has the spread of the Torch7 program here",
            sample="gray",
        ),
        Row("--style-scale-fac", same("style_scale"), "1", "here it may enlarge a style", sample="0.5"),
        Row(
            "--style-size",
            same("style_size"),
            "",
            "here at the finished size, and in proportion at smaller ones; there the same at all sizes",
            sample="400",
        ),
        Row(
            "--pooling",
            words("pooling", {"max": "max", "average": "average", "l2": "l2"}),
            "max",
            spelled=True,
            sample="average",
        ),
        Row(
            "--proof",
            None,
            "",
            "every picture's own profile is respected here; no proof is simulated",
            sample="a.icc",
        ),
        Row(
            "--web",
            Convert(("display",), lambda values, given: Said({"display": "browser"})),
            about="only this machine can open the page",
            words=0,
        ),
        Row("--host", None, "0.0.0.0", "only this machine can open the page; see neuralart app", sample="127.0.0.1"),
        Row(
            "--port",
            same("display_port"),
            "8080",
            beside="a free one by default here",
            sample="8081",
        ),
        Row("--browser", None, "", "--display browser shows the painting on a page", words="?", sample="firefox"),
    ),
    settings={"style_loss": "gaussian", "model": "vgg"},
    remark="its style loss is --style-loss gaussian; its network is torchvision's VGG-19, ours is Oxford's unless"
    " --weights names torchvision's file; its fixed weights of layers, 256 to 1, fit its own numbers only",
    sample="style_transfer photo.jpg painting.jpg -o out.png -s 1024 --style-scale-fac 0.5",
)
