"""pystiche: a library by Philip Meier, with a small command."""

from __future__ import annotations

from collections.abc import Sequence

from neuralart.cli.peers.convert import devices, file, first, layers, same, weight, words
from neuralart.cli.peers.neural_style import LAYERS, WEIGHTS
from neuralart.cli.peers.peer import Convert, Given, Peer, Row, Said

EDGE = "there it is the short edge, here the long one: for a photograph of 3 to 2, give 750 for 500"
STARTS = {"content": "image", "random": "random"}
MODELS: dict[str, str | None] = {name: name for name in ("vgg19", "vgg16", "vgg13", "vgg11")}
MODELS |= {f"{name}_bn": None for name in MODELS} | {"alexnet": None}
NOT_HERE = {
    name: f"there is no {name} here; a PyTorch module can be the network in Python"
    for name, here in MODELS.items()
    if not here
}


def loss(ours: str, known: dict[str, str], notes: dict[str, str] | None = None) -> Convert:
    """Return the converter for the name of a loss, which may be written with hyphens and in any case."""
    convert = words(ours, known, notes)

    def plain(values: Sequence[str], given: Given) -> Said:
        return convert([values[0].lower().replace("-", "").replace("_", "")], given)

    return Convert(convert.ours, plain)


PEER = Peer(
    name="pystiche",
    home="pystiche/pystiche",
    programs=("pystiche",),
    rows=(
        Row(
            "content_image",
            file("content"),
            beside="a file; pystiche's demo pictures are not here",
            sample="photo.jpg",
        ),
        Row(
            "style_image",
            file("style"),
            beside="a file, or the name of a bundled painting",
            sample="painting.jpg",
        ),
        Row(
            "--output-image",
            file("output"),
            "pystiche_TIME.jpg",
            beside="left out, it is CONTENT-STYLE.png",
            short="-o",
            sample="out.png",
        ),
        Row("--num-steps", same("num_iters"), "500", short="-n", sample="300"),
        Row("--device", devices(), "a GPU if there is one", short="-d", sample="cpu"),
        Row("--starting-point", first(STARTS), "content", short="-s", sample="random"),
        Row(
            "--multi-layer-encoder",
            words("model", MODELS, NOT_HERE),
            "vgg19",
            spelled=True,
            short="--mle",
            sample="vgg16",
        ),
        Row(
            "--content-loss",
            loss("content_loss", {"featurereconstruction": "features"}),
            "FeatureReconstruction",
            short="--cl",
            sample="feature-reconstruction",
        ),
        Row(
            "--content-layers",
            layers("content_layers"),
            "relu4_2",
            short="--cla",
            sample="relu3_2",
        ),
        Row("--content-size", same("size"), "500", EDGE, short="--cs", sample="600"),
        Row("--content-weight", weight(1.0, of_content=True), "1", WEIGHTS, short="--cw", sample="2"),
        Row(
            "--style-loss",
            loss("style_loss", {"gram": "gram", "mrf": "neighbours"}, {"mrf": "ours compares features, not patches"}),
            "Gram",
            spelled=True,
            short="--sl",
            sample="MRF",
        ),
        Row(
            "--style-layers",
            layers("style_layers"),
            LAYERS,
            short="--sla",
            sample="relu1_1,relu2_1",
        ),
        Row("--style-size", same("style_size"), "500", EDGE, short="--ss", sample="400"),
        Row("--style-weight", weight(1000.0), "1000", WEIGHTS, short="--sw", sample="500"),
        Row(
            "--verbose",
            None,
            "",
            "neuralart estimate tells network, sizes and memory beforehand",
            short="-v",
            words=0,
        ),
    ),
    settings={"pooling": "max"},
    remark="pystiche is a Python library first: a program of your own that imports it is written anew; see"
    " neuralart.stylize, and docs/own_loss.md for losses. This program paints from coarse to fine; --scales 1 paints"
    " at one size",
    sample="pystiche photo.jpg painting.jpg -o out.png -n 300 --style-weight 2000",
)
