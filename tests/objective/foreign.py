"""Networks of a user's own, and terms for them."""

from __future__ import annotations

import functools

from neuralart.losses.content import Content
from neuralart.losses.gram import Gram
from neuralart.losses.variation import Variation
from neuralart.networks.graph import IMAGE
from neuralart.networks.network import Network
from neuralart.objective.objective import Term

from ..networks.modules import ResNet, seeded, vgg_like
from .own import Histogram, Squares

PIXELS = {"mean": (123.675, 116.28, 103.53), "scale": (58.395, 57.12, 57.375)}
LAYERS = {"stem": "relu", "fine": "layer1", "coarse": "layer2"}


@functools.cache
def foreign(kind: str) -> Network:
    """Read only: stride and reach of one network are found out once."""
    if kind == "vgg":
        return Network.of(seeded(vgg_like()), {"stem": "1", "fine": "4", "coarse": "7"}, **PIXELS)
    geometry = {"stem": (2, 3), "fine": (4, 13), "coarse": (8, 25)} if kind == "resnet, given" else None
    return Network.of(seeded(ResNet()), LAYERS, geometry=geometry, **PIXELS)


TERMS = [
    Term("content", "coarse", Content(), 0.7),
    Term("style fine", "fine", Gram(), 2.0),
    Term("style stem", "stem", Gram(), 0.5),
    Term("histogram", "stem", Histogram(), 1.5),
    Term("smoothness", IMAGE, Variation(), 0.2),
    Term("squares", IMAGE, Squares(), 0.3),
]
