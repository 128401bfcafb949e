"""How far a run has come, and what it needs to continue from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from neuralart.optim.state import State


@dataclass(frozen=True, eq=False)
class Reached:
    """The outcome of an iteration of an earlier run.

    Attributes:
        image: [1, 3, H, W], after the iteration.
        iteration: The number of the iteration in the whole schedule, from 1; 0 for the image before the first.
        evaluations: Evaluations so far.
        seconds: Time so far.
        total: The objective's value that the iteration reported.
        terms: The values of the terms that it reported.
        state: Returns the optimiser's state; called once, since it may be large. With a state, the run continues as if
            it had never stopped; with None, the optimiser starts with an empty memory.
    """

    image: torch.Tensor
    iteration: int
    evaluations: int = 0
    seconds: float = 0.0
    total: float | None = None
    terms: dict[str, float] = field(default_factory=dict)
    state: Callable[[], State | None] = lambda: None


class Live:
    """The state after the step that a run yielded last, available until the run changes it.

    Steps refer to this object instead of the state, so that keeping a step does not keep an optimiser's vectors.
    """

    def __init__(self) -> None:
        self.forget()

    def set(self, iteration: int, state: State) -> None:
        """Set the state after an iteration."""
        self._iteration, self._state = iteration, state

    def forget(self) -> None:
        """Drop the state."""
        self._iteration, self._state = -1, State()

    def of(self, iteration: int) -> State | None:
        """Return the state after an iteration; None if it is no longer available."""
        state = self._state
        return state if iteration == self._iteration and state.holds() else None
