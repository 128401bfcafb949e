"""Turns options into objects, with one function per noun."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import torch

from neuralart import budget, suitability, threads
from neuralart.budget import Wishes
from neuralart.distributed.group import ALONE, Group
from neuralart.distributed.join import local_count, local_rank, world
from neuralart.errors import OptionError, suggest
from neuralart.image.limits import MAX_PIXELS, MEGA, Reading
from neuralart.image.picture import Picture
from neuralart.image.sizes import fit
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.network import Network
from neuralart.networks.precision import has_bfloat16, saves_memory
from neuralart.networks.provide import Provision, provide
from neuralart.objective.allocator import give_back, without_holes
from neuralart.objective.objective import Term, checked, layers_of, whole_only
from neuralart.objective.topology import HERE, Topology
from neuralart.options import Options, declared, flag
from neuralart.prepared import PreparedRun
from neuralart.recipes import RECIPES
from neuralart.recipes.colours import Colours
from neuralart.recipes.recipe import History, Recipe, style_tables, term_weights
from neuralart.recipes.regions import EVERYWHERE, Regions
from neuralart.recipes.style import Style, arranged
from neuralart.rehearsal import Rehearsal
from neuralart.run.schedule import Schedule, aligned
from neuralart.run.spare import spare
from neuralart.together import long_edge
from neuralart.values import number_of_bytes
from neuralart.weights.download import Progress

log = logging.getLogger(__name__)

PRECISIONS = {
    "float32": torch.float32,
    "float64": torch.float64,
    "bfloat16": torch.bfloat16,
}

ENOUGH, ENOUGH_EACH = 2_500_000_000, 25_000  # bytes of a run, and of each pixel of picture and styles

DEVICES = ("auto", "cpu", "cuda", "mps", "xpu")


def reading(options: Options) -> Reading:
    """What to accept of a picture file."""
    asked = options.max_megapixels
    # A large painting needs large inputs.
    usual = max(MAX_PIXELS, 4 * long_edge(options) ** 2)
    return Reading(usual if asked is None else round(asked * MEGA), options.accept_damaged, options.keep_gps)


def recipe(options: Options) -> Recipe:
    """The recipe of this name."""
    return RECIPES[options.recipe]


def device(options: Options) -> torch.device:
    """The device to compute on, the first of several. Raises OptionError as `devices` does."""
    result = devices(options)[0]
    if options.backend and result.type != "cuda":
        log.info("--backend %s has no effect on %s", options.backend, result.type)
    return result


def devices(options: Options) -> tuple[torch.device, ...]:
    """All devices to compute on. Raises OptionError for one that this machine, or this build of PyTorch, lacks."""
    names = ["cpu"] if options.cpu else options.device.split(",")
    if len(names) > 1 and world() > 1:
        raise OptionError(
            f"--device is '{options.device}', but each of {world()} processes computes on one device; start as many"
            " processes as there are devices"
        )
    return tuple(_device(options, name.strip(), alone=len(names) == 1) for name in names)


def _device(options: Options, name: str, *, alone: bool) -> torch.device:
    if name.partition(":")[0] not in DEVICES:
        near = "; did you mean 'auto'?" if name == "gpu" else suggest(name, DEVICES)
        raise OptionError(f"--device is '{name}', which is not one of {', '.join(DEVICES)}{near or ', or cuda:1'}")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if name == "cuda" and torch.cuda.is_available() and (world() > 1 or not alone):
        name = f"cuda:{local_rank() % torch.cuda.device_count()}"
    try:
        result = torch.device(name)
        torch.empty(1, device=result)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        build = ", or install the build of PyTorch for your GPU (see pytorch.org)" if "not compiled" in reason else ""
        raise OptionError(
            f"--device is '{name}', which cannot be used here ({reason}); try --device cpu{build}"
        ) from None
    if result.type == "mps" and options.precision == "float64":
        raise OptionError("--precision float64 does not work on Apple's GPUs; add --device cpu")
    return result


def provision(options: Options, progress: Progress | None = None, *, download: bool = True) -> Provision:
    """Load the network onto its device, in its precision; download: whether `--model auto` may download weights.

    Raises OptionError, WeightsError for an unusable file, FetchError if no source can deliver the weights.
    """
    place = device(options)
    with without_holes():
        result = provide(
            options.model,
            options.weights,
            pooling=options.pooling,
            rescale=options.normalise,
            convention=options.weights_convention,
            progress=progress,
            download=download,
        )
        network = result.network
        if isinstance(network, GraphNetwork):
            network = network.padded(options.padding)
        result = replace(result, network=network.to(place, precision(options, place)))
    give_back()  # memory freed after reading, normalising and rounding
    return result


def given(network: Network, options: Options) -> Provision:
    """Move the caller's own network to its device and precision. Raises OptionError if options ask for another one."""
    for name, (facts, default) in declared().items():
        if facts.group == "Network" and (value := getattr(options, name)) != default:
            raise OptionError(
                f"{flag(name)} is '{value}', which has no effect when you pass a network; leave one of them out"
            )
    place = device(options)
    dtype = PRECISIONS[options.precision] if options.precision != "auto" else network.dtype
    return Provision(network.to(place, dtype), "", "", False)


def precision(options: Options, place: torch.device) -> torch.dtype:
    """The precision of the network; `auto` is bfloat16 if the device supports it and the recipe allows it."""
    if options.precision != "auto":
        return PRECISIONS[options.precision]
    return torch.bfloat16 if recipe(options).narrow and has_bfloat16(place) else torch.float32


def topology(options: Options, group: Group = ALONE) -> Topology:
    """The processes and devices that share the image."""
    places = devices(options)
    return Topology(group, places if len(places) > 1 else ())


def draft(
    options: Options,
    content: Picture,
    styles: tuple[Style, ...],
    provision: Provision,
    where: Topology = HERE,
    terms: Sequence[Term] | None = None,
    first: Picture | None = None,
    regions: Regions = EVERYWHERE,
) -> PreparedRun:
    """Make the run and check it, except whether it fits into memory. Raises OptionError.

    Args:
        options: The user's choices.
        content, styles: The pictures, already read.
        provision: The network.
        where: The processes and devices that share the image.
        terms: Terms in place of the recipe's.
        first: The picture to start from; None to follow the options.
        regions: Where the styles are painted, and which parts of every picture count.
    """
    if options.threads == 0:
        options = replace(options, threads=threads.free())
    way, network = recipe(options), provision.network
    edge = max(fit(*content.size, long_edge(options)))
    options, styles = arranged(options, styles, edge, network.architecture.style_layers)
    wanted = checked(terms if terms is not None else way.terms(options, network))
    known = dict(zip(layers_of(wanted), network.check(layers_of(wanted))))
    wanted = tuple(replace(term, layer=known.get(term.layer, term.layer)) for term in wanted)
    wanted = regions.divided(wanted)
    layers = layers_of(wanted)
    divided = options.tile or where.devices or where.group.count > 1
    if divided and (why := whole_only(network, wanted)):
        raise OptionError(f"{why}; leave --tile out, and use one device and one process")
    smallest = network.architecture.smallest(layers)
    schedule = way.schedule(options, content.size, [style.shape for style in styles if style.counts], smallest)
    if options.seamless:
        schedule = seamless(options.seamless, schedule, network, layers)
    colours = Colours.of(options, content)
    run = PreparedRun(
        *(options, way, content, styles, provision, wanted, schedule, colours),
        topology=where,
        own_terms=terms is not None,
        first=first,
        regions=regions,
    )
    term_weights(styles, style_tables(options, network.architecture), wanted, regions.is_there)
    suitability.check(run, smallest)
    suitability.tell(run)
    return run


def seamless(axes: str, schedule: Schedule, network: Network, layers: Sequence[str]) -> Schedule:
    """Align the schedule of a seamless picture. Raises OptionError if the network needs whole pictures."""
    if why := network.architecture.untileable(layers):
        raise OptionError(f"{why}; it cannot see beyond a picture's edges, so leave --seamless out")
    step, last = network.architecture.step(layers), schedule[-1]
    better = aligned(last.size, step, axes)
    if better != last.size:
        log.info("seamless: %d x %d pixels take longer than %d x %d, multiples of %d", *last.size, *better, step)
    return (*(replace(scale, size=aligned(scale.size, step, axes)) for scale in schedule[:-1]), last)


def style_edge(options: Options, content: Picture, styles: Sequence[Style] = ()) -> int | None:
    """The largest long edge at which a style is used, in pixels; None if the recipe needs all pixels of the files."""
    if not recipe(options).shrinks_styles:
        return None
    edge = max(fit(*content.size, long_edge(options)))
    scales = [scale or 1.0 for scale in options.style_scale or (1.0,)]
    usual = max(options.style_size or [math.ceil(edge * max(scales))])
    return max([usual, *(math.ceil(edge * (style.scale or 0.0)) for style in styles)])


def wishes(run: PreparedRun) -> Wishes:
    """What to fit into memory: every scale that is painted, and what the options leave open."""
    options, each = run.options, run.recipe.evaluations(run.options)
    return Wishes(
        run.network,
        Rehearsal(run),
        options.optimizer,
        tuple(
            budget.Scale(scale.size, max(1, scale.iterations * each - 1), scale.exact)
            for scale in run.schedule
            if scale.iterations
        ),
        pairs=options.history or run.recipe.history,
        pairs_are_given=options.history is not None,
        tile=options.tile,
        lower=options.precision == "auto" and saves_memory(torch.bfloat16, run.network.device),
        whole_only=partial(whole_only, run.network, run.terms),
        enough=enough(run),
    )


def enough(run: PreparedRun) -> float:
    """Return bytes with which the run certainly fits: three times the most that is predicted for any of its size.

    Infinitely many if they are not known without a rehearsal.
    """
    if run.own_terms or run.options.history is not None or not isinstance(run.network, GraphNetwork):
        return math.inf
    last = run.schedule[-1].size
    return ENOUGH + ENOUGH_EACH * sum(map(math.prod, [last, *run.style_sizes(last)]))


def limit(options: Options, network: Network, group: Group = ALONE) -> tuple[int, str]:
    """(bytes that the run may use, where the limit comes from), the same in all processes that share the image."""
    if options.memory is not None:
        return number_of_bytes("--memory", options.memory), "--memory"
    # Processes on one machine share its memory, but each has its own GPU; a device named twice shares its own.
    places = devices(options)
    sharers = local_count() if network.device.type == "cpu" else 1
    here = min(spare(place) // places.count(place) for place in places) // sharers
    return int(min(group.everyone(torch.tensor(here)))), "what this machine can spare"


def fitted(run: PreparedRun) -> PreparedRun:
    """Fit the run into memory. Raises OptionError if that is impossible."""
    wanted = wishes(run)
    choice = budget.choose(wanted, *limit(run.options, run.network, run.topology.group))
    result = run.provision
    if choice.dtype != result.network.dtype:
        result = replace(result, network=result.network.to(result.network.device, choice.dtype))
    # More pairs than steps would be allocated but never used.
    pairs = choice.history and min(choice.history, max(scale.pairs for scale in wanted.scales))
    return replace(run, provision=result, plans=choice.plans, history=History(pairs, choice.history_dtype))
