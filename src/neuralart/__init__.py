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
    from neuralart.networks.network import Network as Network
    from neuralart.networks.normalise import normalise as normalise
    from neuralart.networks.provide import provide as provide
    from neuralart.options import Options as Options
    from neuralart.run.step import Step as Step

# Where each public name lives. They are looked up when first used, so that `import neuralart.options` and `--help` do
# not wait for torch.
_HOMES = {
    "NeuralartError": "neuralart.errors",
    "Network": "neuralart.networks.network",
    "Options": "neuralart.options",
    "Picture": "neuralart.image.picture",
    "Step": "neuralart.run.step",
    "iterate": "neuralart.api",
    "normalise": "neuralart.networks.normalise",
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
