"""Sliced Wasserstein distances: against sorting, and their derivatives by differences, in float64."""

from __future__ import annotations

import math

import pytest
import torch

from neuralart.losses import products, sliced
from neuralart.losses.positions import Positions
from neuralart.losses.sliced import Sliced, directions

from .made import autograd_of, features, pulled, value_of


def rows(F):
    return F[0].flatten(1).T


def aimed(style, seen, **choices):
    return Sliced(**choices).aimed(rows(style), seen.shape[2] * seen.shape[3])


def by_sorting(F, P):
    """The same of as many positions, sorted along every direction."""
    ways = directions(F.shape[1])
    one, other = ((rows(X) @ ways).sort(0).values for X in (F, P))
    return (one - other).square().sum() / other.square().sum()


def test_directions_are_of_length_one_orthogonal_in_sets_and_always_the_same():
    ways = directions(5)
    for some in ways.split(5, 1):
        torch.testing.assert_close(some.T @ some, torch.eye(5, dtype=torch.float64))
    assert torch.equal(ways, directions(5))


@pytest.mark.parametrize("scale", [1.0, 3.0], ids=["like the style", "far beyond it"])
def test_it_is_what_sorting_finds(scale):
    F, P = scale * features(4, 30, 20), features(4, 20, 30, seed=1) + 0.5
    assert float(value_of(aimed(P, F), F)) == pytest.approx(float(by_sorting(F, P)), rel=0.02)


def test_the_finer_the_bins_the_nearer(monkeypatch):
    F, P = features(4, 30, 20), features(4, 20, 30, seed=1) + 0.2
    errors = []
    for bins in (64, 512, 4096):
        monkeypatch.setattr(sliced, "BINS", bins)
        monkeypatch.setattr(sliced, "STEP", 2 * math.log1p(sliced.REACH) / (bins - 1))
        errors.append(abs(float(value_of(aimed(P, F), F) / by_sorting(F, P)) - 1))
    assert errors[0] > errors[1] > errors[2] and errors[1] < 0.01 and errors[2] < 1e-4


def test_the_gradient_is_autograds_but_where_the_styles_quantiles_jump():
    F, P = features(4, 5, 6), features(4, 7, 5, seed=1)
    loss = aimed(P, F)
    torch.testing.assert_close(pulled(loss, F), autograd_of(loss, F))


def test_parts_and_blocks_add_up(monkeypatch):
    F, P = features(4, 6, 7), features(4, 6, 6, seed=1)
    loss = aimed(P, F)
    assert loss.additive and loss.weighable
    expected = value_of(loss, F), pulled(loss, F)
    parts = F[..., :3], F[..., 3:]
    value, cotangent = loss.differentiate(sum(loss.statistic(part) for part in parts))
    found = value, torch.cat([loss.pull(part, cotangent) for part in parts], 3)
    torch.testing.assert_close(found, expected)
    monkeypatch.setattr(products, "BAND", 100)
    torch.testing.assert_close((value_of(loss, F), pulled(loss, F)), expected)


def test_weights_count_positions_as_often():
    F, P = features(4, 5, 6), features(4, 6, 6, seed=1)
    weights = torch.tensor([1.0, 0.0, 0.5]).repeat(5, 2)
    loss = Sliced().weighted([Positions(weights)]).aimed(rows(P), float(weights.sum())).at(0)
    twice = torch.cat([F[..., [0, 3]], F[..., [0, 3]], F[..., [2, 5]]], 3)
    torch.testing.assert_close(value_of(loss, F), value_of(aimed(P, twice), twice))
    assert not pulled(loss, F)[..., [1, 4]].any()


@pytest.mark.parametrize("away", [0.0, 4.0])
def test_a_style_without_variety(away):
    P, F = torch.full((1, 3, 2, 2), 2.0), features(3, 4, 5).float() + away
    value, gradient = value_of(aimed(P, F), F), pulled(aimed(P, F), F)
    assert bool(torch.isfinite(value)) and bool(torch.isfinite(gradient).all())
    assert float(value) == pytest.approx(float((F - 2).square().mean() / 4), rel=1e-3)


def test_the_outermost_features_of_a_large_picture_are_pulled_as_they_should_be():
    F, P = features(1, 1050, 1000), features(1, 64, 64, seed=1)
    loss = aimed(P, F)
    pull = pulled(loss, F).flatten()
    for at in (F.argmin(), F.argmax()):
        step = torch.zeros(F.numel(), dtype=F.dtype).index_fill_(0, at[None], 1e-4).view_as(F)
        slope = (value_of(loss, F + step) - value_of(loss, F - step)) / 2e-4
        assert float(pull[at]) == pytest.approx(float(slope), rel=1e-3)


@pytest.mark.parametrize("count", [3000, 4096])
def test_the_value_is_the_same_in_float32(count):
    F, P = features(1, 64, 64), features(1, 1, count, seed=1)
    expected = float(value_of(aimed(P, F), F))
    assert float(value_of(aimed(P.float(), F.float()), F.float())) == pytest.approx(expected, rel=1e-3)


def test_a_bin_of_many_positions_keeps_their_shares():
    P = features(1, 20, 20).float()
    loss = aimed(P, P)
    between = (loss.centres[0, 300] * 3 + loss.centres[0, 301]) / 4
    F = torch.full((1, 1, 3000, 3000), float(between))
    counted = loss.statistic(F)[0, [300, 301]]
    assert (counted / F.numel()).tolist() == pytest.approx([0.75, 0.25], rel=0.01)
