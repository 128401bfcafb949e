"""A run that goes on from where it was counts on, and does what was left."""

from __future__ import annotations

import pytest
import torch

from neuralart.run.reached import Reached
from neuralart.run.schedule import Scale
from neuralart.run.step import Step

IMAGE = torch.zeros(1, 3, 4, 4)


def schedule(*iterations):
    return tuple(Scale((4, 4), count) for count in iterations)


@pytest.mark.parametrize(
    ("done", "left"), [(0, [4, 3, 2]), (2, [2, 3, 2]), (4, [0, 3, 2]), (5, [0, 2, 2]), (9, [0, 0, 0])]
)
def test_what_is_left(done, left):
    assert [stage.iterations for stage in Reached(IMAGE, done).left(schedule(4, 3, 2))] == left


def test_steps_are_counted_on():
    found = list(Reached(IMAGE, 7, 9, 2.0, 1.5).counted(iter([Step(0, 3, 2, 2, IMAGE), Step(3, 3, 2, 2, IMAGE, 0.5)])))
    assert [(step.iteration, step.iterations, step.evaluations, step.total) for step in found] == [
        (7, 10, 9, 1.5),
        (10, 10, 9, 0.5),
    ]
    assert [step.is_last for step in found] == [False, True]
    assert found[0].seconds == 2.0
