"""A run is one generator of steps.

    for step in paint(image, stages, optimiser): ...

The progress bar, the frame writer, the log, a notebook and a test all read that stream. To stop, stop reading. Nothing
in this module knows who is watching.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch

from neuralart import spinning
from neuralart.errors import PaintError
from neuralart.objective.allocator import give_back
from neuralart.optim.optimiser import Move, Optimiser
from neuralart.optim.state import State, joined
from neuralart.reduce import AllReduce, alone
from neuralart.run.memory import peak_memory
from neuralart.run.reached import Live, Reached
from neuralart.run.schedule import WHILE, expected, least, tolerance_of, work
from neuralart.run.stage import Stage
from neuralart.run.step import Step

# Consecutive breakdowns after which a stage that never had a finite value gives up; each restart is half as bold as the
# one before. A stage that had one keeps restarting from its best picture.
PATIENCE = 6


def paint(
    image: torch.Tensor,
    stages: Sequence[Stage],
    optimiser: Optimiser,
    all_reduce: AllReduce = alone,
    tolerance: float = 0.0,
    start: Reached | None = None,
    before: State | None = None,
) -> Iterator[Step]:
    """Paint through the stages.

    A value, gradient or image that is not finite never reaches the picture: the stage returns to its best image,
    restarts its optimiser with an empty memory and half as boldly, and says so in the step's notes.

    Args:
        image: The first image, [1, 3, H, W].
        stages: The scales, one after another.
        optimiser: Moves the pixels.
        all_reduce: Adds up over the processes that share the image.
        tolerance: The last stage ends once ten iterations lowered the total by less than this share of it, or by less
            than `schedule.least` if few iterations are left; the others at `schedule.EARLIER` times as much. Remaining
            iterations are skipped, but still counted.
        start: How far an earlier run had come, if `image` is its image.
        before: The last state of another run of the same size, see `Step.state`; this run starts with what it learnt.

    Yields:
        A Step before the first iteration and after every iteration.

    Raises:
        PaintError: If the objective has no finite value at the first image.
    """
    with spinning.minded():
        run = _Run(optimiser, _Count(stages, tolerance, start), all_reduce)
        ahead = _ahead(stages, start.iteration if start else 0)
        learnt: Any = None if before is None else optimiser.learnt(optimiser.load(before.within("optimiser"), image))
        is_first = True
        if start and start.iteration and not ahead[0][2]:
            learnt = run.between(start, image)
            yield run.count.step(_scale_before(stages, ahead[0][0]), image, start.total, start.terms)
            start, is_first = None, False
        for scale, stage, done in ahead:
            image, learnt = yield from run.scale(scale, stage, done, image, learnt, start, is_first)
            start, is_first = None, False
            give_back()


@dataclass
class _Run:
    optimiser: Optimiser
    count: _Count
    all_reduce: AllReduce

    def between(self, start: Reached, image: torch.Tensor) -> Any:
        """Return what an earlier run that stopped between two scales had learnt; the rest of its memory is dropped."""
        state = start.state()
        if state is None:
            return None
        memory, best = self._memory(image, None, state)
        self._keep(memory, best, image)
        return self.optimiser.learnt(memory)

    def _keep(self, memory: Any, best: _Best, image: torch.Tensor) -> None:
        """Keep what a checkpoint of the next step needs."""
        state = joined({"optimiser": self.optimiser.save(memory), "best": best.save(image)})
        self.count.live.set(self.count.iteration, state)

    def _memory(self, image: torch.Tensor, learnt: Any, state: State | None) -> tuple[Any, _Best]:
        """Return the optimiser's memory and the best image for the start of a scale, or from a saved state."""
        if state is None:
            return self.optimiser.start(image, learnt), _Best(image)
        return self.optimiser.load(state.within("optimiser"), image), _Best.load(state.within("best"), image)

    def scale(
        self,
        scale: int,
        stage: Stage,
        done: int,
        image: torch.Tensor,
        learnt: Any,
        start: Reached | None,
        is_first: bool,
    ) -> Generator[Step, None, tuple[torch.Tensor, Any]]:
        """Yield the steps of one scale after its first `done` iterations; return the image and what was learnt."""
        optimiser, count, image = self.optimiser, self.count, stage.enter(image)
        memory, best = self._memory(image, learnt, start.state() if start else None)
        total, terms = (start.total, start.terms) if start else (None, {})
        if is_first:
            self._keep(memory, best, image)
            yield count.step(scale, image, total, terms)
        if done == stage.iterations:
            return image, None
        objective = stage.objective()
        for left in reversed(range(stage.iterations - done)):
            move = optimiser.step(objective, image, memory)
            reading = _read(move, self.all_reduce)
            total, terms = reading.total, reading.terms
            notes = best.update(move, reading, left)
            image, memory = move.image, move.memory
            if notes:
                image, memory, total, terms = best.image, optimiser.restart(memory), best.total, best.terms
            skipped = left if best.is_settled(least(count.tolerance(scale), left)) else 0
            count.done(1 + skipped, move.evaluations)
            self._keep(memory, best, image)
            yield count.step(scale, image, total, terms, notes)
            if skipped:
                break
        count.live.forget()  # free its memory before the next scale begins
        return image, optimiser.learnt(memory)


def _ahead(stages: Sequence[Stage], done: int) -> list[tuple[int, Stage, int]]:
    """Return (number, stage, iterations done) for all stages that are still to be painted.

    If there are none, return the last stage with all its iterations done.
    """
    result = []
    for scale, stage in enumerate(stages, 1):
        here = min(done, stage.iterations)
        done -= here
        if here < stage.iterations:
            result.append((scale, stage, here))
    return result or [(len(stages), stages[-1], stages[-1].iterations)]


def _scale_before(stages: Sequence[Stage], scale: int) -> int:
    """Return the number of the last scale that was painted before this one."""
    return max(number for number, stage in enumerate(stages[: scale - 1], 1) if stage.iterations)


class _Count:
    """The progress of a run: iterations, evaluations, remaining work, time, and the optimiser's state."""

    def __init__(self, stages: Sequence[Stage], tolerance: float, start: Reached | None = None) -> None:
        start = start or Reached(torch.empty(0), 0)
        self.begun, self.scales, self.live = time.perf_counter() - start.seconds, len(stages), Live()
        self.iteration, self.evaluations = start.iteration, start.evaluations
        self.iterations = sum(stage.iterations for stage in stages)
        self.stages, self.last_tolerance = stages, tolerance

    def tolerance(self, scale: int) -> float:
        """Return the share of the total by which ten iterations must lower it for the scale to go on."""
        return tolerance_of(self.last_tolerance, scale, self.scales)

    def done(self, iterations: int, evaluations: int) -> None:
        """Count iterations that are done or skipped."""
        self.iteration, self.evaluations = self.iteration + iterations, self.evaluations + evaluations

    def work_left(self) -> int:
        """Return the work of the iterations that are expected to follow."""
        result = 0
        for scale, stage, done in _ahead(self.stages, self.iteration):
            usual = expected(stage.iterations, self.tolerance(scale))
            left = min(stage.iterations - done, max(usual - done, WHILE if done else usual))
            result += left * work(stage.size)
        return result

    def step(
        self,
        scale: int,
        image: torch.Tensor,
        total: float | None = None,
        terms: Mapping[str, float] = MappingProxyType({}),
        notes: tuple[str, ...] = (),
    ) -> Step:
        """Return the Step for the current state of the run."""
        return Step(
            iteration=self.iteration,
            iterations=self.iterations,
            scale=scale,
            scales=self.scales,
            image=image,
            total=total,
            terms=dict(terms),
            evaluations=self.evaluations,
            work_left=self.work_left(),
            seconds=time.perf_counter() - self.begun if self.iteration else 0.0,
            peak_memory=peak_memory(image.device),
            notes=notes,
            live=self.live,
        )


@dataclass(frozen=True)
class _Reading:
    """The numbers of a move.

    Attributes:
        total: The objective's value.
        terms: The value of every term.
        evaluated: Whether the evaluation is finite everywhere.
        moved: Whether the image after the move is finite everywhere.
    """

    total: float
    terms: dict[str, float]
    evaluated: bool
    moved: bool


def _read(move: Move, all_reduce: AllReduce) -> _Reading:
    """Read all numbers of a move at once, so that the program waits only once for a GPU."""
    evaluation, image = move.evaluation, move.image
    # A sum is not finite if any summand is not; it takes one pass and no temporary tensor.
    sums = all_reduce(torch.stack([evaluation.gradient.sum().to(image), image.sum()]))
    values = [evaluation.total, *evaluation.terms.values(), *sums]
    total, *terms, gradient, pixels = torch.stack([value.to(image) for value in values]).tolist()
    return _Reading(total, dict(zip(evaluation.terms, terms)), math.isfinite(total + gradient), math.isfinite(pixels))


@dataclass
class _Best:
    """The finite image with the lowest total of a stage; at first the image that it began with."""

    image: torch.Tensor
    total: float | None = None
    terms: dict[str, float] = field(default_factory=dict)
    breakdowns: int = 0
    lowest: deque[float] = field(default_factory=lambda: deque(maxlen=WHILE + 1))

    def is_settled(self, least_gain: float) -> bool:
        """Whether the lowest total fell by less than this share of it over the last `WHILE` iterations."""
        if self.total is not None:
            self.lowest.append(self.total)
        if not least_gain or len(self.lowest) <= WHILE:
            return False
        before, now = self.lowest[0], self.lowest[-1]
        return before - now < least_gain * abs(before)

    def save(self, image: torch.Tensor) -> State:
        """Return the state for a checkpoint that holds this image."""
        numbers = {"total": self.total, "terms": self.terms, "breakdowns": self.breakdowns, "lowest": list(self.lowest)}
        return State({} if self.image is image else {"image": self.image}, numbers)

    @classmethod
    def load(cls, state: State, image: torch.Tensor) -> _Best:
        """Restore a saved state, given the image of the checkpoint. Raises PictureError for any other state."""
        best = state.tensor("image", image.shape).to(image.device) if "image" in state.tensors else image
        total = None if state.numbers.get("total") is None else state.number("total", float)
        lowest = deque(state.numbers_of("lowest"), maxlen=WHILE + 1)
        return cls(best, total, state.table("terms"), state.number("breakdowns", int), lowest)

    def update(self, move: Move, reading: _Reading, left: int) -> tuple[str, ...]:
        """Keep the move if it is the best so far.

        Args:
            move: The move.
            reading: Its numbers.
            left: The remaining iterations of the stage.

        Returns:
            Notes about what is done, if its numbers broke down.
        """
        if reading.evaluated:
            if self.total is None or reading.total < self.total:
                self.image, self.total, self.terms = move.evaluated, reading.total, reading.terms
            # The evaluation was fine, but the step away from it may still have broken down.
            if reading.moved:
                self.breakdowns = 0
                return ()
        self.breakdowns += 1
        if self.total is None and (self.breakdowns >= PATIENCE or not left):
            raise PaintError(
                "the objective is not a finite number even for the first image; the weights may be damaged"
                " (neuralart models verify) or the factors too large: lower --style-factor or --smoothness,"
                " or use --precision float32"
            )
        return (
            "the numbers were no longer finite: returning to the best picture so far and restarting the optimiser"
            " with half the step",
        )
