"""Options -> objects; one function per noun."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import torch

from neuralart import budget
from neuralart.budget import Scale, Wishes
from neuralart.distributed.group import ALONE, Group
from neuralart.distributed.join import local_count, local_rank, world
from neuralart.errors import OptionError, suggest
from neuralart.image.limits import MAX_PIXELS, MEGA, Reading
from neuralart.image.mapped import is_mapped
from neuralart.image.picture import Picture
from neuralart.image.sizes import fit
from neuralart.networks.graph import Architecture
from neuralart.networks.network import Network
from neuralart.networks.precision import has_bfloat16
from neuralart.networks.provide import Provision, provide
from neuralart.objective.allocator import give_back
from neuralart.optim import torch7
from neuralart.options import Options, layer_weights
from neuralart.recipes import RECIPES, balanced, original
from neuralart.recipes.recipe import Recipe, Settings
from neuralart.run.spare import spare
from neuralart.run.stages import Stage
from neuralart.values import number_of_bytes
from neuralart.weights.download import Progress

log = logging.getLogger(__name__)

PRECISIONS = {
    "float32": torch.float32,
    "float64": torch.float64,
    "bfloat16": torch.bfloat16,
}


DEVICES = ("auto", "cpu", "cuda", "mps", "xpu")


def reading(options: Options) -> Reading:
    """How much of a picture's file is believed."""
    asked = options.max_megapixels
    # Whoever paints large has large pictures.
    usual = max(MAX_PIXELS, 4 * options.size**2)
    return Reading(usual if asked is None else round(asked * MEGA), options.accept_damaged, options.keep_gps)


def recipe(options: Options) -> Recipe:
    """The recipe of this name."""
    return RECIPES[options.recipe]


def device(options: Options) -> torch.device:
    """Where to compute; of several devices the first. Raises OptionError as `devices` does."""
    found = devices(options)[0]
    _backend(options, found)
    return found


def devices(options: Options) -> tuple[torch.device, ...]:
    """All devices to compute on. Raises OptionError for one that this machine, or this build of PyTorch, lacks."""
    names = ["cpu"] if options.cpu else options.device.split(",")
    if len(names) > 1 and world() > 1:
        raise OptionError(
            f"--device is '{options.device}', and each of {world()} processes computes on one device; start as many"
            " processes as there are devices"
        )
    return tuple(_device(options, name.strip(), alone=len(names) == 1) for name in names)


def _device(options: Options, name: str, *, alone: bool) -> torch.device:
    if name.partition(":")[0] not in DEVICES:
        near = suggest(name, DEVICES)
        raise OptionError(f"--device is '{name}', which is none of {', '.join(DEVICES)}{near or ', or cuda:1'}")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if name == "cuda" and torch.cuda.is_available() and (world() > 1 or not alone):
        name = f"cuda:{local_rank() % torch.cuda.device_count()}"
    try:
        found = torch.device(name)
        torch.empty(1, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise OptionError(f"--device is '{name}', which cannot be used here ({reason}); try --device cpu") from None
    if found.type == "mps" and options.precision == "float64":
        raise OptionError("--precision float64 is beyond Apple's GPUs; add --device cpu")
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
        options.model,
        options.weights,
        pooling=options.pooling,
        rescale=options.normalise,
        convention=options.weights_convention,
        progress=progress,
    )
    found = replace(found, network=found.network.to(place, precision(options, place)))
    give_back()  # what reading, normalising and rounding left behind
    return found


def precision(options: Options, place: torch.device) -> torch.dtype:
    """What the network computes in. By itself bfloat16 where the device has it, but never what `original` promises."""
    if options.precision != "auto":
        return PRECISIONS[options.precision]
    return torch.bfloat16 if options.recipe != "original" and has_bfloat16(place) else torch.float32


def settings(options: Options, architecture: Architecture, group: Group = ALONE) -> Settings:
    """The options that a recipe looks at; raises OptionError for layers that the network lacks.

    group: the processes that share the image.
    """
    places = devices(options)
    style = layers(architecture, "--style-layers", options.style_layers, architecture.style_layers)
    return Settings(
        size=options.size,
        num_iters=options.num_iters,
        style_factor=options.style_factor,
        smoothness=options.smoothness,
        style_layers=style,
        content_layers=layers(architecture, "--content-layers", options.content_layers, architecture.content_layers),
        init=options.init,
        seed=options.seed,
        optimizer=options.optimizer,
        scales=options.scales,
        history=options.history,
        learning_rate=options.learning_rate,
        group=group,
        devices=places if len(places) > 1 else (),
        # The original computes what it compares, so that its numbers are its own.
        read_at=balanced.read_at(architecture, style) if options.recipe == "balanced" else {},
    )


def layers(architecture: Architecture, name: str, text: str | None, usual: tuple[str, ...]) -> dict[str, float]:
    """Layer -> weight, as the user wrote them or the network's own."""
    if text is None:
        return dict.fromkeys(usual, 1.0)
    weights = layer_weights(name, text)
    architecture.check_layers(weights)
    return weights


def wishes(options: Options, network: Network, chosen: Settings, content: Picture, style: Picture) -> Wishes:
    """What is to be fitted into memory: every scale that is painted, and how much freedom the options leave."""
    stages = [stage for stage in recipe(options).stages(content, style, network, chosen) if stage.iterations]
    scales = tuple(
        Scale(
            stage.size,
            fit(style.width, style.height, max(stage.size)),
            max(1, stage.iterations * evaluations(options) - 1),
            stage.exact,
        )
        for stage in stages
    )
    return Wishes(
        network,
        chosen,
        scales,
        pictures=sum(map(in_memory, {content, style})),
        pairs=options.history or (original if options.recipe == "original" else balanced).HISTORY,
        pairs_are_given=options.history is not None,
        tile=options.tile,
        lower=options.precision == "auto",
    )


def evaluations(options: Options) -> int:
    """How often an iteration asks the objective, but for a step that has to be shortened."""
    return torch7.STEPS if options.recipe == "original" and options.optimizer == "lbfgs" else 1


def in_memory(picture: Picture) -> int:
    """Bytes that a picture takes of memory; pixels in a file take none."""
    planes = [picture.pixels] if picture.alpha is None else [picture.pixels, picture.alpha]
    return sum(plane.numel() * plane.itemsize for plane in planes if not is_mapped(plane))


def limit(options: Options, network: Network, group: Group = ALONE) -> tuple[int, str]:
    """(bytes that the run may take, what to call them): the same in all processes that share the image."""
    if options.memory is not None:
        return number_of_bytes("--memory", options.memory), "--memory"
    # Processes of one machine share its memory, but each has its own GPU; devices named twice share theirs.
    places = devices(options)
    sharers = local_count() if network.device.type == "cpu" else 1
    here = min(spare(place) // places.count(place) for place in places) // sharers
    return int(min(group.everyone(torch.tensor(here)))), "what this machine can spare"


def fitted(
    options: Options, found: Provision, chosen: Settings, content: Picture, style: Picture
) -> tuple[Provision, Settings]:
    """Network and settings such that the run fits into memory. Raises OptionError where nothing would."""
    wanted = wishes(options, found.network, chosen, content, style)
    choice = budget.choose(wanted, *limit(options, found.network, chosen.group))
    if choice.dtype != found.network.dtype:
        found = replace(found, network=found.network.to(found.network.device, choice.dtype))
    means = choice.means
    return found, replace(
        chosen,
        means=lambda size: means[size],
        # More pairs than there are steps would only be set aside.
        history=choice.history and min(choice.history, max(scale.pairs for scale in wanted.scales)),
        history_dtype=choice.history_dtype,
    )


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
