"""The few sums that an optimiser takes of its vectors."""

from __future__ import annotations

import pytest
import torch

from neuralart.optim.vectors import absolute, count, dot, norm

ONE, OTHER = torch.tensor([3.0, -4.0]), torch.tensor([1.0, 2.0])


def test_alone():
    assert dot(ONE, OTHER) == -5
    assert norm(ONE) == 5
    assert absolute(ONE) == 7
    assert count(ONE) == 2


def test_the_total_is_taken_before_anything_else_is_done():
    # Three machines with the same share: a norm is of the sum of squares, not a sum of norms.
    thrice = lambda here: 3 * here
    assert dot(ONE, OTHER, thrice) == -15
    assert norm(ONE, thrice) == pytest.approx(75**0.5)
    assert absolute(ONE, thrice) == 21
    assert count(ONE, thrice) == 6


def test_more_numbers_than_float32_can_count():
    assert count(ONE, lambda here: here + 2**24 + 1) == 2**24 + 3
