"""Settings and pictures for the tests of recipes."""

from __future__ import annotations

import torch

from neuralart.image.picture import Picture
from neuralart.recipes.recipe import Settings

from ..networks.tiny import image


def settings(**changes) -> Settings:
    """The command line's defaults in small, for the network CHAIN."""
    usual = {
        "size": 40,
        "num_iters": 20,
        "style_factor": 2e9,
        "smoothness": 0.0,
        "style_layers": {"conv1": 1.0, "conv2": 1.0},
        "content_layers": {"conv3": 1.0},
        "init": "image",
        "seed": 0,
        "optimizer": "lbfgs",
    }
    return Settings(**(usual | changes))


def picture(width: int, height: int, seed: int = 0) -> Picture:
    return Picture(image(height, width, seed, torch.float32))
