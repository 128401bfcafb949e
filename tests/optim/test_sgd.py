"""Gradient descent with momentum: its formula, its stairs."""

from __future__ import annotations

import itertools

import pytest
import torch

from neuralart.optim.sgd import SGD

from .functions import COUNT, Counted, quadratic, random, start, walk


def test_momentum_is_its_formula():
    objective, _ = quadratic()
    moves = walk(SGD(1e-3, momentum=0.8), objective, start(), 6)
    x, v = start(), torch.zeros_like(start())
    for move in moves:
        v = 0.8 * v + objective(x).gradient
        assert torch.equal(move.evaluated, x)
        x = x - 1e-3 * v
        torch.testing.assert_close(move.image, x)


def test_it_is_torchs_sgd():
    objective, _ = quadratic()
    parameter = start().requires_grad_()
    theirs = torch.optim.SGD([parameter], lr=2e-3, momentum=0.9)
    for _ in range(8):
        parameter.grad = objective(parameter).gradient
        theirs.step()
    torch.testing.assert_close(walk(SGD(2e-3), objective, start(), 8)[-1].image, parameter.detach())


def test_the_rate_falls_in_stairs():
    slope = random(COUNT)
    moves = walk(SGD(1.0, momentum=0.0), Counted(lambda x: x @ slope), start(), 201)
    places = [start(), *(move.image for move in moves)]
    rates = [float((b - a).norm() / slope.norm()) for a, b in itertools.pairwise(places)]
    assert rates == pytest.approx([1.0] * 100 + [0.75] * 100 + [0.75**2])


def test_per_pixel_one_rate_serves_all_sizes():
    # The mean over an image has a gradient that falls with the number of its pixels.
    moves = []
    for side in (2, 5):
        objective = Counted(lambda x: x.mean())
        begin = torch.zeros(1, 3, side, side, dtype=torch.float64)
        moves.append(walk(SGD(1.0, per_pixel=True), objective, begin, 3)[-1].image[0, 0, 0, 0])
    torch.testing.assert_close(moves[0], moves[1])


def test_reaches_the_minimum_of_a_convex_quadratic():
    objective, minimum = quadratic(condition=10.0)
    torch.testing.assert_close(walk(SGD(0.02), objective, start(), 400)[-1].image, minimum, rtol=0, atol=1e-6)


def test_every_iteration_is_one_evaluation():
    objective, _ = quadratic()
    assert [move.evaluations for move in walk(SGD(1e-3), objective, start(), 4)] == [1] * 4
    assert len(objective.asked) == 4


def test_restarting_halves_the_rate_and_forgets_the_velocity():
    optimiser = SGD(1e-3)
    objective, _ = quadratic()
    memory = optimiser.restart(walk(optimiser, objective, start(), 3)[-1].memory)
    assert (memory.rate, memory.velocity, memory.steps) == (5e-4, None, 0)
