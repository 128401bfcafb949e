"""Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1), with bias correction.

The rate is in grey levels: how far a pixel moves in one iteration while its gradient keeps its sign.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from neuralart.optim.optimiser import Function, Move
from neuralart.optim.state import State
from neuralart.optim.vectors import count
from neuralart.reduce import AllReduce, alone

EPSILON = 1e-8


@dataclass
class AdamMemory:
    """Moving averages of the gradient and of its square, in the image's shape."""

    rate: float
    mean: torch.Tensor
    square: torch.Tensor
    steps: int = 0


class Adam:
    """Adam (Kingma, Ba, arXiv 1412.6980, algorithm 1).

    beta2 departs from the paper's 0.999: the gradients here have no noise and change quickly, so a shorter average of
    their size follows them better.

    Args:
        rate: Grey levels per iteration.
        beta1: The decay of the average gradient per step.
        beta2: The decay of the average squared gradient per step.
        all_reduce: Adds up over the processes that share the image.
    """

    def __init__(self, rate: float, beta1: float = 0.9, beta2: float = 0.99, all_reduce: AllReduce = alone) -> None:
        self.rate, self.beta1, self.beta2, self.all_reduce = rate, beta1, beta2, all_reduce

    def start(self, image: torch.Tensor, learnt: None = None) -> AdamMemory:
        return AdamMemory(self.rate, torch.zeros_like(image), torch.zeros_like(image))

    def learnt(self, memory: AdamMemory) -> None:
        return None

    def restart(self, memory: AdamMemory) -> AdamMemory:
        return AdamMemory(memory.rate / 2, torch.zeros_like(memory.mean), torch.zeros_like(memory.square))

    def save(self, memory: AdamMemory) -> State:
        return State({"mean": memory.mean, "square": memory.square}, {"rate": memory.rate, "steps": memory.steps})

    def load(self, state: State, image: torch.Tensor) -> AdamMemory:
        mean, square = (state.tensor(name, image.shape).to(image) for name in ("mean", "square"))
        return AdamMemory(state.number("rate", float), mean, square, state.number("steps", int))

    def step(self, objective: Function, image: torch.Tensor, memory: AdamMemory) -> Move:
        evaluation = objective(image)
        # Adam does not depend on the scale of the gradient; scaling it keeps its squares out of the denormals.
        gradient = evaluation.gradient.to(image.dtype) * count(image[0, 0], self.all_reduce)
        steps = memory.steps + 1
        mean = memory.mean.lerp(gradient, 1 - self.beta1)
        square = memory.square.lerp(gradient.square(), 1 - self.beta2)
        corrected = (square / (1 - self.beta2**steps)).sqrt_().add_(EPSILON)
        moved = image - (memory.rate / (1 - self.beta1**steps)) * mean / corrected
        return Move(moved, AdamMemory(memory.rate, mean, square, steps), image, evaluation, 1)
