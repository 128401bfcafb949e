"""How far a run has come, and what it needs to go on from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from neuralart.optim.state import State


@dataclass(frozen=True, eq=False)
class Reached:
    """What an iteration led to, of an earlier run.

    Attributes:
        image: [1, 3, H, W], after the iteration.
        iteration: Of the whole schedule, from 1; 0 for an image before the first.
        evaluations, seconds: So far.
        total, terms: Of the objective, as that iteration told them.
        state: Gives what the optimiser remembers, asked for once, since it may be large. With it the run goes on as if
            it had never stopped; with None the optimiser's memory begins anew.
    """

    image: torch.Tensor
    iteration: int
    evaluations: int = 0
    seconds: float = 0.0
    total: float | None = None
    terms: dict[str, float] = field(default_factory=dict)
    state: Callable[[], State | None] = lambda: None


class Live:
    """The state of the step that a run yielded last: there until the run goes on far enough to change it.

    Steps refer to it instead of to the state, so that to keep a step is not to keep an optimiser's vectors.
    """

    def __init__(self) -> None:
        self.forget()

    def set(self, iteration: int, state: State) -> None:
        """This is the state after that iteration."""
        self._iteration, self._state = iteration, state

    def forget(self) -> None:
        """There is no state any more."""
        self._iteration, self._state = -1, State()

    def of(self, iteration: int) -> State | None:
        """The state after an iteration; None where it is gone."""
        state = self._state
        return state if iteration == self._iteration and state.holds() else None
