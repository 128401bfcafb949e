"""neural-style-pt by ProGamerGov: neural-style for PyTorch."""

from __future__ import annotations

from neuralart.cli.peers.convert import devices, weights, words
from neuralart.cli.peers.neural_style import HISTORY, SHARED, TV, rate, styles
from neuralart.cli.peers.peer import Peer, Row

PTH = "models/vgg19-d01eb7cb.pth"

PEER = Peer(
    name="neural-style-pt",
    home="ProGamerGov/neural-style-pt",
    programs=("neural_style.py", "neural-style"),
    rows=(
        styles("names have spaces between them here; for a folder of styles, write FOLDER/*"),
        *SHARED,
        Row("-tv_weight", None, "0.001", f"{TV} --smoothness-power 1", sample="0.01"),
        rate("1"),
        HISTORY,
        Row("-normalize_weights", None, "", "always so here: every term is relative to its target", words=0),
        Row("-gpu", devices(cpu="c"), "0", sample="c"),
        Row(
            "-multidevice_strategy",
            None,
            "4,7,29",
            "devices share a picture in tiles here, by themselves",
            sample="3,6",
        ),
        Row("-model_file", weights(PTH), PTH, spelled=True, sample="models/vgg16-00b39a1b.pth"),
        Row("-disable_check", None, "", "weights are always checked here", words=0),
        Row(
            "-backend",
            words(
                "backend",
                {
                    "nn": "cunn",
                    "cudnn": "cudnn",
                    "mkl": None,
                    "openmp": None,
                    "mkl,cudnn": "cudnn",
                    "cudnn,mkl": "cudnn",
                },
            ),
            "nn",
            beside="PyTorch uses MKL and OpenMP by itself",
            sample="cudnn",
        ),
    ),
    settings={"style_loss": "gram"},
    remark="this program paints from coarse to fine; --scales 1 paints at one size, as neural-style-pt does",
    sample="python neural_style.py -style_image starry.jpg -content_image eiffel.jpg -init image -style_scale 0.5",
)
