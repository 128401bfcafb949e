"""Gradient descent with momentum (Polyak 1964), without dampening, with a stepped rate, as in Torch7's `optim.sgd`.

v <- momentum v + g;  x <- x - rate v
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from neuralart.optim.optimiser import Function, Move
from neuralart.optim.state import State
from neuralart.optim.vectors import count
from neuralart.reduce import AllReduce, alone

FALL, EVERY = 0.75, 100  # the original's schedule: times 0.75 after every 100 iterations


@dataclass
class SGDMemory:
    """What SGD remembers between steps.

    Attributes:
        rate: The current learning rate.
        velocity: In the image's shape; None before the first step.
        steps: The number of steps so far.
    """

    rate: float
    velocity: torch.Tensor | None = None
    steps: int = 0


class SGD:
    """Gradient descent with momentum, as Torch7's `optim.sgd` does it.

    Args:
        rate: The learning rate.
        momentum: The share of the last step that is kept.
        per_pixel: Whether the gradient is first multiplied by the number of pixels. One rate then suits all sizes,
            since the gradient of a mean over the image falls with the number of pixels.
        all_reduce: Adds up over the processes that share the image.
    """

    def __init__(
        self, rate: float, momentum: float = 0.9, *, per_pixel: bool = False, all_reduce: AllReduce = alone
    ) -> None:
        self.rate, self.momentum, self.per_pixel, self.all_reduce = rate, momentum, per_pixel, all_reduce

    def start(self, image: torch.Tensor, learnt: None = None) -> SGDMemory:
        return SGDMemory(self.rate)

    def learnt(self, memory: SGDMemory) -> None:
        return None

    def restart(self, memory: SGDMemory) -> SGDMemory:
        return SGDMemory(memory.rate / 2)

    def save(self, memory: SGDMemory) -> State:
        tensors = {} if memory.velocity is None else {"velocity": memory.velocity}
        return State(tensors, {"rate": memory.rate, "steps": memory.steps})

    def load(self, state: State, image: torch.Tensor) -> SGDMemory:
        steps = state.number("steps", int)
        velocity = state.tensor("velocity", image.shape).to(image.device) if steps else None
        return SGDMemory(state.number("rate", float), velocity, steps)

    def step(self, objective: Function, image: torch.Tensor, memory: SGDMemory) -> Move:
        evaluation = objective(image)
        gradient = evaluation.gradient
        if self.per_pixel:
            gradient = gradient * count(image[0, 0], self.all_reduce)
        velocity = gradient if memory.velocity is None else self.momentum * memory.velocity + gradient
        moved = image - memory.rate * velocity
        steps = memory.steps + 1
        rate = memory.rate * (FALL if steps % EVERY == 0 else 1)
        return Move(moved, SGDMemory(rate, velocity, steps), image, evaluation, 1)
