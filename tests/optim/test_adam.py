"""Adam: its formula, and that its rate is in grey levels."""

from __future__ import annotations

import pytest
import torch

from neuralart.optim.adam import Adam

from .functions import SHAPE, Counted, Found, quadratic, random, start, walk

PIXELS = SHAPE[2] * SHAPE[3]


def test_it_is_its_formula():
    objective, _ = quadratic()
    moves = walk(Adam(2.0, beta1=0.8, beta2=0.95), objective, start(), 7)
    x, m, v = start(), torch.zeros_like(start()), torch.zeros_like(start())
    for t, move in enumerate(moves, 1):
        assert torch.equal(move.evaluated, x) or torch.allclose(move.evaluated, x, rtol=1e-12)
        g = objective(x).gradient * PIXELS
        m, v = 0.8 * m + 0.2 * g, 0.95 * v + 0.05 * g**2
        x = x - 2.0 * (m / (1 - 0.8**t)) / ((v / (1 - 0.95**t)).sqrt() + 1e-8)
        torch.testing.assert_close(move.image, x)


def test_it_is_torchs_adam():
    objective, _ = quadratic()
    parameter = start().requires_grad_()
    theirs = torch.optim.Adam([parameter], lr=1.5, betas=(0.9, 0.99), eps=1e-8)
    for _ in range(8):
        parameter.grad = objective(parameter).gradient * PIXELS
        theirs.step()
    torch.testing.assert_close(walk(Adam(1.5), objective, start(), 8)[-1].image, parameter.detach())


@pytest.mark.parametrize("loudness", [1e-4, 1.0, 1e6])
def test_the_first_step_moves_every_pixel_by_the_rate_whatever_the_gradient(loudness):
    slope = loudness * random(*SHAPE).sign()
    objective = lambda image: Found(torch.zeros(()), slope)
    (move,) = walk(Adam(3.0), objective, start(), 1)
    torch.testing.assert_close(move.image, start() - 3.0 * slope.sign(), rtol=1e-4, atol=0)


def test_a_pixel_without_gradient_stays():
    (move,) = walk(Adam(3.0), Counted(lambda x: x[0]), start(), 1)
    assert torch.equal(move.image.flatten()[1:], start().flatten()[1:])


def test_comes_near_the_minimum_of_a_convex_quadratic():
    objective, minimum = quadratic(condition=10.0)
    moves = walk(Adam(2.0), objective, start(), 300)
    assert float((moves[-1].image - minimum).abs().max()) < 1.0


def test_every_iteration_is_one_evaluation():
    objective, _ = quadratic()
    assert [move.evaluations for move in walk(Adam(1.0), objective, start(), 4)] == [1] * 4
    assert len(objective.asked) == 4


def test_restarting_halves_the_rate_and_forgets_the_averages():
    optimiser = Adam(3.0)
    objective, _ = quadratic()
    memory = optimiser.restart(walk(optimiser, objective, start(), 3)[-1].memory)
    assert (memory.rate, memory.steps) == (1.5, 0)
    assert not memory.mean.any() and not memory.square.any()
