"""A run that goes on from where another stopped is the same run."""

from __future__ import annotations

import pytest
import torch

from neuralart.errors import PictureError
from neuralart.optim.adam import Adam
from neuralart.optim.lbfgs import LBFGS
from neuralart.optim.sgd import SGD
from neuralart.optim.state import State
from neuralart.optim.torch7 import LBFGSTorch7
from neuralart.run.loop import paint
from neuralart.run.reached import Live, Reached
from tests.run.test_loop import Bowl, stage

OPTIMISERS = {"sgd": SGD(0.02), "adam": Adam(5.0), "lbfgs": LBFGS(3), "torch7": LBFGSTorch7(3)}
SCALES = (5, 0, 6)  # iterations


class Valley(Bowl):
    """A bowl that is bent, so that an optimiser has something to learn."""

    def __call__(self, image):
        found = super().__call__(image)
        bend = (image[..., 1:] - image[..., :-1].square() / 100).square().sum()
        image = image.detach().requires_grad_()
        value = (image[..., 1:] - image[..., :-1].square() / 100).square().sum()
        (gradient,) = torch.autograd.grad(value, image)
        return type(found)(found.total + bend, found.terms, found.gradient + gradient)


def stages():
    sizes = [(6, 4), (8, 6), (12, 8)]
    return [stage(count, Valley(), size) for count, size in zip(SCALES, sizes)]


def start():
    return torch.rand(1, 3, 4, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 100


def reached(step):
    """What a checkpoint keeps of a step, copied, as a file does it."""
    state = step.state()
    assert state is not None
    kept = State({name: one.clone() for name, one in state.tensors.items()}, dict(state.numbers))
    return Reached(
        step.image.clone(), step.iteration, step.evaluations, step.seconds, step.total, step.terms, lambda: kept
    )


@pytest.mark.parametrize("name", OPTIMISERS)
def test_from_every_iteration_to_the_same_picture(name):
    whole, points = [], []
    for step in paint(start(), stages(), OPTIMISERS[name]):
        whole.append(step)
        points.append(reached(step) if step.iteration else None)
    assert whole[-1].iteration == 11
    for point in points[1:]:
        steps = list(paint(point.image, stages(), OPTIMISERS[name], start=point))
        rest = whole[point.iteration :]
        for ours, theirs in zip(steps, rest, strict=True):
            assert torch.equal(ours.image, theirs.image)
            facts = ("iteration", "iterations", "scale", "scales", "total", "terms", "evaluations", "work_left")
            assert [getattr(ours, name) for name in facts] == [getattr(theirs, name) for name in facts]
        assert steps[0].seconds == pytest.approx(point.seconds, abs=1)


def test_a_scale_that_settled_is_settled_when_it_goes_on():
    whole, points = [], []
    for step in paint(start(), stages(), OPTIMISERS["lbfgs"], tolerance=0.9):
        whole.append(step)
        points.append(reached(step) if step.iteration else None)
    *_, last = paint(points[3].image, stages(), OPTIMISERS["lbfgs"], tolerance=0.9, start=points[3])
    assert torch.equal(last.image, whole[-1].image)


def test_a_state_says_no_more_after_many_iterations():
    """It is kept as text in a checkpoint, whose length is bounded."""
    said = [len(str(step.state().numbers)) for step in paint(start(), [stage(300)], SGD(1e-4))]
    assert said[-1] < said[30] + 50


def test_without_a_state_the_memory_begins_anew():
    *_, step = paint(start(), stages()[:1], OPTIMISERS["lbfgs"])
    point = Reached(step.image, 3)
    steps = list(paint(step.image, stages()[:1], OPTIMISERS["lbfgs"], start=point))
    assert [step.iteration for step in steps] == [3, 4, 5]


def test_a_state_is_gone_once_the_run_has_gone_on():
    steps = paint(start(), stages(), OPTIMISERS["lbfgs"])
    next(steps)
    first = next(steps)
    assert first.state() is not None
    second = next(steps)
    assert first.state() is None
    assert second.state() is not None


def test_a_state_written_into_is_none():
    live, intact = Live(), [True]
    live.set(3, State(holds=lambda: intact[0]))
    assert live.of(3) is not None
    assert live.of(2) is None
    intact[0] = False
    assert live.of(3) is None


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_state_that_is_none_is_one_line(name):
    step = next(step for step in paint(start(), stages()[:1], OPTIMISERS[name]) if step.is_last)
    state = reached(step).state()
    ours = {key: one for key, one in state.tensors.items() if key.startswith("optimiser.")}
    for key, one in ours.items():
        wrong = State({**state.tensors, key: one.new_zeros(2, 2, 2)}, state.numbers)
        with pytest.raises(PictureError, match="the checkpoint is damaged"):
            OPTIMISERS[name].load(wrong.within("optimiser"), step.image)
    for key in state.numbers:
        if key.startswith("optimiser."):
            wrong = State(state.tensors, {**state.numbers, key: "x"})
            with pytest.raises(PictureError, match="the checkpoint is damaged"):
                OPTIMISERS[name].load(wrong.within("optimiser"), step.image)
