"""neural-style by Justin Johnson, for Torch7."""

from __future__ import annotations

from neuralart.cli.peers.convert import devices, file, files, layers, same, seed, switch, weight, weights, words
from neuralart.cli.peers.peer import Peer, Row

WEIGHTS = "only the ratio of style to content counts, and --style-factor 2e9 stands for the default ratio there"
TV = "its effect depends on the picture's size there; try --smoothness 0.1"
STYLES = "examples/inputs/seated-nude.jpg"
CONTENT = "examples/inputs/tubingen.jpg"
CAFFE = "models/VGG_ILSVRC_19_layers.caffemodel"
RANDOM = "random is grey with a trace of noise there; --init random is strong noise here"
NOISE = "the same number gives other noise here"
LAYERS = "relu1_1,relu2_1,relu3_1,relu4_1,relu5_1"


# The rows of both neural-style programs.
SHARED = (
    Row("-content_image", file("content"), CONTENT, spelled=True, sample="photo.jpg"),
    Row("-style_blend_weights", same("style_weights"), "nil", sample="1"),
    Row("-output_image", file("output"), "out.png", spelled=True, sample="result.png"),
    Row("-image_size", same("size"), "512", spelled=True, sample="800"),
    Row("-num_iterations", same("num_iters"), "1000", spelled=True, sample="300"),
    Row("-content_weight", weight(5.0, of_content=True), "5", WEIGHTS, sample="10"),
    Row("-style_weight", weight(100.0), "100", WEIGHTS, sample="1000"),
    Row(
        "-normalize_gradients",
        switch("normalize_gradients"),
        about="here it does not change the balance of style and content",
        words=0,
    ),
    Row(
        "-init",
        words("init", {"random": "grey", "image": "image"}, {"random": RANDOM}),
        "random",
        beside=RANDOM,
        spelled=True,
        sample="image",
    ),
    Row("-init_image", file("init"), sample="first.png", needs=("init", "image")),
    Row("-optimizer", words("optimizer", {"lbfgs": None, "adam": "adam"}), "lbfgs", sample="adam"),
    Row(
        "-style_scale",
        same("style_scale"),
        "1",
        beside="left out, a style smaller than the picture is not enlarged here",
        sample="0.5",
    ),
    Row("-original_colors", words("colors", {"0": None, "1": "content"}), "0", sample="1"),
    Row(
        "-pooling",
        words("pooling", {"max": "max", "avg": "average"}),
        "max",
        spelled=True,
        sample="avg",
    ),
    Row("-content_layers", layers("content_layers"), "relu4_2", sample="relu3_2"),
    Row("-style_layers", layers("style_layers"), LAYERS, sample="relu1_1,relu2_1"),
    Row(
        "-seed",
        seed(),
        "-1",
        NOISE,
        beside="left out, it is 0 here: the same picture every time",
        sample="7",
    ),
    Row("-print_iter", None, "50", "a bar shows the progress; --log FILE writes every iteration", sample="10"),
    Row("-save_iter", None, "100", "--output-dir FOLDER writes frames as the picture emerges", sample="50"),
    Row("-cudnn_autotune", None, "", "there is nothing to tune here", words=0),
)
HISTORY = Row("-lbfgs_num_correction", same("history"), "100", beside="20 by default here", sample="30")


def styles(beside: str) -> Row:
    """Return the row of the styles' pictures. beside: What the page says of several."""
    convert = files("style", ",")
    return Row("-style_image", convert, STYLES, beside=beside, spelled=True, sample="a.jpg,b.jpg")


def rate(default: str) -> Row:
    """Return the row of Adam's learning rate."""
    convert, adam = same("learning_rate"), ("optimizer", "adam")
    return Row("-learning_rate", convert, default, spelled=True, sample="4", needs=adam)


PEER = Peer(
    name="neural-style",
    home="jcjohnson/neural-style",
    programs=("neural_style.lua",),
    rows=(
        styles("names have spaces between them here, so commas may be part of a name"),
        *SHARED,
        Row("-tv_weight", None, "0.001", TV, sample="0.01"),
        rate("10"),
        HISTORY,
        Row("-gpu", devices(), "0", sample="-1"),
        Row("-multigpu_strategy", None, "", "devices share a picture in tiles here, by themselves", sample="3,6,12"),
        Row(
            "-proto_file",
            None,
            "models/VGG_ILSVRC_19_layers_deploy.prototxt",
            "not needed here",
            sample="a.prototxt",
        ),
        Row("-model_file", weights(CAFFE), CAFFE, spelled=True, sample="my/vgg16.caffemodel"),
        Row(
            "-backend",
            words("backend", {"nn": "cunn", "cudnn": "cudnn", "clnn": None}, {"clnn": "OpenCL is not used here"}),
            "nn",
            sample="cudnn",
        ),
    ),
    settings={"style_loss": "gram"},
    remark="this program paints from coarse to fine; --scales 1 paints at one size, as neural-style does",
    sample="th neural_style.lua -style_image starry.jpg -content_image eiffel.jpg -style_weight 200 -gpu -1",
)
