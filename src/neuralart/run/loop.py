"""A run is one generator of steps.

    for step in paint(image, stages, optimiser): ...

The progress bar, the frame writer, the log, a notebook and a test are all readers of that stream, and stopping is
ceasing to read. Nothing in here knows who is watching.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch

from neuralart.errors import PaintError
from neuralart.objective.allocator import give_back
from neuralart.optim.optimiser import Move, Optimiser
from neuralart.optim.vectors import Total, alone
from neuralart.run.memory import peak_memory
from neuralart.run.stage import Stage
from neuralart.run.step import Step

# Breakdowns in a row, each restart half as bold as the one before, after which a stage that never saw a finite number
# gives up. One that did goes on restarting from its best picture.
PATIENCE = 6
# Iterations over which a scale is judged: one alone is too uneven.
WHILE = 10


def paint(
    image: torch.Tensor,
    stages: Sequence[Stage],
    optimiser: Optimiser,
    total_of: Total = alone,
    tolerance: float = 0.0,
) -> Iterator[Step]:
    """Paint through the stages, from this first image [1, 3, H, W]; yields a Step before and after every iteration.

    A value, gradient or image that is not finite never reaches the picture: the stage goes back to the best image it
    had, begins its optimiser's memory anew and half as boldly, and says so in the step's notes. Raises PaintError if
    the objective is not finite anywhere to begin with. total_of: adds up over the machines that share the image.
    tolerance: a stage of which ten iterations lowered the total by less than this share of it is over; its other
    iterations are left out, though they are counted.
    """
    count = _Count(stages)
    learnt: Any = None
    for scale, stage in enumerate(stages, 1):
        if not stage.iterations and (count.iterations or scale < len(stages)):
            continue
        image = stage.enter(image)
        if count.iteration == 0:
            yield count.step(scale, image)
        if not stage.iterations:
            continue
        total: float | None
        objective, memory, best = stage.objective(), optimiser.start(image, learnt), _Best(image)
        for left in reversed(range(stage.iterations)):
            move = optimiser.step(objective, image, memory)
            reading = _read(move, total_of)
            total, terms = reading.total, reading.terms
            notes = best.look_at(move, reading, left)
            image, memory = move.image, move.memory
            if notes:
                image, memory, total, terms = best.image, optimiser.restart(memory), best.total, best.terms
            skipped = left if best.is_settled(tolerance) else 0
            if skipped:
                done = stage.iterations - left
                notes = (*notes, f"hardly anything changes any more after {done} of {stage.iterations} iterations")
            count.done(stage, 1 + skipped, move.evaluations)
            yield count.step(scale, image, total, terms, notes)
            if skipped:
                break
        learnt = optimiser.learnt(memory)
        # Not to lie in memory beside the next scale's.
        del objective, memory, best, move
        give_back()


class _Count:
    """How far a run is: iterations, evaluations, the work that is left, and the time."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self.begun, self.iteration, self.evaluations, self.scales = time.perf_counter(), 0, 0, len(stages)
        self.iterations = sum(stage.iterations for stage in stages)
        self.work_left = sum(stage.iterations * stage.pixels for stage in stages)

    def done(self, stage: Stage, iterations: int, evaluations: int) -> None:
        """So many iterations of this stage are done, or will not be."""
        self.iteration, self.evaluations = self.iteration + iterations, self.evaluations + evaluations
        self.work_left -= stage.pixels * iterations

    def step(
        self,
        scale: int,
        image: torch.Tensor,
        total: float | None = None,
        terms: Mapping[str, float] = MappingProxyType({}),
        notes: tuple[str, ...] = (),
    ) -> Step:
        """What is told of where the run is now."""
        return Step(
            iteration=self.iteration,
            iterations=self.iterations,
            scale=scale,
            scales=self.scales,
            image=image,
            total=total,
            terms=dict(terms),
            evaluations=self.evaluations,
            work_left=self.work_left,
            seconds=time.perf_counter() - self.begun if self.iteration else 0.0,
            peak_memory=peak_memory(image.device),
            notes=notes,
        )


@dataclass(frozen=True)
class _Reading:
    """A move's numbers. evaluated, moved: whether its evaluation, and the image it led to, are finite throughout."""

    total: float
    terms: dict[str, float]
    evaluated: bool
    moved: bool


def _read(move: Move, total_of: Total) -> _Reading:
    """All of a move's numbers at once, for which a GPU is waited for once."""
    evaluation, image = move.evaluation, move.image
    # A sum is not finite if any summand is not, and costs one pass without a temporary.
    sums = total_of(torch.stack([evaluation.gradient.sum().to(image), image.sum()]))
    values = [evaluation.total, *evaluation.terms.values(), *sums]
    total, *terms, gradient, pixels = torch.stack([value.to(image) for value in values]).tolist()
    return _Reading(total, dict(zip(evaluation.terms, terms)), math.isfinite(total + gradient), math.isfinite(pixels))


@dataclass
class _Best:
    """The finite image with the lowest total that a stage has seen; at first the image it began with."""

    image: torch.Tensor
    total: float | None = None
    terms: dict[str, float] = field(default_factory=dict)
    breakdowns: int = 0
    lowest: list[float] = field(default_factory=list)

    def is_settled(self, tolerance: float) -> bool:
        """Whether the total of the best image fell by less than this share of it in a while."""
        if self.total is not None:
            self.lowest.append(self.total)
        if not tolerance or len(self.lowest) <= WHILE:
            return False
        before, now = self.lowest[-1 - WHILE], self.lowest[-1]
        return before - now < tolerance * abs(before)

    def look_at(self, move: Move, reading: _Reading, left: int) -> tuple[str, ...]:
        """Keep the move if it is the best so far; if its numbers broke down, say what is done about it.

        left: the iterations that the stage has still to go.
        """
        if reading.evaluated:
            if self.total is None or reading.total < self.total:
                self.image, self.total, self.terms = move.evaluated, reading.total, reading.terms
            # The step away from a good place may itself have gone wrong.
            if reading.moved:
                self.breakdowns = 0
                return ()
        self.breakdowns += 1
        if self.total is None and (self.breakdowns >= PATIENCE or not left):
            raise PaintError(
                "the objective is not a finite number even where the painting begins; the weights may be damaged"
                " (neuralart models verify) or the factors too large: lower --style-factor or --smoothness,"
                " or take --precision float32"
            )
        return (
            "the numbers were no longer finite: back to the best picture so far,"
            " the optimiser begins anew, half as boldly",
        )
