"""Torch7's L-BFGS: fixed steps, three evaluations; the numbers themselves are compared in tests/recipes."""

from __future__ import annotations

import pytest
import torch

from neuralart.optim.torch7 import LBFGSTorch7

from .functions import COUNT, SHAPE, Counted, Found, quadratic, start, walk
from .test_history import two_loops


def torch7s_steps(objective, x, steps):
    """The places of Torch7's optim.lbfgs, transcribed with the two-loop recursion; objective asked at each of them."""
    places, pairs, direction, length, before = [x], [], None, None, None
    for step in range(steps):
        g = objective(x).gradient.flatten()
        if step == 0:
            direction, length = -g, min(1.0, 1.0 / float(g.abs().sum()))
        else:
            s, y = direction * length, g - before
            if float(y @ s) > 1e-10:
                pairs = [*pairs, (s, y)]
            direction, length = -(two_loops(pairs, g) if pairs else g), 1.0
        before = g
        x = x + (length * direction).view_as(x)
        places.append(x)
    return places


def test_three_steps_and_three_evaluations_in_every_iteration():
    objective, _ = quadratic()
    moves = walk(LBFGSTorch7(), objective, start(), 4)
    assert [move.evaluations for move in moves] == [3, 3, 3, 3]
    assert len(objective.asked) == 12


def test_state_is_kept_between_iterations():
    objective, _ = quadratic()
    expected = torch7s_steps(objective, start(), 12)
    moves = walk(LBFGSTorch7(), objective, start(), 4)
    for index, move in enumerate(moves, 1):
        torch.testing.assert_close(move.image, expected[3 * index])


def test_a_move_reports_its_first_evaluation():
    objective, _ = quadratic()
    places = [start()]
    for move in walk(LBFGSTorch7(), objective, start(), 3):
        assert torch.equal(move.evaluated, places[-1])
        assert torch.equal(move.evaluation.total, objective(places[-1]).total)
        places.append(move.image)


def test_absolute_values_of_the_very_first_step_sum_to_one():
    objective, _ = quadratic()
    walk(LBFGSTorch7(), objective, start(), 1)
    first, second = objective.asked[:2]
    assert float((second - first).abs().sum()) == pytest.approx(1.0)


def test_a_small_gradient_is_the_very_first_step():
    slope = torch.linspace(-1, 1, COUNT, dtype=torch.float64) / COUNT
    assert 0 < float(slope.abs().sum()) < 1
    objective = Counted(lambda x: x @ slope)
    walk(LBFGSTorch7(), objective, start(), 1)
    first, second = objective.asked[:2]
    torch.testing.assert_close(second - first, -slope.view(SHAPE))


def test_the_rate_is_the_length_of_every_step():
    objective, _ = quadratic()
    walk(LBFGSTorch7(rate=0.25), objective, start(), 1)
    first, second = objective.asked[:2]
    assert float((second - first).abs().sum()) == pytest.approx(0.25)


def test_reaches_the_minimum_of_a_convex_quadratic():
    objective, minimum = quadratic(condition=10.0)
    last = walk(LBFGSTorch7(), objective, start(), 25)[-1]
    torch.testing.assert_close(last.image, minimum, rtol=0, atol=1e-4)


def test_a_flat_place_costs_one_evaluation_and_is_stayed_at():
    objective = Counted(lambda x: 0 * x.sum())
    (move,) = walk(LBFGSTorch7(), objective, start(), 1)
    assert torch.equal(move.image, start())
    assert move.evaluations == len(objective.asked) == 1


def test_it_stops_where_the_value_stands_still():
    # The gradient is steep enough for steps, the value rounded to thousands.
    slope = torch.full(SHAPE, 1e-3, dtype=torch.float64)
    asked = []
    objective = lambda image: asked.append(image) or Found((image.sum() / 1000).round(), slope)
    (move,) = walk(LBFGSTorch7(), objective, start(), 1)
    assert move.evaluations == len(asked) == 2


def test_it_stops_where_the_pixels_stand_still():
    objective = Counted(lambda x: 1e6 * x.sum())
    (move,) = walk(LBFGSTorch7(rate=1e-10), objective, start(), 1)
    assert move.evaluations == len(objective.asked) == 2


def test_pairs_without_curvature_are_not_remembered():
    objective = Counted(lambda x: -x.square().sum() * 1e-4)
    assert len(walk(LBFGSTorch7(), objective, start(), 2)[-1].memory.history) == 0
    objective, _ = quadratic()
    assert len(walk(LBFGSTorch7(history=4), objective, start(), 2)[-1].memory.history) == 4


def test_restarting_halves_the_rate_and_begins_anew():
    optimiser = LBFGSTorch7(history=9)
    objective, _ = quadratic()
    memory = optimiser.restart(walk(optimiser, objective, start(), 2)[-1].memory)
    assert (memory.rate, memory.steps, memory.direction, len(memory.history)) == (0.5, 0, None, 0)
    assert memory.history.size == 9
    asked = len(objective.asked)
    optimiser.step(objective, start(), memory)
    first, second = objective.asked[asked : asked + 2]
    assert float((second - first).abs().sum()) == pytest.approx(0.5)
