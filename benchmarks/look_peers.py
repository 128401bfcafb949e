"""neural-style-pt and style-transfer-pytorch as contenders of look.py, from their checkouts, in the same process.

Both get the trunk of `compact` in place of VGG-19: convolutions, ReLUs and average poolings in the same order, so their
own layers (relu1_1 to relu5_1, relu4_2) are there by their own names. Their usual weights of style and content suit the
loudness of VGG-19; the command line gives others, one for all pairs. neural-style-pt needs a style weight of about 1e6
(its own 100 leaves the photograph as it was); style-transfer-pytorch's own weights will do. All else is as their users
get it, except for the time: they stop at the first iteration that ends after it.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import torch
from torch import nn

import torchvision_here
from drive_neural_style_pt import MEAN as NSPT_MEAN
from neuralart.networks.compact import COMPACT, WIDTHS
from neuralart.networks.provide import COMPACT_FILE
from neuralart.weights.read import read

torchvision_here.prepare()

STP_MEAN, STP_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # what it makes of 0..1


class EnoughError(Exception):
    """The time is over."""


def trunk(offset: torch.Tensor, scale: torch.Tensor, order: tuple[int, ...]) -> nn.Sequential:
    """compact's convolutions for an input y in this order of channels, where scale y + offset is sRGB, 0..255."""
    weights, layers, channels, block = read(COMPACT_FILE, COMPACT.kernels()), [], 3, "1"
    for name, width in WIDTHS.items():
        if name[4] != block:
            layers.append(nn.AvgPool2d(2))
            block = name[4]
        conv = nn.Conv2d(channels, width, 3, padding=1)
        weight, bias = weights[f"{name}.weight"].float(), weights[f"{name}.bias"].float()
        if channels == 3:
            bias = bias + (weight.sum((2, 3)) * (offset - torch.tensor(COMPACT.mean))).sum(1)
            weight = (weight * scale.view(1, 3, 1, 1))[:, list(order)]
        conv.weight, conv.bias = nn.Parameter(weight), nn.Parameter(bias)
        layers += [conv, nn.ReLU(inplace=False)]
        channels = width
    return nn.Sequential(*layers)


class NeuralStylePt:
    """neural-style-pt, begun with the photograph, average pooling."""

    def __init__(self, checkout: Path, style_weight: float) -> None:
        sys.path.insert(0, str(checkout))
        before, sys.argv = sys.argv, ["neural_style.py", "-gpu", "c"]  # it reads its options when it is imported
        import CaffeLoader
        import neural_style

        sys.argv, self.module = before, neural_style
        mean = torch.tensor(NSPT_MEAN)
        network = trunk(mean, torch.ones(3), (2, 1, 0))
        neural_style.loadCaffemodel = lambda *given: (network, CaffeLoader.vgg19_dict)
        options = {"style_weight": style_weight, "init": "image", "pooling": "avg", "seed": 0}
        vars(neural_style.params).update(options | {"num_iterations": 100_000, "save_iter": 0, "print_iter": 0})

    def paint(self, content: Path, style: Path, size: int, seconds: float) -> tuple[torch.Tensor, int]:
        """(picture [1, 3, H, W], 0..255; evaluations) after so many seconds of the processor."""
        found: list[torch.Tensor] = []
        ends = time.process_time() + seconds
        optimiser, evaluations = torch.optim.LBFGS, 0

        class Watched(optimiser):
            def step(self, closure):
                def evaluate():
                    nonlocal evaluations
                    evaluations += 1
                    found[:] = [self.param_groups[0]["params"][0].detach().clone()]
                    if time.process_time() > ends:
                        raise EnoughError
                    return closure()

                return super().step(evaluate)

        torch.optim.LBFGS = Watched
        vars(self.module.params).update(content_image=str(content), style_image=str(style), image_size=size)
        try:
            with contextlib.suppress(EnoughError), contextlib.redirect_stdout(io.StringIO()):
                self.module.main()
        finally:
            torch.optim.LBFGS = optimiser
        return found[0].flip(1) + torch.tensor(NSPT_MEAN).view(1, 3, 1, 1), evaluations - 1


class StyleTransferPytorch:
    """style-transfer-pytorch, at one scale."""

    def __init__(self, checkout: Path, content_weight: float) -> None:
        sys.path.insert(0, str(checkout))
        from style_transfer import style_transfer

        network = trunk(255 * torch.tensor(STP_MEAN), 255 * torch.tensor(STP_DEVIATION), (0, 1, 2))
        style_transfer.models.vgg19 = lambda **given: SimpleNamespace(features=network)
        self.content_weight = content_weight
        self.program = style_transfer.StyleTransfer()

    def paint(self, content: Path, style: Path, size: int, seconds: float) -> tuple[torch.Tensor, int]:
        """The same."""
        from PIL import Image

        ends, iterations = time.process_time() + seconds, 0

        def ended(iteration: object) -> None:
            nonlocal iterations
            iterations += 1
            if time.process_time() > ends:
                raise EnoughError

        pictures = Image.open(content).convert("RGB"), [Image.open(style).convert("RGB")]
        scales = {"min_scale": size, "end_scale": size, "initial_iterations": 100_000}
        with contextlib.suppress(EnoughError), contextlib.redirect_stdout(io.StringIO()):
            self.program.stylize(*pictures, content_weight=self.content_weight, callback=ended, **scales)
        return 255 * self.program.get_image_tensor()[None], iterations
