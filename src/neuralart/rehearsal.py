"""What a run will hold in memory, found out by painting a few steps of it without numbers.

The run's own code makes the targets and the objective, evaluates it and moves the image, on tensors that take no memory
(objective/ledger.py): losses, networks and optimisers of others are counted as ours are. Three things keep it quick. Of
many tiles the largest is evaluated, twice. The loop and its optimiser, which know nothing of networks, are gone through
once for all ways of evaluating. And what grows with the pixels alone is asked of an image of moderate size. A process
that paints many pictures alike (a sweep, the web app) rehearses the first.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

import psutil
import torch

from neuralart.errors import ForecastError, NeuralartError
from neuralart.networks.graph import IMAGE
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.network import Network
from neuralart.networks.precision import at_least_float32
from neuralart.objective.ledger import Ledger, Scalars
from neuralart.objective.objective import Evaluation
from neuralart.objective.plan import Plan
from neuralart.objective.sample import Sample
from neuralart.objective.targets import positions
from neuralart.objective.topology import Topology
from neuralart.optim.optimiser import Optimiser
from neuralart.options import declared
from neuralart.prepared import PreparedRun
from neuralart.recipes.recipe import History, Size
from neuralart.recipes.regions import Region, Regions
from neuralart.run.loop import paint
from neuralart.run.schedule import Scale
from neuralart.run.stage import Stage
from neuralart.together import is_texture

# Larger images are rehearsed in proportion: their evaluation at so many pixels, and the loop around it at this size.
LARGE, LOOP = 2**20, (512, 512)
STEP = 32  # pixels; the networks halve an image at most five times
ITERATIONS = 3  # after which an optimiser holds all that it ever holds
TINY = (16, 12)  # pixels; the image that a rehearsal's decisions are taken from
IRRELEVANT = ("num_iters", "tolerance", "seed", "init")  # of the options that bear on the picture

# Measured by benchmarks/memory.py. What the libraries load when they are first used; and what the process grows to
# where the C library keeps freed memory, as a multiple of what is held: of the holes it leaves some fit nothing.
LIBRARIES, KEPT = 11_000_000, 2.4
# What oneDNN keeps of every different convolution, and of how many at most.
PRIMITIVE, PRIMITIVES = 130_000, 1024


@dataclass(frozen=True)
class Evaluated:
    """An objective in bytes. ahead: the most that is held while it is made; held: by it, once it is made; more: than
    that, while it is evaluated. multiplications: multiply-adds of an evaluation. primitives: the different convolutions
    of an image or a tile, and of how many kinds of tiles."""

    ahead: float
    held: float
    more: float
    multiplications: float
    primitives: tuple[int, int]

    def times(self, factor: float) -> Evaluated:
        """The same of so many times as many pixels."""
        grown = {name: getattr(self, name) * factor for name in ("ahead", "held", "more", "multiplications")}
        return replace(self, **grown)


@dataclass(frozen=True)
class Looped:
    """The loop and its optimiser: the bytes held while the objective is evaluated, and at most between evaluations."""

    during: float
    between: float


@dataclass(frozen=True)
class Known:
    """What has been found out of runs that are alike. read: what their optimisers read off their vectors."""

    evaluated: dict[Any, Evaluated] = field(default_factory=dict)
    looped: dict[Any, Looped] = field(default_factory=dict)
    read: dict[Any, list[float]] = field(default_factory=dict)


@lru_cache(64)
def known(likeness: Hashable) -> Known:
    """What this process knows of runs of this likeness."""
    return Known()


def likeness(run: PreparedRun) -> Hashable | None:
    """Equal for two runs that hold the same at every size, with styles of the same sizes; None where nobody can tell:
    of networks and losses of others, and with masks."""
    network, options = run.network, run.options
    if run.own_terms or not run.regions.is_whole or type(network) is not GraphNetwork:
        return None
    given = tuple(
        (name, getattr(options, name))
        for name, (facts, _) in declared().items()
        if facts.is_fixed and name not in IRRELEVANT
    )
    terms = tuple((term.name, term.layer, type(term.loss), term.sees) for term in run.terms)
    weights = tuple((name, weight.shape, weight.dtype) for name, weight in network.weights.items())
    seen = network.architecture, network.pooling, network.dtype, str(network.device), weights
    return run.recipe.name, given, is_texture(options), terms, seen


def occupied(device: torch.device) -> int:
    """Bytes that this process holds there now, or altogether with a CPU, libraries that it will yet load included."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device)
    return int(psutil.Process().memory_info().rss) + LIBRARIES


class Rehearsal:
    """What the run holds, by how it is evaluated. Everything is found out once, when it is first asked for."""

    def __init__(self, run: PreparedRun) -> None:
        self.run, self.device = run, run.network.device
        like = likeness(run)
        found = Known() if like is None else known(like)
        self._evaluated, self._looped, self._read = found.evaluated, found.looped, found.read

    @cached_property
    def begun(self) -> int:
        """Programs, weights and pictures, as they lie in memory now: alike in processes that share an image, which
        have to choose alike."""
        return int(max(self.run.topology.group.everyone(torch.tensor(occupied(self.device)))))

    def peak(self, size: Size, plan: Plan, dtype: torch.dtype, optimizer: str, history: History) -> int:
        """Bytes of the whole process, or of the GPU, while the scale of this (width, height) is painted.

        Args:
            size: Of the image.
            plan: How it is evaluated.
            dtype: What the network computes in.
            optimizer: One of those that `--optimizer` knows.
            history: What L-BFGS remembers, no more pairs than it will have.

        Raises:
            ForecastError: The run cannot be gone through without numbers.
        """
        objective, loop = self.evaluated(size, plan.tile, dtype), self.looped(size, optimizer, history)
        begun = self.begun  # with all that the rehearsal has loaded, as painting would have
        held = max(objective.ahead, objective.held + max(loop.during + objective.more, loop.between))
        if plan.tile and not plan.on_disk:
            held += self.features(size, dtype)
        begun += self._copies(dtype) + PRIMITIVE * self._primitives(size, objective)
        return int(begun + held * (KEPT if plan.keeps_freed else 1))

    def features(self, size: Size, dtype: torch.dtype) -> int:
        """Bytes of the content's features at this size."""
        architecture = self.run.network.architecture
        layers = {term.layer for term in self.run.terms if term.loss.compares == "features" and term.layer != IMAGE}
        channels = architecture.channels()
        return sum(channels[layer] * positions(architecture, layer, size) for layer in layers) * dtype.itemsize

    def evaluated(self, size: Size, tile: int | None, dtype: torch.dtype) -> Evaluated:
        """What the objective of an image of this size holds."""
        if tile is not None and tile >= max(size):
            tile = None
        smaller = size if tile else moderate(size, LARGE)
        key = smaller, tile, dtype, tuple((look.size, tuple(look.weights)) for look in self.run.looks(smaller))
        if key not in self._evaluated:
            self._evaluated[key] = self._evaluate(smaller, tile, dtype)
        return self._evaluated[key].times(math.prod(size) / math.prod(smaller))

    def looped(self, size: Size, optimizer: str, history: History) -> Looped:
        """What the loop and its optimiser hold."""
        smaller, run = min(size, LOOP, key=math.prod), self.run
        key = smaller, optimizer, history
        if key not in self._looped:
            options = replace(run.options, optimizer=optimizer)
            optimiser = run.recipe.optimiser(options, run.network, history, Topology())
            if key[1:] not in self._read:
                self._read[key[1:]] = decisions(optimiser)
            with foretelling():
                self._looped[key] = self._loop(smaller, optimiser, self._read[key[1:]])
        result, factor = self._looped[key], math.prod(size) / math.prod(smaller)
        return Looped(result.during * factor, result.between * factor)

    def _primitives(self, size: Size, objective: Evaluated) -> int:
        """Those that oneDNN holds while an image of this size is painted, with those of the scales before."""
        each, kinds = objective.primitives
        before = sum(1 for scale in self.run.schedule if scale.iterations and max(scale.size) < max(size))
        return min(PRIMITIVES, each * (kinds + before))

    def _copies(self, dtype: torch.dtype) -> int:
        """Bytes of the network's weights in precisions in which it does not lie in memory yet."""
        used = {dtype}
        if any(scale.exact and scale.iterations for scale in self.run.schedule):
            used.add(at_least_float32(dtype))
        numbers = sum(weight.numel() for weight in self.run.network.weights.values())
        return sum(numbers * one.itemsize for one in used - {self.run.network.dtype})

    def _evaluate(self, size: Size, tile: int | None, dtype: torch.dtype) -> Evaluated:
        # That not all positions count takes most; but a loss of others may insist that all its numbers are good.
        with suppress(ForecastError):
            return self._evaluated_if(size, tile, dtype, all_true=False)
        return self._evaluated_if(size, tile, dtype, all_true=True)

    def _evaluated_if(self, size: Size, tile: int | None, dtype: torch.dtype, *, all_true: bool) -> Evaluated:
        with foretelling():
            network = hollow(self.run.network, dtype)
        with foretelling(), Ledger(self.device, all_true=all_true) as ledger:
            topology = Sample()
            # Colours are matched by numbers, in a few copies of the pixels: nothing beside a network's features.
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
        multiplications = (ledger.multiplications - counted) * topology.parts / 2
        return Evaluated(ahead, held, more, multiplications, (len(ledger.primitives), topology.kinds))

    def _loop(self, size: Size, optimiser: Optimiser, read: Sequence[float]) -> Looped:
        during = 0
        with Ledger(self.device, read) as ledger:
            dtype = self.run.recipe.noise(0, (1, 1), self.run.network).dtype

            def objective(image: torch.Tensor) -> Evaluation:
                nonlocal during
                during = max(during, ledger.held)
                return Evaluation(ledger.hollow(torch.zeros(())), {}, torch.zeros_like(image))

            few_steps(torch.zeros(1, 3, size[1], size[0], dtype=dtype, device=self.device), optimiser, objective)
        return Looped(during, ledger.peak)


@contextmanager
def foretelling() -> Iterator[None]:
    """Whatever goes wrong without numbers, be it in a loss or a network of others, is a ForecastError."""
    try:
        yield
    except NeuralartError:
        raise
    except Exception as error:
        words = " ".join(str(error).split())[:200]
        raise ForecastError(
            f"how much memory this will take cannot be told ({type(error).__name__}: {words})"
        ) from error


def decisions(optimiser: Optimiser) -> list[float]:
    """What an optimiser reads off its vectors, and decides by: taken from a tiny image that has numbers."""
    bend = torch.linspace(1, 50, 3 * math.prod(TINY)).view(1, 3, *TINY[::-1])
    with Scalars() as scalars:
        few_steps(torch.full_like(bend, 9.0), optimiser, lambda x: Evaluation((bend * x * x).sum() / 2, {}, bend * x))
    return scalars.read


def few_steps(image: torch.Tensor, optimiser: Optimiser, objective: Callable[[torch.Tensor], Evaluation]) -> None:
    """Paint a little, watched by somebody who takes a copy of every step."""
    stage = Stage(Scale((image.shape[3], image.shape[2]), ITERATIONS + 1), lambda image: image, lambda: objective)
    for step in islice(paint(image, [stage], optimiser), ITERATIONS + 1):
        step.picture()


def moderate(size: Size, most: int) -> Size:
    """This size; in place of one of more pixels than `most` one of about the same shape.

    >>> moderate((4000, 3000), 2**20)
    (1184, 888)
    """
    factor = math.sqrt(most / math.prod(size))
    if factor >= 1:
        return size
    # What is left over at the edges where a network halves the image costs memory of its own.
    less = lambda side: max(round((side * factor - side % STEP) / STEP), min(side // STEP, 2)) * STEP + side % STEP
    return less(size[0]), less(size[1])


def hollow(network: Network, dtype: torch.dtype) -> Network:
    """The network in this precision with weights that have no numbers, said to be where the real ones are."""
    result = copy.copy(network.to("meta", dtype))
    result.device = network.device
    return result


def without_numbers(regions: Regions, ledger: Ledger) -> Regions:
    """The same regions, their masks without numbers."""
    mask = lambda one: None if one is None else ledger.hollow(one)
    return Regions(
        tuple(Region(mask(one.where), {k: mask(own) for k, own in one.own.items()}) for one in regions.regions),
        mask(regions.seen),
        {k: mask(one) for k, one in regions.styles_seen.items()},
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
        """Black, in the precision that the recipe's own have."""
        dtype = self._recipe.noise(0, (1, 1), network).dtype
        return torch.zeros(1, 3, size[1], size[0], dtype=dtype, device=network.device)
