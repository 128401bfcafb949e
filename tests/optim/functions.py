"""Functions with known minima, as objectives over images."""

from __future__ import annotations

from dataclasses import dataclass

import torch

SHAPE = (1, 3, 2, 4)
COUNT = 24


@dataclass(frozen=True)
class Found:
    """What an optimiser asks of an evaluation."""

    total: torch.Tensor
    gradient: torch.Tensor


class Counted:
    """An objective from a formula over the flattened image; counts how often it is asked, and keeps where."""

    def __init__(self, formula):
        self.formula, self.asked = formula, []

    def __call__(self, image):
        self.asked.append(image)
        x = image.detach().flatten().requires_grad_()
        value = self.formula(x)
        (gradient,) = torch.autograd.grad(value, x)
        return Found(value.detach(), gradient.view_as(image))


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def quadratic(seed=0, condition=100.0):
    """(objective, its minimiser): 1/2 (x - c)' A (x - c), A of this condition, of random orientation."""
    basis, _ = torch.linalg.qr(random(COUNT, COUNT, seed=seed))
    values = torch.logspace(0, torch.log10(torch.tensor(condition)).item(), COUNT, dtype=torch.float64)
    A, centre = basis @ torch.diag(values) @ basis.T, 50 + 20 * random(COUNT, seed=seed + 1)
    return Counted(lambda x: (x - centre) @ A @ (x - centre) / 2), centre.view(SHAPE)


def rosenbrock():
    """(objective, its minimiser): a curved valley."""
    formula = lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
    return Counted(formula), torch.ones(SHAPE, dtype=torch.float64)


def start(seed=7):
    return 50 + 30 * random(*SHAPE, seed=seed)


def walk(optimiser, objective, image, iterations):
    """All moves of so many iterations."""
    memory, moves = optimiser.start(image), []
    for _ in range(iterations):
        before = image.clone()
        move = optimiser.step(objective, image, memory)
        assert torch.equal(image, before), "the image passed in was changed"
        image, memory = move.image, move.memory
        moves.append(move)
    return moves
