"""Runs style-transfer-pytorch from its checkout at one scale, and notes when every iteration ended.

    PYTHON drive_style_transfer_pytorch.py CHECKOUT RESULT --threads 2 --warm 2 --content a.png --style b.png
        --size 512 --iterations 10 --weights FILE

Two things are not as in its own command line. torchvision's weights are not at hand, so that the network is filled from
FILE (a state dict; what it lacks stays random), which changes no cost; and pooling is average, as with the others.
RESULT is a file for `torch.load`: seconds, when each iteration ended (one evaluation each, with Adam); peak and
peak_evaluating, bytes: of the process from its start, and from iteration `--warm` on.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import torch

import peak
import torchvision_here


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("checkout", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warm", type=int, default=2)
    parser.add_argument("--content", type=Path, required=True)
    parser.add_argument("--style", type=Path, required=True)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--weights", type=Path, required=True)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torchvision_here.prepare()
    sys.path.insert(0, str(given.checkout))

    from PIL import Image
    from style_transfer import style_transfer
    from torchvision import models

    make = models.vgg19

    def from_file(weights: object = None) -> torch.nn.Module:
        network = make(weights=None, init_weights=False)
        network.load_state_dict(torch.load(given.weights), strict=False)
        return network

    style_transfer.models.vgg19 = from_file
    seconds, highest = [], 0

    def ended(iteration: object) -> None:
        nonlocal highest
        seconds.append(time.perf_counter())
        if len(seconds) == given.warm:
            highest = peak.peak()
            peak.begin()

    program = style_transfer.StyleTransfer(pooling="average")
    pictures = Image.open(given.content).convert("RGB"), [Image.open(given.style).convert("RGB")]
    sizes = {"min_scale": given.size, "end_scale": given.size}
    program.stylize(*pictures, **sizes, initial_iterations=given.iterations, callback=ended)
    evaluating = peak.peak()
    found = {"seconds": [second - seconds[0] for second in seconds], "torch": str(torch.__version__)}
    torch.save(found | {"peak": max(highest, evaluating), "peak_evaluating": evaluating}, given.result)


if __name__ == "__main__":
    main()
