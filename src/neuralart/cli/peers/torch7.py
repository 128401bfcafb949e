"""neuralart for Torch7, the program that this one succeeds."""

from __future__ import annotations

from neuralart.cli.peers.convert import file, same, switch
from neuralart.cli.peers.peer import Peer, Row

ROWS = (
    Row("--content", file("content"), sample="photo.jpg"),
    Row("--style", file("style"), sample="painting.jpg"),
    Row("--model", same("model"), "vgg", spelled=True, sample="inception"),
    Row("--style_factor", same("style_factor"), "2e9", sample="1e9"),
    Row("--num_iters", same("num_iters"), "500", sample="100"),
    Row("--size", same("size"), "500", sample="800"),
    Row("--display_interval", same("display_interval"), "20", sample="5"),
    Row("--smoothness", same("smoothness"), "0", sample="0.001"),
    Row("--init", same("init"), "image", sample="random"),
    Row("--backend", same("backend"), "cunn", sample="cudnn"),
    Row("--optimizer", same("optimizer"), "lbfgs", sample="sgd"),
    Row("--cpu", switch("cpu"), words=0, beside="works with inception, too"),
    Row("--output_dir", file("output_dir"), "frames", sample="out"),
)

PEER = Peer(
    name="neuralart for Torch7",
    home="kaishengtai/neuralart",
    programs=("main.lua",),
    rows=ROWS,
    settings={"recipe": "original"},
    remark="--recipe original computes what that program computed, number by number; without it, the painting goes"
    " from coarse to fine and looks alike at every --size",
    sample="qlua main.lua --style starry.jpg --content eiffel.jpg --size 600 --num_iters 250",
)
