"""L-BFGS with a safeguarded step, used by `balanced`.

Nocedal and Wright, "Numerical Optimization" (2nd edition), algorithm 7.5, with Armijo's condition (their eq. 3.4) and
step lengths from quadratic interpolation (eq. 3.58) instead of a full line search: the unit step is nearly always
accepted, so one iteration is nearly always one evaluation. The initial matrix is learnt per wavelength (spectrum.py).
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
ROUNDING = 1e-6  # relative error of a value computed in float32


@dataclass
class LBFGSMemory:
    """What L-BFGS remembers between steps.

    Attributes:
        history: The last steps and changes of the gradient.
        boldness: The root-mean-square change of the very first step, in grey levels.
        metric: The learnt initial matrix.
        evaluation: The evaluation of the current image, if it is known.
    """

    history: History
    boldness: float
    metric: Metric
    evaluation: Any = None


@dataclass(frozen=True)
class Known:
    """A saved evaluation: the value, the values of the terms, and the gradient."""

    total: torch.Tensor
    terms: dict[str, torch.Tensor]
    gradient: torch.Tensor


class LBFGS:
    """L-BFGS with a line search, and the learnt spectrum as the first guess of the inverse Hessian.

    Args:
        history: The number of pairs to remember.
        first: The root mean square of the first step, in grey levels.
        longest: The longest root mean square of any step, in grey levels.
        dtype: The precision of the pairs; by default that of the image.
        all_reduce: Adds up over the processes that share the image.
        as_one: Works on whole images that are spread over those processes.
        rounding: The relative error of the objective's values.
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
                # Work in place and free early: at a hundred megapixels every additional vector takes a gigabyte.
                s, y = direction.mul_(length), evaluation.gradient.flatten() - gradient
                memory.evaluation = evaluation
                del here, gradient
                along, step, change = dots((s, y), (s, s), (y, y), all_reduce=self.all_reduce)
                if along > 1e-6 * (step * change) ** 0.5:
                    memory.history.add(s, y)
                    memory.metric.learn(s, y)
                return Move(there, memory, there, evaluation, asked)
            length *= shorten(before, after, length * slope)
        # No step along this direction goes downhill: drop the curvature that led here, and take smaller steps.
        fresh = self.restart(memory)
        fresh.evaluation = here
        return Move(image, fresh, image, here, asked)

    def _direction(self, gradient: torch.Tensor, memory: LBFGSMemory) -> tuple[torch.Tensor, float, float]:
        """Return a descent direction, the length to try first, and the slope of the objective along the direction."""
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
    """Armijo's condition, with a tolerance for the rounding of the value, relative to it."""
    return after <= before + SUFFICIENT * slope + rounding * abs(before)


def shorten(before: float, after: float, slope: float) -> float:
    """Return the factor that shortens a rejected step to the minimum of the parabola through the known values."""
    bend = 2 * (after - before - slope)
    lowest = -slope / bend if bend > 0 else 0.0
    return min(max(lowest, 0.1), 0.5) if lowest == lowest else 0.1
