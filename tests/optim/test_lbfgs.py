"""L-BFGS with a safeguarded step: known minima, cost, and what it does with bad numbers."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from neuralart.optim.lbfgs import LBFGS, TRIALS, shorten, sufficient

from .functions import SHAPE, Counted, Found, quadratic, rosenbrock, start, walk


def rms(vector):
    """Root mean square."""
    return float(vector.square().mean().sqrt())


@pytest.mark.parametrize("seed", range(4))
def test_reaches_the_minimum_of_a_convex_quadratic(seed):
    objective, minimum = quadratic(seed)
    last = walk(LBFGS(), objective, start(), 80)[-1]
    torch.testing.assert_close(last.image, minimum, rtol=0, atol=1e-6)


def test_reaches_the_minimum_of_rosenbrocks_valley():
    objective, minimum = rosenbrock()
    begin = torch.full(SHAPE, -1.2, dtype=torch.float64)
    begin[..., ::2] = 1.0
    last = walk(LBFGS(first=0.1), objective, begin, 300)[-1]
    # From this far there is a second, local minimum; the valley's bottom is one of the two.
    assert float(last.evaluation.gradient.abs().max()) < 1e-6
    nearby = walk(LBFGS(first=0.1), objective, torch.full(SHAPE, 0.5, dtype=torch.float64), 200)[-1]
    torch.testing.assert_close(nearby.image, minimum, rtol=0, atol=1e-6)


def test_an_iteration_costs_about_one_evaluation():
    objective, _ = quadratic()
    moves = walk(LBFGS(), objective, start(), 60)
    assert sum(move.evaluations for move in moves) == len(objective.asked)
    assert len(objective.asked) < 1.3 * len(moves)


def test_the_value_never_rises():
    objective, _ = quadratic(condition=1e4)
    totals = [float(move.evaluation.total) for move in walk(LBFGS(), objective, start(), 60)]
    assert all(after <= before * (1 + 1e-12) for before, after in itertools.pairwise(totals))


def test_a_move_reports_the_point_where_it_ended():
    objective, _ = quadratic()
    for move in walk(LBFGS(), objective, start(), 5):
        assert move.evaluated is move.image
        assert torch.equal(objective(move.image).gradient, move.evaluation.gradient)


def test_the_first_step_is_as_bold_as_asked():
    objective = Counted(lambda x: 1e-9 * x.sum())  # a slope without end
    moves = walk(LBFGS(first=2.0), objective, start(), 3)
    # Along a straight slope there is no curvature to learn: every step is like the first.
    places = [start(), *(move.image for move in moves)]
    for here, there in itertools.pairwise(places):
        assert rms((there - here).flatten()) == pytest.approx(2.0)


def test_no_step_is_longer_than_the_longest():
    # So flat a valley that Newton's step would be 1000 grey levels.
    objective = Counted(lambda x: 1e-6 * (x - 1000).square().sum())
    places = [start(), *(move.image for move in walk(LBFGS(longest=5.0), objective, start(), 10))]
    steps = [rms((there - here).flatten()) for here, there in itertools.pairwise(places)]
    assert max(steps) == pytest.approx(5.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_trial_that_is_not_finite_is_backed_away_from(bad):
    wall = lambda x: (x - 51).square().sum() if x.max() < 52 else bad * x.sum()
    begin = torch.full(SHAPE, 40.0, dtype=torch.float64)
    begin[..., 0] = 45.0
    moves = walk(LBFGS(first=30.0, longest=100.0), Counted(wall), begin, 20)
    assert moves[0].evaluations > 2
    assert all(bool(torch.isfinite(move.evaluation.total)) for move in moves)
    torch.testing.assert_close(moves[-1].image, torch.full_like(begin, 51.0), rtol=0, atol=1e-5)


def test_where_nothing_is_downhill_it_stays_forgets_and_is_half_as_bold():
    # The gradient points the wrong way: no trial can succeed.
    lying = lambda image: Found(image.square().sum(), -2 * image)
    optimiser, begin = LBFGS(first=2.0), start()
    move = optimiser.step(lying, begin, optimiser.start(begin))
    assert move.image is begin
    assert move.evaluations == 1 + TRIALS
    assert move.memory.boldness == 1.0
    assert len(move.memory.history) == 0
    # What is known of this place need not be asked again.
    assert optimiser.step(lying, begin, move.memory).evaluations == TRIALS


def test_a_minimum_is_stayed_at():
    objective, minimum = quadratic()
    for move in walk(LBFGS(), objective, minimum, 3):
        assert torch.equal(move.image, minimum)


def test_only_pairs_of_positive_curvature_are_remembered():
    objective = Counted(lambda x: -x.square().sum())  # a hill
    moves = walk(LBFGS(), objective, start(), 4)
    assert len(moves[-1].memory.history) == 0
    objective, _ = quadratic()
    assert len(walk(LBFGS(history=5), objective, start(), 4)[-1].memory.history) == 4
    assert len(walk(LBFGS(history=5), objective, start(), 9)[-1].memory.history) == 5


def test_restarting_is_half_as_bold_and_remembers_nothing():
    optimiser = LBFGS(history=7, first=3.0)
    objective, _ = quadratic()
    memory = optimiser.restart(walk(optimiser, objective, start(), 3)[-1].memory)
    assert (memory.boldness, len(memory.history), memory.history.size, memory.evaluation) == (1.5, 0, 7, None)


def test_armijos_condition_leaves_room_for_rounding():
    assert sufficient(1.0, 0.5, -1.0)
    assert not sufficient(1.0, 1.1, -1.0)
    assert sufficient(1.0, 1.0 + torch.finfo(torch.float32).eps, -1e-12)
    assert not sufficient(1.0, math.nan, -1.0)


def test_a_step_is_shortened_to_the_lowest_point_of_the_parabola():
    # f(t) = (t - 0.3)^2 from 0 to 1: the slope at 0 is -0.6.
    f = lambda t: (t - 0.3) ** 2
    assert shorten(f(0), f(1), -0.6) == pytest.approx(0.3)
    # Never by less than half, nor by more than nine tenths.
    assert shorten(0.0, 0.01, -1.0) == pytest.approx(0.5, abs=0.01)
    assert shorten(0.0, 1e9, -1.0) == 0.1
    assert shorten(0.0, math.nan, -1.0) == 0.1
    assert shorten(0.0, math.inf, -1.0) == 0.1
