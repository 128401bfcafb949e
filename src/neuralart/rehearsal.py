"""Predicts the memory of a run by painting a few steps of it on tensors without numbers.

The run's own code makes the targets and the objective, evaluates it and moves the image, on tensors that take no memory
(objective/ledger.py), so losses, networks and optimisers of others are counted like ours. Three things keep this quick:
of many tiles, only the largest is evaluated, twice; the loop with its optimiser, which does not depend on the network,
runs once for all runs with that optimiser; and quantities that grow only with the pixels are measured on an image of
moderate size. A process that paints many similar pictures (a sweep, the web app) rehearses the first one only.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

import psutil
import torch

from neuralart.errors import ForecastError, NeuralartError
from neuralart.losses.rows import one_for_all
from neuralart.networks.graph import IMAGE
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.network import Network
from neuralart.networks.precision import at_least_float32
from neuralart.objective.ledger import Ledger, Scalars
from neuralart.objective.objective import Evaluation
from neuralart.objective.plan import Plan
from neuralart.objective.sample import Sample
from neuralart.objective.targets import kept, positions
from neuralart.objective.topology import Topology
from neuralart.optim.optimiser import Optimiser
from neuralart.prepared import PreparedRun
from neuralart.recipes.recipe import History, Size
from neuralart.recipes.regions import Region, Regions
from neuralart.run.loop import paint
from neuralart.run.schedule import Scale
from neuralart.run.stage import Stage
from neuralart.together import is_texture

# Larger images are extrapolated in proportion: their evaluation from LARGE pixels, the loop around it from size LOOP.
LARGE, LOOP = 2**20, (512, 512)
STEP = 32  # pixels; the networks halve an image at most five times
ITERATIONS = 3  # by then an optimiser holds as much as it ever will
TINY = (16, 12)  # pixels; the optimiser's decisions come from an image of this size

# Measured by benchmarks/memory.py: the bytes that libraries load when they are first used, and keep; and the size of a
# process whose C library keeps freed memory, as a multiple of what is held, since some of the holes fit nothing.
LIBRARIES, KEPT = 30_000_000, 2.4
# Bytes that oneDNN keeps for every different convolution, and the number that it keeps at most.
PRIMITIVE, PRIMITIVES = 130_000, 1024


@dataclass(frozen=True)
class Evaluated:
    """The cost of an objective.

    Peak bytes while it is made, bytes that it then holds, and more while it is evaluated; multiply-adds; the number of
    different convolutions of an image or a tile, and of kinds of tiles.
    """

    ahead: float
    held: float
    more: float
    multiplications: float
    primitives: tuple[int, int]

    def times(self, factor: float) -> Evaluated:
        """Return the cost for `factor` times as many pixels."""
        grown = {name: getattr(self, name) * factor for name in ("ahead", "held", "more", "multiplications")}
        return replace(self, **grown)


@dataclass(frozen=True)
class Looped:
    """Bytes that the loop and its optimiser hold: during an evaluation, and at most between evaluations."""

    during: float
    between: float


@lru_cache(64)
def known(subject: Hashable) -> dict[Any, Any]:
    """Return what this process has found out about a subject: runs of one likeness, loops, what optimisers read."""
    return {}


def likeness(run: PreparedRun) -> Hashable | None:
    """Return a key that is equal for runs whose objectives take the same at every size, given styles of equal sizes.

    None if that is unknown: for networks and losses of others, and with masks.
    """
    network, options = run.network, run.options
    if run.own_terms or not run.regions.is_whole or type(network) is not GraphNetwork:
        return None
    terms = tuple((term.name, term.layer, term.sees, kind_of(term.loss)) for term in run.terms)
    weights = tuple((name, weight.shape, weight.dtype) for name, weight in network.weights.items())
    about_network = network.architecture, network.pooling, network.dtype, str(network.device), weights
    return run.recipe.name, is_texture(options), options.seamless, terms, about_network


def kind_of(thing: Any) -> Hashable:
    """Return a key of a loss or an optimiser with all its parameters; of tensors, only shape and precision count."""
    return type(thing), *((name, _plain(value)) for name, value in vars(thing).items())


def _plain(value: Any) -> Hashable:
    if isinstance(value, torch.Tensor):
        return value.shape, value.dtype
    return tuple((key, _plain(one)) for key, one in value.items()) if isinstance(value, dict) else value


def occupied(device: torch.device) -> int:
    """Bytes that this process holds on a GPU; on a CPU, its whole memory plus the libraries that it will still load."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    return int(psutil.Process().memory_info().rss) + LIBRARIES


class Rehearsal:
    """What the run holds for each way of evaluating it. Every figure is computed once, on first use."""

    def __init__(self, run: PreparedRun) -> None:
        self.run, self.device = run, run.network.device
        like = likeness(run)
        self._evaluated: dict[Any, Evaluated] = {} if like is None else known(like)

    @cached_property
    def begun(self) -> int:
        """Bytes in memory now; equal in all processes that share an image, since they have to choose alike."""
        return int(max(self.run.topology.group.everyone(torch.tensor(occupied(self.device)))))

    def peak(self, size: Size, plan: Plan, dtype: torch.dtype, optimizer: str, history: History) -> int:
        """Return the peak in bytes of the whole process, or of the GPU, while a scale is painted.

        Args:
            size: (width, height) of the image.
            plan: How it is evaluated.
            dtype: The precision of the network.
            optimizer: A choice of `--optimizer`.
            history: What L-BFGS remembers, with no more pairs than it will have.

        Raises:
            ForecastError: If the run's code does not work without numbers.
        """
        objective, loop = self.evaluated(size, plan.tile, dtype), self.looped(size, optimizer, history)
        begun = self.begun  # includes what the rehearsal has loaded, as painting would
        held = max(objective.ahead, objective.held + max(loop.during + objective.more, loop.between))
        if plan.tile and not plan.on_disk:
            held += self.features(size, dtype)
        begun += self._copies(dtype) + PRIMITIVE * self._primitives(size, objective)
        return int(begun + held * (KEPT if plan.keeps_freed else 1))

    def features(self, size: Size, dtype: torch.dtype) -> int:
        """Return the bytes of the content's features at this size."""
        architecture = self.run.network.architecture
        layers = {term.layer for term in self.run.terms if term.loss.compares == "features" and term.layer != IMAGE}
        channels = architecture.channels()
        return sum(channels[layer] * positions(architecture, layer, size) for layer in layers) * dtype.itemsize

    def evaluated(self, size: Size, tile: int | None, dtype: torch.dtype) -> Evaluated:
        """Return the cost of the objective of an image of this size."""
        if tile is not None and tile >= max(size):
            tile = None
        smaller = size if tile else moderate(size, LARGE)
        looks = ((look.size, *filter(look.weights.get, look.weights)) for look in self.run.looks(smaller))
        key = smaller, tile, dtype, tuple(looks)
        if key not in self._evaluated:
            self._evaluated[key] = self._evaluate(smaller, tile, dtype)
        return self._evaluated[key].times(math.prod(size) / math.prod(smaller))

    def looped(self, size: Size, optimizer: str, history: History) -> Looped:
        """Return what the loop and its optimiser hold."""
        smaller, run = min(size, LOOP, key=math.prod), self.run
        options = run.options if optimizer == run.options.optimizer else replace(run.options, optimizer=optimizer)
        optimiser = run.recipe.optimiser(options, run.network, history, Topology())
        dtype = run.recipe.noise(0, (1, 1), run.network).dtype
        kind = kind_of(optimiser)
        read: dict[Any, list[float]] = known(Scalars)
        if kind not in read:
            read[kind] = decisions(optimiser)
        looped: dict[Any, Looped] = known(Looped)
        key = smaller, dtype, str(self.device), kind
        if key not in looped:
            with foretelling():
                looped[key] = loop(smaller, dtype, self.device, optimiser, read[kind])
        result, factor = looped[key], math.prod(size) / math.prod(smaller)
        return Looped(result.during * factor, result.between * factor)

    def _primitives(self, size: Size, objective: Evaluated) -> int:
        """Return the number of primitives that oneDNN holds at this size, with those of the scales before."""
        each, kinds = objective.primitives
        before = sum(1 for scale in self.run.schedule if scale.iterations and max(scale.size) < max(size))
        return min(PRIMITIVES, each * (kinds + before))

    def _copies(self, dtype: torch.dtype) -> int:
        """Return the bytes of the network's weights in precisions that are not in memory yet."""
        exact = any(scale.exact and scale.iterations for scale in self.run.schedule)
        used = {dtype, at_least_float32(dtype) if exact else dtype}
        numbers = sum(weight.numel() for weight in self.run.network.weights.values())
        return sum(numbers * one.itemsize for one in used - {self.run.network.dtype})

    def _evaluate(self, size: Size, tile: int | None, dtype: torch.dtype) -> Evaluated:
        # A run whose comparisons are false takes the most memory; but a user's loss may require that they are true.
        with suppress(ForecastError):
            return self._evaluated_if(size, tile, dtype, all_true=False)
        return self._evaluated_if(size, tile, dtype, all_true=True)

    def _evaluated_if(self, size: Size, tile: int | None, dtype: torch.dtype, *, all_true: bool) -> Evaluated:
        with foretelling():
            network, topology = hollow(self.run.network, dtype), Sample()
        with foretelling(), one_for_all(), Ledger(self.device, all_true=all_true) as ledger:
            # Matching colours needs numbers. It takes a few copies of the pixels, little compared with the features.
            colours = replace(self.run.colours, choice="style")
            regions = without_numbers(self.run.regions, ledger)
            run = replace(self.run, colours=colours, regions=regions, topology=topology, known={})
            run = replace(run, recipe=StandIn(run.recipe))
            objective = run.objective(size, network, Plan(tile))
            image = run.recipe.pixels(run.content, size, network).fill_(0)
            ahead, held = ledger.peak + image.nbytes, ledger.held - image.nbytes
            ledger.peak, counted = ledger.held, ledger.multiplications
            evaluation = objective(image)
            more = ledger.peak - held - image.nbytes
            del evaluation
        more += kept(network.architecture, self.run.terms, image) * (1 - 2 / topology.parts)
        multiplications = (ledger.multiplications - counted) * topology.parts / 2
        return Evaluated(ahead, held, more, multiplications, (len(ledger.primitives), topology.kinds))


@contextmanager
def foretelling() -> Iterator[None]:
    """Turn any other error into a ForecastError, such as that of a user's loss or network that needs numbers."""
    try:
        yield
    except NeuralartError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise ForecastError(f"the memory that this run needs cannot be predicted ({why})") from error


def loop(size: Size, dtype: torch.dtype, device: torch.device, optimiser: Optimiser, read: Sequence[float]) -> Looped:
    """Return what the loop holds with this optimiser, which reads these numbers, on an image of this size."""
    during = 0
    with Ledger(device, read) as ledger:

        def objective(image: torch.Tensor) -> Evaluation:
            nonlocal during
            during = max(during, ledger.held)
            return Evaluation(ledger.hollow(torch.zeros(())), {}, torch.zeros_like(image))

        few_steps(torch.zeros(1, 3, size[1], size[0], dtype=dtype, device=device), optimiser, objective)
    return Looped(during, ledger.peak)


def decisions(optimiser: Optimiser) -> list[float]:
    """Return the numbers that an optimiser reads from its vectors and decides by, for a tiny image with numbers."""
    bend = torch.linspace(1, 50, 3 * math.prod(TINY)).view(1, 3, *TINY[::-1])
    with Scalars() as scalars:
        few_steps(torch.full_like(bend, 9.0), optimiser, lambda x: Evaluation((bend * x * x).sum() / 2, {}, bend * x))
    return scalars.read


def few_steps(image: torch.Tensor, optimiser: Optimiser, objective: Callable[[torch.Tensor], Evaluation]) -> None:
    """Paint a few steps and take a copy of every one, as a watcher would."""
    stage = Stage(Scale((image.shape[3], image.shape[2]), ITERATIONS + 1), lambda image: image, lambda: objective)
    for step in islice(paint(image, [stage], optimiser), ITERATIONS + 1):
        step.picture()


def moderate(size: Size, most: int) -> Size:
    """Return this size, or one of about the same shape and at most about `most` pixels.

    >>> moderate((4000, 3000), 2**20)
    (1184, 888)
    """
    factor = math.sqrt(most / math.prod(size))
    if factor >= 1:
        return size
    # The remainder at the edges, where a network halves the image, costs memory too, so it is kept.
    less = lambda side: max(round((side * factor - side % STEP) / STEP), min(side // STEP, 2)) * STEP + side % STEP
    return less(size[0]), less(size[1])


def hollow(network: Network, dtype: torch.dtype) -> Network:
    """Return the network in this precision with weights without numbers, which claim the device of the real ones."""
    result = copy.copy(network.to("meta", dtype))
    result.device = network.device
    return result


def without_numbers(regions: Regions, ledger: Ledger) -> Regions:
    """Return the same regions with masks without numbers."""
    mask = lambda one: None if one is None else ledger.hollow(one)
    return Regions(
        tuple(Region(mask(one.where), {k: mask(own) for k, own in one.own.items()}) for one in regions.regions),
        mask(regions.visible),
        {k: mask(one) for k, one in regions.styles_visible.items()},
        mask(regions.kept),
        mask(regions.important),
    )


class StandIn:
    """A recipe whose pictures have no numbers."""

    def __init__(self, recipe: Any) -> None:
        self._recipe = recipe

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recipe, name)

    def pixels(self, picture: Any, size: Size, network: Network) -> torch.Tensor:
        """Return a black picture in the precision of the recipe's own pictures."""
        dtype = self._recipe.noise(0, (1, 1), network).dtype
        return torch.zeros(1, 3, size[1], size[0], dtype=dtype, device=network.device)
