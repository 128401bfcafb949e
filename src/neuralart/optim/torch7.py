"""L-BFGS like Torch7's `optim.lbfgs`, used by `original`: fixed steps of length 1, no line search.

An iteration is one call with maxIter 3: three evaluations and three steps, with the state kept between calls. An
iteration reports the first of the three values. The numbers below are Torch7's defaults.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from neuralart.optim.history import History
from neuralart.optim.optimiser import Function, Move
from neuralart.optim.state import State, joined
from neuralart.optim.vectors import absolute, totals
from neuralart.reduce import AllReduce, alone

STEPS = 3
FLAT = 1e-5  # tolFun: no step if the gradient's absolute values sum to less
STILL = 1e-9  # tolX: no more steps in this call if value, slope or pixels change by less
CURVED = 1e-10  # a pair is remembered if s.y is greater


@dataclass
class Torch7Memory:
    """What Torch7 keeps in its state table: the last direction, step length and gradient, and the history."""

    history: History
    rate: float
    steps: int = 0
    direction: torch.Tensor | None = None
    length: float = 0.0
    gradient: torch.Tensor | None = None


class LBFGSTorch7:
    """L-BFGS like Torch7's `optim.lbfgs`, without a line search.

    Args:
        history: The number of pairs to remember.
        rate: The length of every step but the first.
        dtype: The precision of the pairs; by default that of the image.
        all_reduce: Adds up over the processes that share the image.
    """

    def __init__(
        self, history: int = 100, rate: float = 1.0, dtype: torch.dtype | None = None, all_reduce: AllReduce = alone
    ) -> None:
        self.history, self.rate, self.dtype, self.all_reduce = history, rate, dtype, all_reduce

    def start(self, image: torch.Tensor, learnt: None = None) -> Torch7Memory:
        return Torch7Memory(self._history(), self.rate)

    def learnt(self, memory: Torch7Memory) -> None:
        return None

    def restart(self, memory: Torch7Memory) -> Torch7Memory:
        return Torch7Memory(self._history(), memory.rate / 2)

    def save(self, memory: Torch7Memory) -> State:
        vectors = {"direction": memory.direction, "gradient": memory.gradient}
        own = State(
            {name: one for name, one in vectors.items() if one is not None},
            {"rate": memory.rate, "steps": memory.steps, "length": memory.length},
        )
        return joined({"history": memory.history.save(), "own": own})

    def load(self, state: State, image: torch.Tensor) -> Torch7Memory:
        like, own = image.flatten(), state.within("own")
        memory = Torch7Memory(self._history().load(state.within("history"), like), own.number("rate", float))
        memory.steps, memory.length = own.number("steps", int), own.number("length", float)
        if memory.steps:
            memory.direction = own.tensor("direction", like.shape).to(image.device)
            memory.gradient = own.tensor("gradient", like.shape).to(image.device)
        return memory

    def _history(self) -> History:
        # The steps are not safeguarded, so the effect of rounding shows within a few steps.
        return History(self.history, self.dtype, self.all_reduce, exact=True)

    def step(self, objective: Function, image: torch.Tensor, memory: Torch7Memory) -> Move:
        evaluated, evaluation = image, objective(image)
        current = evaluation
        for asked in range(1, STEPS + 1):
            gradient = current.gradient.flatten()
            pair = self._pair(gradient, memory)
            size, curved = totals(
                [absolute(gradient), pair[0] @ pair[1] if pair else absolute(gradient)], self.all_reduce
            )
            if not size > FLAT:
                break
            memory.steps += 1
            if pair is None:
                direction, length = -gradient, min(1.0, 1.0 / size) * memory.rate
            else:
                if curved > CURVED:
                    memory.history.add(*pair)
                direction, length = memory.history.times(gradient).neg_(), memory.rate
            memory.gradient, memory.direction = gradient, direction
            slope, reach = totals([gradient @ direction, absolute(direction)], self.all_reduce)
            if slope > -STILL:
                break
            memory.length = length
            image = image + (length * direction).view_as(image)
            if asked == STEPS:
                break
            before, current = current, objective(image)
            if length * reach <= STILL or abs(float(current.total - before.total)) < STILL:
                return Move(image, memory, evaluated, evaluation, asked + 1)
        return Move(image, memory, evaluated, evaluation, asked)

    @staticmethod
    def _pair(gradient: torch.Tensor, memory: Torch7Memory) -> tuple[torch.Tensor, torch.Tensor] | None:
        """Return the last step and the change of the gradient along it; None before the first step."""
        if memory.direction is None or memory.gradient is None:
            return None
        return memory.direction * memory.length, gradient - memory.gradient
