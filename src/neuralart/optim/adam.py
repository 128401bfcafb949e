"""Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1), with the bias of its averages corrected.

The rate is in grey levels: what a pixel moves in one iteration while its gradient keeps its sign.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from neuralart.optim.optimiser import Function, Move
from neuralart.optim.state import State
from neuralart.optim.vectors import Total, alone, count

EPSILON = 1e-8


@dataclass
class Memory:
    """Averages of the gradient and of its square, in the image's shape."""

    rate: float
    mean: torch.Tensor
    square: torch.Tensor
    steps: int = 0


class Adam:
    """rate: grey levels per iteration.

    beta2 departs from the paper's 0.999: the gradients here are without noise and change quickly, so that a shorter
    memory of their size follows them better. total: adds up over the machines that share the image.
    """

    def __init__(self, rate: float, beta1: float = 0.9, beta2: float = 0.99, total: Total = alone) -> None:
        self.rate, self.beta1, self.beta2, self.total = rate, beta1, beta2, total

    def start(self, image: torch.Tensor, learnt: None = None) -> Memory:
        return Memory(self.rate, torch.zeros_like(image), torch.zeros_like(image))

    def learnt(self, memory: Memory) -> None:
        return None

    def restart(self, memory: Memory) -> Memory:
        return Memory(memory.rate / 2, torch.zeros_like(memory.mean), torch.zeros_like(memory.square))

    def save(self, memory: Memory) -> State:
        return State({"mean": memory.mean, "square": memory.square}, {"rate": memory.rate, "steps": memory.steps})

    def load(self, state: State, image: torch.Tensor) -> Memory:
        mean, square = (state.tensor(name, image.shape).to(image) for name in ("mean", "square"))
        return Memory(state.number("rate", float), mean, square, state.number("steps", int))

    def step(self, objective: Function, image: torch.Tensor, memory: Memory) -> Move:
        evaluation = objective(image)
        # The size of the gradient is nobody's business in Adam; scaling it keeps its squares out of the denormals.
        gradient = evaluation.gradient.to(image.dtype) * count(image[0, 0], self.total)
        steps = memory.steps + 1
        mean = memory.mean.lerp(gradient, 1 - self.beta1)
        square = memory.square.lerp(gradient.square(), 1 - self.beta2)
        corrected = (square / (1 - self.beta2**steps)).sqrt_().add_(EPSILON)
        moved = image - (memory.rate / (1 - self.beta1**steps)) * mean / corrected
        return Move(moved, Memory(memory.rate, mean, square, steps), image, evaluation, 1)
