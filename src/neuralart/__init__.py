"""neuralart: neural style transfer by optimisation.

import neuralart

picture = neuralart.stylize("photo.jpg", "painting.jpg", size=512)
picture.save("out.png")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuralart.api import iterate as iterate
    from neuralart.api import prepare as prepare
    from neuralart.api import stylize as stylize
    from neuralart.errors import NeuralartError as NeuralartError
    from neuralart.image.picture import Picture as Picture
    from neuralart.image.read import read as read
    from neuralart.jobs.run import batch as batch
    from neuralart.losses.content import Content as Content
    from neuralart.losses.gram import Gram as Gram
    from neuralart.losses.loss import Loss as Loss
    from neuralart.losses.variation import Variation as Variation
    from neuralart.networks.network import Network as Network
    from neuralart.networks.normalise import normalise as normalise
    from neuralart.networks.provide import provide as provide
    from neuralart.objective.objective import Term as Term
    from neuralart.optim.adam import Adam as Adam
    from neuralart.optim.lbfgs import LBFGS as LBFGS
    from neuralart.optim.sgd import SGD as SGD
    from neuralart.options import Options as Options
    from neuralart.recipes.style import Style as Style
    from neuralart.run.loop import paint as paint
    from neuralart.run.step import Step as Step

# Where each public name is defined. Names are imported on first use, so that `import neuralart.options` and `--help` do
# not wait for torch.
_HOMES = {
    "Adam": "neuralart.optim.adam",
    "Content": "neuralart.losses.content",
    "Gram": "neuralart.losses.gram",
    "LBFGS": "neuralart.optim.lbfgs",
    "Loss": "neuralart.losses.loss",
    "NeuralartError": "neuralart.errors",
    "Network": "neuralart.networks.network",
    "Options": "neuralart.options",
    "Picture": "neuralart.image.picture",
    "SGD": "neuralart.optim.sgd",
    "Step": "neuralart.run.step",
    "Style": "neuralart.recipes.style",
    "Term": "neuralart.objective.objective",
    "Variation": "neuralart.losses.variation",
    "batch": "neuralart.jobs.run",
    "iterate": "neuralart.api",
    "normalise": "neuralart.networks.normalise",
    "paint": "neuralart.run.loop",
    "prepare": "neuralart.api",
    "provide": "neuralart.networks.provide",
    "read": "neuralart.image.read",
    "stylize": "neuralart.api",
}

__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> object:
    if name == "__version__":
        return import_module("neuralart.version").VERSION
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'neuralart' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
