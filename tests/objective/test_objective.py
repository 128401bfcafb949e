"""The evaluation itself."""

from __future__ import annotations

import math

import pytest
import torch

from neuralart.objective.objective import Evaluation


def evaluation(total=1.0, spoilt=0.0):
    gradient = torch.zeros(1, 3, 4, 5)
    gradient[0, 1, 2, 3] = spoilt
    return Evaluation(torch.tensor(total), {}, gradient)


def test_numbers_throughout_are_finite():
    assert evaluation(1e30, -1e30).is_finite()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_bad_number_anywhere_is_noticed(bad):
    assert not evaluation(total=bad).is_finite()
    assert not evaluation(spoilt=bad).is_finite()


def test_infinities_that_cancel_are_noticed():
    gradient = torch.tensor([math.inf, -math.inf])
    assert not Evaluation(torch.tensor(0.0), {}, gradient).is_finite()
