"""The few sums that an optimiser takes of its vectors."""

from __future__ import annotations

import torch

from neuralart.optim.vectors import absolute, count, dots, totals

ONE, OTHER = torch.tensor([3.0, -4.0]), torch.tensor([1.0, 2.0])


def test_alone():
    assert dots((ONE, OTHER), (ONE, ONE)) == [-5, 25]
    assert totals([absolute(ONE)]) == [7]
    assert count(ONE) == 2


def test_the_total_is_taken_before_anything_else_is_done():
    thrice = lambda here: 3 * here
    assert dots((ONE, OTHER), (ONE, ONE), all_reduce=thrice) == [-15, 75]
    assert totals([absolute(ONE)], thrice) == [21]
    assert count(ONE, thrice) == 6


def test_more_numbers_than_float32_can_count():
    assert count(ONE, lambda here: here + 2**24 + 1) == 2**24 + 3


def test_several_sums_travel_in_one_message():
    asked = []
    dots((ONE, OTHER), (ONE, ONE), all_reduce=lambda here: asked.append(here) or here)
    assert [one.shape for one in asked] == [(2,)]
