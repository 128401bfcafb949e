"""A run as a stream of steps, on objectives made of arithmetic."""

from __future__ import annotations

import contextlib
import math
from itertools import islice, pairwise

import pytest
import torch

from neuralart import spinning
from neuralart.errors import PaintError
from neuralart.objective.objective import Evaluation
from neuralart.optim.adam import Adam
from neuralart.optim.lbfgs import LBFGS
from neuralart.optim.sgd import SGD
from neuralart.optim.torch7 import LBFGSTorch7
from neuralart.run.loop import PATIENCE, paint
from neuralart.run.schedule import FIXED, Scale, expected, least, work
from neuralart.run.stage import Stage

OPTIMISERS = pytest.mark.parametrize(
    "optimiser", [SGD(0.1), Adam(5.0), LBFGS(), LBFGSTorch7()], ids=lambda optimiser: type(optimiser).__name__
)


class Bowl:
    """1/2 |x - 60|^2 as two terms; from its `bad`-th evaluations on (counted from 1) it answers with `worst`."""

    def __init__(self, bad=(), worst=math.nan, spoilt="total"):
        self.bad, self.worst, self.spoilt, self.seen = set(bad), worst, spoilt, []

    def __call__(self, image):
        self.seen.append(image.clone())
        difference = image - 60
        value, gradient = difference.square().sum() / 2, difference
        if len(self.seen) in self.bad:
            if self.spoilt == "total":
                value = value * self.worst
            else:
                gradient = gradient * self.worst
        return Evaluation(value, {"even": value / 4, "odd": 3 * value / 4}, gradient)


class Raised(Bowl):
    """The same bowl, whose bottom is not at zero."""

    def __call__(self, image):
        found = super().__call__(image)
        return Evaluation(found.total + 100, found.terms, found.gradient)


def stage(iterations, objective=None, size=(6, 4)):
    """A stage of this size (width, height); the image is enlarged by repeating its pixels."""
    enter = lambda image: torch.nn.functional.interpolate(image, size=(size[1], size[0]))
    return Stage(Scale(size, iterations), enter, lambda: objective or Bowl())


def start(width=6, height=4):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0)) * 255


@OPTIMISERS
def test_steps_are_numbered_from_zero_and_say_how_many_there_will_be(optimiser):
    steps = list(paint(start(), [stage(3), stage(2)], optimiser))
    assert [step.iteration for step in steps] == [0, 1, 2, 3, 4, 5]
    assert {step.iterations for step in steps} == {5}
    assert [step.scale for step in steps] == [1, 1, 1, 1, 2, 2]
    assert {step.scales for step in steps} == {2}
    assert [step.is_last for step in steps] == [False] * 5 + [True]


def test_step_zero_is_the_first_image_before_anything_was_evaluated():
    objective = Bowl()
    first = next(paint(start(), [stage(3, objective)], SGD(0.1)))
    assert torch.equal(first.image, start())
    assert (first.total, first.terms, first.evaluations, first.notes) == (None, {}, 0, ())
    assert objective.seen == []


@OPTIMISERS
def test_evaluations_accumulate_over_scales(optimiser):
    objectives = Bowl(), Bowl()
    steps = list(paint(start(), [stage(3, objectives[0]), stage(2, objectives[1])], optimiser))
    counts = [step.evaluations for step in steps]
    assert counts == sorted(counts)
    assert counts[3] == len(objectives[0].seen)
    assert counts[5] == len(objectives[0].seen) + len(objectives[1].seen)


def test_each_scale_has_its_size():
    steps = list(paint(start(), [stage(2, size=(3, 2)), stage(1, size=(6, 4)), stage(2, size=(12, 8))], SGD(0.1)))
    assert [step.size for step in steps] == [(3, 2)] * 3 + [(6, 4)] + [(12, 8)] * 2


def test_a_scale_begins_with_the_image_of_the_one_before():
    objective = Bowl()
    steps = list(paint(start(), [stage(2), stage(1, objective, size=(12, 8))], SGD(0.1)))
    enlarged = torch.nn.functional.interpolate(steps[2].image, size=(8, 12))
    assert torch.equal(objective.seen[0], enlarged)


def test_scales_without_iterations_are_passed_over():
    never = Stage(Scale((3, 2), 0), enter=None, objective=None)
    steps = list(paint(start(), [never, stage(2), never], SGD(0.1)))
    assert [(step.iteration, step.scale) for step in steps] == [(0, 2), (1, 2), (2, 2)]


def test_without_any_iterations_there_is_one_step_of_the_last_size():
    steps = list(paint(start(), [stage(0, size=(3, 2)), stage(0, size=(12, 8))], SGD(0.1)))
    assert [(step.iteration, step.size, step.is_last, step.total) for step in steps] == [(0, (12, 8), True, None)]


@OPTIMISERS
def test_total_and_terms_are_plain_numbers_that_fall(optimiser):
    steps = list(paint(start(), [stage(12)], optimiser))[1:]
    assert all(type(value) is float for step in steps for value in [step.total, *step.terms.values()])
    assert all(step.terms == pytest.approx({"even": step.total / 4, "odd": 0.75 * step.total}) for step in steps)
    assert steps[-1].total < steps[0].total
    assert all(step.seconds >= 0 and step.peak_memory >= 0 for step in steps)


def test_stopping_is_ceasing_to_read():
    objective = Bowl()
    steps = paint(start(), [stage(1000, objective)], SGD(0.1))
    assert len(list(islice(steps, 4))) == 4
    assert len(objective.seen) == 3
    steps.close()
    assert len(objective.seen) == 3


def test_an_objective_is_made_when_its_stage_begins():
    made = []
    stages = [
        Stage(Scale((6, 4), 2), lambda x: x, lambda index=index: made.append(index) or Bowl()) for index in (1, 2)
    ]
    seen = [(step.iteration, list(made)) for step in paint(start(), stages, SGD(0.1))]
    assert seen == [(0, []), (1, [1]), (2, [1]), (3, [1, 2]), (4, [1, 2])]


@OPTIMISERS
def test_images_that_were_yielded_are_never_changed(optimiser):
    steps = [(step, step.image.clone()) for step in paint(start(), [stage(8)], optimiser)]
    assert all(torch.equal(step.image, kept) for step, kept in steps)


def test_the_first_image_is_left_as_it_is():
    image = start()
    list(paint(image, [stage(5)], Adam(3.0)))
    assert torch.equal(image, start())


@OPTIMISERS
@pytest.mark.parametrize("worst", [math.nan, math.inf])
@pytest.mark.parametrize("spoilt", ["total", "gradient"])
@pytest.mark.parametrize("bad", [1, 2, 4, 6])
def test_numbers_that_break_down_once_never_reach_the_picture(optimiser, worst, spoilt, bad):
    objective = Bowl([bad], worst, spoilt)
    steps = list(paint(start(), [stage(25, objective)], optimiser))
    assert len(steps) == 26
    for step in steps[1:]:
        assert bool(torch.isfinite(step.image).all())
        assert step.total is None or math.isfinite(step.total)
        assert all(math.isfinite(value) for value in step.terms.values())
    # It goes on, and gets there.
    assert steps[-1].total < 0.5 * Bowl()(start()).total


@pytest.mark.parametrize("optimiser", [SGD(0.1), Adam(5.0)], ids=["SGD", "Adam"])
def test_after_a_breakdown_it_goes_back_to_the_best_and_says_so(optimiser):
    objective = Bowl([5])
    steps = list(paint(start(), [stage(8, objective)], optimiser))
    assert [step.iteration for step in steps if step.notes] == [5]
    assert steps[5].notes == (
        "the numbers were no longer finite: returning to the best picture so far and restarting the optimiser"
        " with half the step",
    )
    # The best that was evaluated is the image before the fourth iteration.
    assert torch.equal(steps[5].image, steps[3].image)
    assert steps[5].total == steps[4].total == min(step.total for step in steps[1:5])
    assert steps[5].terms == steps[4].terms


def test_after_a_breakdown_it_moves_half_as_boldly():
    steps = list(paint(start(), [stage(4, Bowl([2]))], Adam(8.0)))
    moved = [float((b.image - a.image).abs().max()) for a, b in pairwise(steps)]
    assert moved[0] == pytest.approx(8.0, rel=1e-3)
    assert moved[2] == pytest.approx(4.0, rel=1e-3)


def test_a_good_place_is_kept_though_the_step_away_from_it_went_wrong():
    # Torch7's L-BFGS evaluates three places; the second is bad here, so that the image it arrives at is not finite.
    steps = list(paint(start(), [stage(3, Bowl([2], math.inf, "gradient"))], LBFGSTorch7()))
    assert [bool(step.notes) for step in steps] == [False, True, False, False]
    assert torch.equal(steps[1].image, start())
    assert steps[1].total == float(Bowl()(start()).total)


def test_a_stage_that_breaks_down_again_and_again_keeps_what_it_has():
    steps = list(paint(start(), [stage(20, Bowl(range(4, 100)))], SGD(0.1)))
    assert len(steps) == 21
    assert all(step.notes for step in steps[4:])
    assert torch.equal(steps[-1].image, steps[2].image)


@OPTIMISERS
@pytest.mark.parametrize("iterations", [1, PATIENCE - 1, PATIENCE, 3 * PATIENCE])
@pytest.mark.parametrize("spoilt", ["total", "gradient"])
def test_an_objective_that_is_never_finite_is_an_error(optimiser, iterations, spoilt):
    objective = Bowl(range(1, 1000), spoilt=spoilt)
    with pytest.raises(PaintError) as caught:
        list(paint(start(), [stage(iterations, objective)], optimiser))
    assert str(caught.value) == (
        "the objective is not a finite number even for the first image; the weights may be damaged"
        " (neuralart models verify) or the factors too large: lower --style-factor or --smoothness,"
        " or use --precision float32"
    )


def test_every_stage_begins_with_an_empty_memory():
    # Momentum from another size could not even be added.
    steps = list(paint(start(), [stage(3), stage(3, size=(9, 6))], SGD(0.1)))
    assert steps[-1].size == (9, 6)


def test_the_work_left_is_that_of_all_iterations_to_come():
    steps = list(paint(start(), [stage(2, size=(3, 2)), stage(3, size=(12, 8))], SGD(0.1)))
    coarse, fine = 6 + FIXED, 96 + FIXED
    left = [2 * coarse + 3 * fine, coarse + 3 * fine, 3 * fine, 2 * fine, fine, 0]
    assert [step.work_left for step in steps] == left


def test_a_scale_at_which_nothing_changes_any_more_ends_early():
    bowls = Raised(), Raised()
    stages = [stage(30, bowls[0]), stage(25, bowls[1], size=(12, 8))]
    steps = list(paint(start(), stages, LBFGS(), tolerance=1e-3))
    seen = [step.iteration for step in steps if step.scale == 1]
    # A bowl's bottom is reached at once; then ten iterations show that it is.
    assert seen[:-1] == list(range(len(seen) - 1)) and len(seen) < 20 and seen[-1] == 30
    assert steps[len(seen)].iteration == 31
    assert steps[-1].is_last and steps[-1].iterations == 55 and steps[-1].work_left == 0
    assert steps[-1].evaluations == len(bowls[0].seen) + len(bowls[1].seen) < 50


def test_scales_before_the_last_end_earlier():
    falls = [stage(60, Raised()), stage(60, Raised())]
    steps = list(paint(start(), falls, SGD(0.005, momentum=0), tolerance=0.05))
    first, last = (sum(step.scale == number for step in steps) for number in (1, 2))
    assert first < last


def test_the_work_left_is_what_is_expected():
    steps = list(paint(start(), [stage(400), stage(300, size=(12, 8))], SGD(0.005, momentum=0), tolerance=0.005))
    coarse, fine = expected(400, 0.05), expected(300, 0.005)
    assert (coarse, fine) == (28, 61)
    assert steps[0].work_left == coarse * work(steps[0].size) + fine * work((12, 8))
    left = [step.work_left for step in steps]
    assert left == sorted(left, reverse=True) and left[-1] == 0


def test_a_scale_ends_sooner_if_few_iterations_are_left():
    painted = lambda count: len(list(paint(start(), [stage(count, Raised())], SGD(0.05, momentum=0), tolerance=0.01)))
    many, fewer = painted(1000), painted(140)
    assert 100 < fewer < many - 5 < 200


def test_the_fewer_are_left_the_more_must_be_gained():
    needed = [least(0.003, left) for left in (10_000, 100, 20, 10)]
    assert needed[0] == 0.003 and needed == sorted(needed)
    assert needed[1] == pytest.approx(0.003 / (1 - 0.85**10))
    assert {least(0.003, 9), least(0.003, 0), least(0.0, 50)} == {0.0}


def test_what_is_expected_is_known_at_once():
    assert [expected(10**15, tolerance) for tolerance in (0.0, 1e-3)] == [10**15, 105]
    assert [expected(count, 0.003) for count in (1000, 71, 15, 1)] == [73, 49, 15, 1]


@pytest.mark.parametrize("tolerance", [0.0, 1e-3])
def test_a_scale_that_still_falls_goes_on(tolerance):
    steps = list(paint(start(), [stage(30)], SGD(0.005, momentum=0), tolerance=tolerance))
    assert len(steps) == 31


@pytest.mark.parametrize(
    ("optimiser", "most"),
    [(SGD(0.1), 1), (Adam(5.0), 2), (LBFGS(), 5), (LBFGSTorch7(), 9)],
    ids=["sgd", "adam", "lbfgs", "torch7"],
)
def test_an_iteration_asks_for_few_numbers(optimiser, most, monkeypatch):
    """For each of them a GPU is waited for. (Adam and L-BFGS ask for one more of the CPU.)"""
    asked, steps = [], paint(start(), [stage(9)], optimiser)
    for name in ("tolist", "item", "__float__", "__bool__", "__int__"):
        ask = getattr(torch.Tensor, name)
        monkeypatch.setattr(torch.Tensor, name, lambda self, ask=ask: asked.append(self) or ask(self))
    next(steps)
    for _ in islice(steps, 3):
        assert 1 <= len(asked) <= most
        asked.clear()


def test_threads_are_minded_while_it_paints(monkeypatch):
    events = []

    @contextlib.contextmanager
    def minded():
        events.append("begun")
        try:
            yield
        finally:
            events.append("over")

    monkeypatch.setattr(spinning, "minded", minded)
    for _ in paint(start(), [stage(2)], SGD(0.1)):
        assert events == ["begun"]
    assert events == ["begun", "over"]
    steps = paint(start(), [stage(2)], SGD(0.1))
    next(steps)
    steps.close()
    assert events == ["begun", "over"] * 2, "also if its reader stops early"
