"""Options -> objects; one function per noun."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import torch

from neuralart.errors import OptionError, suggest
from neuralart.image.picture import Picture
from neuralart.image.sizes import fit
from neuralart.networks.graph import Architecture
from neuralart.networks.network import Network
from neuralart.networks.provide import Provision, provide
from neuralart.options import Options, layer_weights
from neuralart.recipes import RECIPES
from neuralart.recipes.recipe import Recipe, Settings
from neuralart.run.stages import Stage
from neuralart.weights.download import Progress

log = logging.getLogger(__name__)

PRECISIONS = {
    "auto": torch.float32,
    "float32": torch.float32,
    "float64": torch.float64,
    "bfloat16": torch.bfloat16,
}


DEVICES = ("auto", "cpu", "cuda", "mps", "xpu")


def recipe(options: Options) -> Recipe:
    """The recipe of this name."""
    return RECIPES[options.recipe]


def device(options: Options) -> torch.device:
    """Where to compute. Raises OptionError for a device that this machine, or this build of PyTorch, lacks."""
    name = "cpu" if options.cpu else options.device
    if name.partition(":")[0] not in DEVICES:
        near = suggest(name, DEVICES)
        raise OptionError(f"--device is '{name}', which is none of {', '.join(DEVICES)}{near or ', or cuda:1'}")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        found = torch.device(name)
        torch.empty(1, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise OptionError(f"--device is '{name}', which cannot be used here ({reason}); try --device cpu") from None
    if found.type == "mps" and options.precision == "float64":
        raise OptionError("--precision float64 is beyond Apple's GPUs; add --device cpu")
    _backend(options, found)
    return found


def _backend(options: Options, found: torch.device) -> None:
    if found.type == "cuda":
        if options.backend:
            torch.backends.cudnn.enabled = options.backend == "cudnn"
    elif options.backend:
        log.info("--backend %s has no effect on %s", options.backend, found.type)


def provision(options: Options, progress: Progress | None = None) -> Provision:
    """The network with its weights, on its device, in its precision."""
    place = device(options)
    found = provide(
        options.model, options.weights, pooling=options.pooling, rescale=options.normalise, progress=progress
    )
    return replace(found, network=found.network.to(place, PRECISIONS[options.precision]))


def settings(options: Options, architecture: Architecture) -> Settings:
    """The options that a recipe looks at; raises OptionError for layers that the network lacks."""
    return Settings(
        size=options.size,
        num_iters=options.num_iters,
        style_factor=options.style_factor,
        smoothness=options.smoothness,
        style_layers=layers(architecture, "--style-layers", options.style_layers, architecture.style_layers),
        content_layers=layers(architecture, "--content-layers", options.content_layers, architecture.content_layers),
        init=options.init,
        seed=options.seed,
        optimizer=options.optimizer,
        scales=options.scales,
        history=options.history,
        learning_rate=options.learning_rate,
    )


def layers(architecture: Architecture, name: str, text: str | None, usual: tuple[str, ...]) -> dict[str, float]:
    """Layer -> weight, as the user wrote them or the network's own."""
    if text is None:
        return dict.fromkeys(usual, 1.0)
    weights = layer_weights(name, text)
    architecture.check_layers(weights)
    return weights


def check_sizes(content: Picture, style: Picture, network: Network, chosen: Settings, stages: Sequence[Stage]) -> None:
    """Raise OptionError for pictures that would be too small for the network's deepest layer, at whatever scale."""
    smallest = network.architecture.smallest([*chosen.style_layers, *chosen.content_layers])
    for stage in reversed([stage for stage in stages if stage.iterations]):
        sizes = {"content": stage.size, "style": fit(*style.size, max(stage.size))}
        for (name, size), given in zip(sizes.items(), (content, style)):
            if min(size) < smallest:
                raise OptionError(
                    f"the {name} ({given.width} x {given.height}) would be {size[0]} x {size[1]} pixels, and network"
                    f" '{network.architecture.name}' needs {smallest} on either side; {_cure(stage, stages, given)}"
                )


def _cure(stage: Stage, stages: Sequence[Stage], given: Picture) -> str:
    if stage is not stages[-1]:
        return f"that is at the smallest of {len(stages)} scales: give fewer --scales, or a larger --size"
    return f"give a larger --size{'' if min(given.size) * 8 > max(given.size) else ' or a less narrow picture'}"
