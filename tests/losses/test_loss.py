"""What a loss gets from its base: derivatives by autograd, a target, its share of it part by part."""

from __future__ import annotations

import pytest
import torch

from neuralart.losses.loss import Loss

from .made import autograd_of, features, pulled, value_of


class Cubes(Loss):
    """Mean cubes of every channel: a statistic of rank 1."""

    def statistic(self, features):
        return features.pow(3).sum((0, 2, 3))

    def penalty(self, statistic):
        return (statistic / self.positions - self.target).square().sum()


class Constant(Loss):
    """Does not depend on anything."""

    def statistic(self, features):
        return torch.zeros(2)

    def penalty(self, statistic):
        return torch.tensor(3.0)


F = features(3, 4, 5)
CUBES = Cubes().aimed(torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64), 20)


def test_derivatives_are_autograds():
    value, cotangent = CUBES.differentiate(CUBES.statistic(F))
    torch.testing.assert_close(value, value_of(CUBES, F))
    assert not value.requires_grad and cotangent.shape == (3,)
    torch.testing.assert_close(pulled(CUBES, F), autograd_of(CUBES, F))


def test_derivatives_are_there_where_nobody_records_gradients():
    with torch.no_grad():
        torch.testing.assert_close(pulled(CUBES, F), autograd_of_here(CUBES, F))


def autograd_of_here(loss, seen):
    with torch.enable_grad():
        return autograd_of(loss, seen)


def test_what_does_not_depend_on_the_features_has_no_gradient():
    value, cotangent = Constant().differentiate(torch.zeros(2))
    assert (float(value), cotangent.tolist()) == (3.0, [0.0, 0.0])
    assert not Constant().pull(F, cotangent).any()


def test_a_target_makes_another_loss():
    free = Cubes()
    aimed = free.aimed(torch.ones(3), 7)
    assert free.target is None and (aimed.positions, aimed.target.tolist()) == (7, [1.0, 1.0, 1.0])
    assert aimed.at(3) is aimed


def test_features_are_compared_part_by_part():
    class Beside(Cubes):
        compares = "features"

    aimed = Beside().aimed(["here", "there"], 7)
    assert [aimed.at(part).target for part in (0, 1)] == ["here", "there"]


@pytest.mark.parametrize(("additive", "expected"), [(True, 2.5), (False, 10.0)])
def test_a_summary_is_a_mean_over_positions_of_what_adds_up(additive, expected):
    kind = type("Kind", (Cubes,), {"additive": additive})
    assert kind().summary(torch.tensor(10.0), 4) == expected
