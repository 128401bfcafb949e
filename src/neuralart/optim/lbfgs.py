"""L-BFGS with a safeguarded step: what `balanced` uses.

Nocedal and Wright, "Numerical Optimization" (2nd edition), algorithm 7.5, with Armijo's condition (their eq. 3.4) and
step lengths from quadratic interpolation (eq. 3.58) instead of a full line search: the unit step is nearly always
right, so that one iteration is nearly always one evaluation. The initial matrix is learnt wave by wave (spectrum.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from neuralart.optim.history import History
from neuralart.optim.optimiser import Function, Move
from neuralart.optim.spectrum import Metric
from neuralart.optim.state import State, joined
from neuralart.optim.vectors import AsOne, alone_as_one, count, dots
from neuralart.reduce import AllReduce, alone

SUFFICIENT = 1e-4  # Armijo's constant, Nocedal and Wright's own choice
TRIALS = 8
ROUNDING = 1e-6  # of a value that was computed in float32, relative to it


@dataclass
class LBFGSMemory:
    """What L-BFGS knows between steps. boldness: root-mean-square change of the very first step, in grey levels."""

    history: History
    boldness: float
    metric: Metric
    evaluation: Any = None


@dataclass(frozen=True)
class Known:
    """An evaluation that was saved: the value, every term's and the gradient."""

    total: torch.Tensor
    terms: dict[str, torch.Tensor]
    gradient: torch.Tensor


class LBFGS:
    """L-BFGS with a line search, and the learnt spectrum as the first guess of the inverse Hessian.

    Args:
        history: Pairs remembered.
        first: Root mean square of the first step, in grey levels.
        longest: Of any step.
        dtype: The precision of the pairs; that of the image without it.
        all_reduce: Adds up over the processes that share the image.
        as_one: Puts together whole images over those processes.
        rounding: How far off the objective's values may be, relative to them.
    """

    def __init__(
        self,
        history: int = 20,
        first: float = 2.0,
        longest: float = 40.0,
        dtype: torch.dtype | None = None,
        all_reduce: AllReduce = alone,
        as_one: AsOne = alone_as_one,
        rounding: float = ROUNDING,
    ) -> None:
        self.history, self.first, self.longest, self.dtype = history, first, longest, dtype
        self.all_reduce, self.as_one, self.rounding = all_reduce, as_one, rounding

    def start(self, image: torch.Tensor, learnt: Metric | None = None) -> LBFGSMemory:
        return LBFGSMemory(
            History(self.history, self.dtype, self.all_reduce), self.first, Metric(image, self.as_one, learnt)
        )

    def learnt(self, memory: LBFGSMemory) -> Metric:
        return memory.metric

    def restart(self, memory: LBFGSMemory) -> LBFGSMemory:
        metric = Metric(torch.empty(memory.metric.shape, device="meta"), self.as_one)
        return LBFGSMemory(History(self.history, self.dtype, self.all_reduce), memory.boldness / 2, metric)

    def save(self, memory: LBFGSMemory) -> State:
        here = memory.evaluation
        values = {} if here is None else {"total": here.total, "gradient": here.gradient}
        terms = {} if here is None else getattr(here, "terms", {})
        own = State(values, {"boldness": memory.boldness, "evaluated": here is not None, "terms": list(terms)})
        parts = {"history": memory.history.save(), "metric": memory.metric.save()}
        return joined({**parts, "own": own, "term": State(dict(terms))})

    def load(self, state: State, image: torch.Tensor) -> LBFGSMemory:
        own, terms = state.within("own"), state.within("term")
        history = History(self.history, self.dtype, self.all_reduce).load(state.within("history"), image.flatten())
        metric = Metric(image, self.as_one).load(state.within("metric"), image)
        memory = LBFGSMemory(history, own.number("boldness", float), metric)
        if own.number("evaluated", bool):
            here = lambda one: one.to(image.device)
            values = {str(name): here(terms.tensor(str(name), ())) for name in own.numbers.get("terms", [])}
            gradient = here(own.tensor("gradient", image.shape))
            memory.evaluation = Known(here(own.tensor("total", ())), values, gradient)
        return memory

    def step(self, objective: Function, image: torch.Tensor, memory: LBFGSMemory) -> Move:
        asked = 0
        if memory.evaluation is None:
            memory.evaluation, asked = objective(image), 1
        here = memory.evaluation
        gradient = here.gradient.flatten()
        direction, length, slope = self._direction(gradient, memory)
        for _ in range(TRIALS):
            there = torch.add(image, direction.view_as(image), alpha=length)
            evaluation = objective(there)
            asked += 1
            before, after = torch.stack([here.total, evaluation.total]).tolist()
            if sufficient(before, after, length * slope, self.rounding):
                # In place and let go early: at a hundred megapixels every further vector is a gigabyte.
                s, y = direction.mul_(length), evaluation.gradient.flatten() - gradient
                memory.evaluation = evaluation
                del here, gradient
                along, step, change = dots((s, y), (s, s), (y, y), all_reduce=self.all_reduce)
                if along > 1e-6 * (step * change) ** 0.5:
                    memory.history.add(s, y)
                    memory.metric.learn(s, y)
                return Move(there, memory, there, evaluation, asked)
            length *= shorten(before, after, length * slope)
        # Downhill is nowhere to be found along this direction: forget the curvature that led here, and step softly.
        fresh = self.restart(memory)
        fresh.evaluation = here
        return Move(image, fresh, image, here, asked)

    def _direction(self, gradient: torch.Tensor, memory: LBFGSMemory) -> tuple[torch.Tensor, float, float]:
        """A direction downhill, the length to try first, and the slope of the objective along it."""
        metric = memory.metric
        direction = memory.history.times(gradient, metric.times if metric.is_known else None).neg_()
        slope, square = dots((gradient, direction), (direction, direction), all_reduce=self.all_reduce)
        if metric.is_known and not slope < 0:
            metric = memory.metric = Metric(torch.empty(metric.shape, device="meta"), self.as_one)
            memory.history.order.clear()
            direction = -gradient
            slope, square = dots((gradient, direction), (direction, direction), all_reduce=self.all_reduce)
        size = (square / count(direction, self.all_reduce)) ** 0.5  # root mean square
        length = 1.0 if metric.is_known else memory.boldness / max(size, 1e-30)
        return direction, min(length, self.longest / max(size, 1e-30)), slope


def sufficient(before: float, after: float, slope: float, rounding: float = ROUNDING) -> bool:
    """Armijo's condition, with room for what rounding does to the value itself, relative to it."""
    return after <= before + SUFFICIENT * slope + rounding * abs(before)


def shorten(before: float, after: float, slope: float) -> float:
    """By how much to shorten a step that went wrong: to the lowest point of the parabola through what is known."""
    bend = 2 * (after - before - slope)
    lowest = -slope / bend if bend > 0 else 0.0
    return min(max(lowest, 0.1), 0.5) if lowest == lowest else 0.1
