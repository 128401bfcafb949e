"""How a run is fitted into memory: whole or in tiles, the length and precision of L-BFGS's history, what goes to disk.

Choices are tried from the best to the most frugal, and the first that fits is taken. Tiles and disk only change the
time; a history in half precision, and then a shorter one, change the picture very little. The precision of the network
comes last, and only if the user leaves it open.
"""

from __future__ import annotations

import bisect
import logging
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch

from neuralart.errors import ForecastError, OptionError
from neuralart.image.sizes import fit
from neuralart.networks.network import Network
from neuralart.networks.precision import at_least_float32
from neuralart.objective.plan import Plan
from neuralart.recipes.recipe import History, Size
from neuralart.values import in_words

log = logging.getLogger(__name__)

TILES = (8192, 6144, 4096, 3072, 2048, 1536, 1024, 768, 512, 384, 256, 192, 128, 64)
ROOMY = 512  # pixels; smaller tiles are mostly halo, so other savings come first
SHARE = 4  # with tiles, content features that take more than 1/SHARE of the memory go to disk
FEWEST = 3  # pairs; with fewer, L-BFGS is hardly better than gradient descent


class Rehearsal(Protocol):
    """A prediction of a run's memory; see rehearsal.py."""

    def peak(self, size: Size, plan: Plan, dtype: torch.dtype, optimizer: str, history: History) -> int:
        """Return the peak in bytes while a scale of this (width, height) is painted."""

    def features(self, size: Size, dtype: torch.dtype) -> int:
        """Return the bytes of the content's features at this size."""

    def evaluated(self, size: Size, tile: int | None, dtype: torch.dtype) -> Any:
        """Return the cost of an evaluation, which includes its `multiplications`."""


@dataclass(frozen=True)
class Scale:
    """One scale that is painted.

    Attributes:
        size: (width, height).
        pairs: The most pairs that L-BFGS can collect in it.
        exact: Whether it is computed in float32 even if the network computes in less.
    """

    size: Size
    pairs: int
    exact: bool = False

    def covers(self, other: Scale) -> bool:
        """Whether the other scale, evaluated in the same way, certainly needs no more memory than this one."""
        here, there = math.prod(self.size), math.prod(other.size)
        # Half as many pixels, since the other scale may be computed in twice the precision.
        return 2 * there <= here and other.pairs * there <= self.pairs * here


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Attributes:
        plans: How each scale is evaluated, by its size.
        peak: Bytes at the most demanding scale.
        dtype: The precision of the network.
        history: The pairs that L-BFGS remembers; None for another optimiser.
        history_dtype: Their precision, if it is not that of the image.
    """

    plans: Mapping[Size, Plan]
    peak: int
    dtype: torch.dtype
    history: int | None = None
    history_dtype: torch.dtype | None = None


@dataclass(frozen=True)
class Wishes:
    """A run to fit into memory.

    Attributes:
        network: The network.
        rehearsal: Predicts memory.
        optimizer: The optimiser's name.
        scales: The scales that are painted, from the smallest.
        pairs: How many pairs L-BFGS should remember.
        pairs_are_given: Whether the user asked for that number.
        tile: The tile size that the user asked for.
        lower: Whether the network may compute in less than float32.
        whole_only: Returns why the image can only be evaluated whole; None if tiles give the same result.
        enough: Bytes with which it certainly fits.
    """

    network: Network
    rehearsal: Rehearsal
    optimizer: str
    scales: tuple[Scale, ...]
    pairs: int
    pairs_are_given: bool = False
    tile: int | None = None
    lower: bool = False
    whole_only: Callable[[], str | None] = lambda: None
    enough: float = math.inf

    def fitted(self, limit: int) -> Choice | None:
        """Return the best choice that takes at most `limit` bytes; None if there is none."""
        ways = [
            (dtype, history, least)
            for dtype in self._precisions()
            for least in (ROOMY, 0)
            for history in self._histories()
        ]
        if (result := self._within(limit, *ways[0])) or self.frugal().peak > limit:
            return result
        return next(filter(None, (self._within(limit, *way) for way in ways[1:])), None)

    def frugal(self, optimizer: str | None = None) -> Choice:
        """Return the choice that takes the least memory."""
        asking = self if optimizer is None else replace(self, optimizer=optimizer)
        least = Plan() if self.whole_only() else Plan(self.tile or TILES[-1], on_disk=True)
        plans = {scale.size: least for scale in self.scales}
        return asking._chosen(plans, list(asking._precisions())[-1], list(asking._histories())[-1])

    def whole(self) -> Choice:
        """Return the best choice, however much memory it takes."""
        plan = Plan(keeps_freed=self._keeping()[0])
        return self._chosen({scale.size: plan for scale in self.scales}, self.network.dtype, next(self._histories()))

    def unpredicted(self, *, is_ample: bool) -> Choice:
        """Return the choice without a prediction: as the user asks, and in tiles once the memory is full.

        Args:
            is_ample: Whether there is certainly enough memory.
        """
        plans = {scale.size: Plan(self.tile, keeps_freed=is_ample and self._keeping()[0]) for scale in self.scales}
        history = next(self._histories())
        return Choice(plans, 0, self.network.dtype, history.pairs, history.dtype)

    def largest(self, limit: int) -> int | None:
        """Return about the longest edge in pixels that would fit; None if not even 64 would."""
        last = self.scales[-1]
        need = lambda edge: replace(self, scales=(replace(last, size=fit(*last.size, edge)),)).frugal().peak
        fits, fails = 64, max(last.size)
        least, most = need(fits), need(fails)
        if least > limit or fails <= fits:
            return None
        # Memory grows in proportion to the pixels.
        while most > limit:
            fails, guess = min(fails - 1, int(fails * 0.99)), (limit - least) / (most - least)
            fails = max(fits, min(fails, int(math.sqrt(fits**2 + guess * (fails**2 - fits**2)))))
            most = need(fails)
        return fails

    def need(self, scale: Scale, plan: Plan, dtype: torch.dtype, history: History) -> int:
        """Return the bytes that a scale takes in total with this plan, precision and history."""
        pairs = history.pairs
        if pairs and self.network.device.type == "cpu":
            # A CPU takes no memory for pairs that are allocated but never written; a GPU does.
            pairs = min(pairs, scale.pairs)
        computed = at_least_float32(dtype) if scale.exact else dtype
        return self.rehearsal.peak(scale.size, plan, computed, self.optimizer, History(pairs, history.dtype))

    def chosen(self, scale: Scale, choice: Choice) -> int:
        """Return the bytes that a scale takes with this choice."""
        return self.need(scale, choice.plans[scale.size], choice.dtype, History(choice.history, choice.history_dtype))

    def _within(self, limit: int, dtype: torch.dtype, history: History, least: int) -> Choice | None:
        plans: dict[Size, Plan] = {}
        keeping, larger = self._keeping(), None
        # The largest scale first, since it decides.
        for scale in reversed(self.scales):
            best = Plan(keeps_freed=keeping[0])
            if larger and plans[larger.size] == best and larger.covers(scale):
                plans[scale.size] = best
                continue
            plan = self._plan(scale, dtype, history, limit, least, keeping)
            if plan is None:
                return None
            plans[scale.size], larger = plan, scale
            if not plan.keeps_freed:
                keeping = (False,)  # memory kept by smaller scales would stay allocated in fragments
        return self._chosen(plans, dtype, history)

    def _plan(
        self,
        scale: Scale,
        dtype: torch.dtype,
        history: History,
        limit: int,
        least: int,
        keeping: tuple[bool, ...],
    ) -> Plan | None:
        """Return the plan for a scale: whole if that fits, otherwise the largest tile that does.

        Content features go to disk only if nothing else helps.
        """
        fits = lambda plan: self.need(scale, plan, dtype, history) <= limit
        whole = [Plan(keeps_freed=keeps) for keeps in keeping]
        if self.tile is None and (result := next(filter(fits, whole), None)):
            return result
        if self.whole_only():
            return None
        tiles = [tile for tile in TILES if least <= tile < max(scale.size)] if self.tile is None else [self.tile]
        for keeps in keeping:
            # Larger tiles need more memory, so bisection finds the largest one that fits.
            ways = [Plan(tile, on_disk=True, keeps_freed=keeps) for tile in tiles]
            place = bisect.bisect_left(ways, True, key=fits)
            if place < len(tiles):
                here = replace(ways[place], on_disk=False)
                roomy = self.rehearsal.features(scale.size, dtype) * SHARE <= limit
                return here if roomy and fits(here) else ways[place]
        return None

    def _chosen(self, plans: Mapping[Size, Plan], dtype: torch.dtype, history: History) -> Choice:
        peak, larger = 0, None
        for scale in reversed(self.scales):
            if larger and plans[larger.size] == plans[scale.size] and larger.covers(scale):
                continue
            peak, larger = max(peak, self.need(scale, plans[scale.size], dtype, history)), scale
        return Choice(plans, peak, dtype, history.pairs, history.dtype)

    def _keeping(self) -> tuple[bool, ...]:
        """Whether freed memory is kept, from the best to the most frugal; on a GPU, PyTorch always keeps it."""
        return (True, False) if self.network.device.type == "cpu" else (False,)

    def _precisions(self) -> Iterator[torch.dtype]:
        yield self.network.dtype
        if self.lower and self.network.dtype == torch.float32:
            yield torch.bfloat16

    def _histories(self) -> Iterator[History]:
        """Yield histories from the best to the most frugal."""
        if self.optimizer != "lbfgs":
            yield History()
            return
        yield History(self.pairs)
        yield History(self.pairs, torch.bfloat16)
        if not self.pairs_are_given:
            for fewer in (self.pairs // 2, self.pairs // 4, FEWEST):
                if FEWEST <= fewer < self.pairs:
                    yield History(fewer, torch.bfloat16)


def choose(wishes: Wishes, limit: int, source: str) -> Choice:
    """Return the best choice that fits into `limit` bytes, and log it in one line unless it is the usual one.

    A prediction takes a third of a second, so it is made only if the run might not fit. If memory cannot be predicted,
    the image is evaluated whole, and in tiles once the memory is full.

    Args:
        wishes: The run.
        limit: Bytes that it may take.
        source: Where the limit comes from, for the message.

    Raises:
        OptionError: If nothing fits; the message says what would.
    """
    if limit >= wishes.enough:
        return wishes.unpredicted(is_ample=True)
    try:
        result = wishes.fitted(limit)
    except ForecastError as error:
        log.warning("memory: %s; painting starts without a prediction", error)
        return wishes.unpredicted(is_ample=False)
    if result is None:
        raise OptionError(refusal(wishes, limit, source))
    if savings := different(wishes, result):
        log.info("memory: %s; about %s of %s", savings, in_words(result.peak), in_words(limit))
    return result


def refusal(wishes: Wishes, limit: int, source: str) -> str:
    """Return the message that says what is needed, what is available and what would fit."""
    width, height = wishes.scales[-1].size
    least = wishes.frugal()
    ways = []
    if wishes.optimizer == "lbfgs" and (descent := wishes.frugal("sgd").peak) <= limit:
        ways.append(f"--optimizer adam or sgd (about {in_words(descent)})")
    if edge := wishes.largest(limit):
        ways.append(f"--size {edge}")
    if wishes.tile and wishes.tile > TILES[-1]:
        ways.append("a smaller --tile, or none")
    if wishes.pairs_are_given and wishes.pairs > FEWEST and wishes.optimizer == "lbfgs":
        ways.append("a smaller --history, or none")
    cure = f"give more, or {', or '.join(ways)}" if ways else "give more"
    if why := wishes.whole_only():
        cure += f"; tiles do not help, since {why}"
    return (
        f"{width} x {height} pixels need about {in_words(least.peak)} with network"
        f" '{wishes.network.architecture.name}' at the very least, but {source} is {in_words(limit)}; {cure}"
    )


def different(wishes: Wishes, choice: Choice) -> str:
    """Describe what the choice saves compared with unlimited memory; empty if it saves nothing."""
    savings = []
    tiled = {size: plan for size, plan in choice.plans.items() if plan.tile and plan.tile < max(size)}
    for size, plan in tiled.items():
        savings.append(f"{size[0]} x {size[1]} in tiles of {plan.tile} pixels")
    if any(plan.on_disk for plan in choice.plans.values()):
        savings.append("content features on disk")
    if choice.history_dtype is not None or (choice.history is not None and choice.history != wishes.pairs):
        kind = " in bfloat16" if choice.history_dtype else ""
        savings.append(f"L-BFGS remembers {choice.history} steps{kind}")
    if choice.dtype != wishes.network.dtype:
        savings.append("the network computes in bfloat16")
    return ", ".join(savings)
