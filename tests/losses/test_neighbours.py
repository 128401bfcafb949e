"""Nearest neighbours: the formula by plain search, its derivatives by differences, and a style of one patch."""

from __future__ import annotations

import pytest
import torch

from neuralart.losses import products
from neuralart.losses.neighbours import Neighbours
from neuralart.losses.positions import Positions

from .made import features, pulled, value_of
from .slopes import check_slope


def rows(F):
    return F[0].flatten(1).T


def aimed(style, seen, **choices):
    return Neighbours(**choices).aimed(rows(style), seen.shape[2] * seen.shape[3])


def test_it_is_the_formula():
    F, P = features(4, 5, 6), 2 * features(4, 3, 7, seed=1)
    middle = rows(P).mean(0)
    image, style = rows(F) - middle, rows(P) - middle
    nearest = torch.stack([(1 - torch.cosine_similarity(one[None], style)).min() for one in image]).mean()
    variance = style.square().sum(1).mean()
    length = image.square().sum(1).mean().sqrt()
    expected = nearest + (image.mean(0).square().sum() + (length - variance.sqrt()) ** 2) / variance
    torch.testing.assert_close(value_of(aimed(P, F), F), expected)


def test_blocks_make_no_difference(monkeypatch):
    F, P = features(4, 9, 7), features(4, 6, 6, seed=1)
    expected = value_of(aimed(P, F), F), pulled(aimed(P, F), F)
    monkeypatch.setattr(products, "BAND", 100)
    torch.testing.assert_close((value_of(aimed(P, F), F), pulled(aimed(P, F), F)), expected)


def test_neighbours_of_other_features_are_never_taken_for_these():
    F, P = features(4, 5, 6), features(4, 6, 6, seed=1)
    loss = aimed(P, F)
    _, cotangent = loss.differentiate(loss.statistic(F))
    expected = loss.pull(F, cotangent)
    loss.statistic(-F)
    torch.testing.assert_close(loss.pull(F, cotangent), expected)
    torch.testing.assert_close(loss.pull(F, cotangent), expected)


def test_weights_count_positions_as_often():
    F, P = features(4, 5, 6), features(4, 6, 6, seed=1)
    weights = torch.tensor([1.0, 0.0, 0.5]).repeat(5, 2)
    loss = Neighbours().weighted([Positions(weights)]).aimed(rows(P), float(weights.sum())).at(0)
    twice = torch.cat([F[..., [0, 3]], F[..., [0, 3]], F[..., [2, 5]]], 3)
    torch.testing.assert_close(value_of(loss, F), value_of(aimed(P, twice), twice))
    check_slope(loss, F)
    assert not pulled(loss, F)[..., [1, 4]].any()


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("channels", [2, 3, 6])
def test_of_a_linear_map_it_is_the_loss_of_the_mapped_features(channels, many):
    F, P = features(3, 40, 50), features(3, 80 if many else 6, 30, seed=1)  # many of them are sought in groups
    matrix = torch.randn(channels, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    mapped = lambda X: torch.nn.functional.conv2d(X, matrix[:, :3, None, None], matrix[:, 3])
    loss, other = aimed(P, F, matrix=matrix), aimed(mapped(P), mapped(F))
    assert (loss.directions.middles is not None) == many
    torch.testing.assert_close(value_of(loss, F), value_of(other, mapped(F)))
    back = torch.nn.functional.conv_transpose2d(pulled(other, mapped(F)), matrix[:, :3, None, None])
    torch.testing.assert_close(pulled(loss, F), back)


def test_bfloat16_changes_which_neighbours_are_found_but_hardly_how_near_they_are():
    F, P = features(16, 40, 50).bfloat16(), features(16, 80, 30, seed=1).float()
    matrix = torch.randn(17, 17, generator=torch.Generator().manual_seed(2))
    narrow, wide = aimed(P, F, matrix=matrix), aimed(P, F, matrix=matrix)
    torch.testing.assert_close(value_of(narrow, F), value_of(wide, F.float()), rtol=5e-3, atol=0)
    differing = (narrow.found[0].nearest != wide.found[0].nearest).float().mean()
    assert 0 < float(differing) < 0.2
    assert pulled(narrow, F).dtype == torch.bfloat16


@pytest.mark.parametrize("size", [(1, 1), (2, 3)])
def test_a_style_of_one_patch_paints_that_patch(size):
    patch = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
    style = patch[None, :, None, None].expand(1, 3, *size)
    F = features(3, 4, 5).requires_grad_()
    loss = aimed(style, F)
    steps = torch.optim.LBFGS([F], max_iter=200, tolerance_change=1e-14, line_search_fn="strong_wolfe")

    def closure():
        F.grad = pulled(loss, F.detach()).contiguous()
        return value_of(loss, F.detach())

    steps.step(closure)
    torch.testing.assert_close(F.detach(), patch[None, :, None, None].expand_as(F), rtol=1e-3, atol=5e-3)


@pytest.mark.parametrize("seed", range(8))
def test_a_picture_that_is_the_style_has_a_root(seed):
    F = features(24, 12, 12, seed=seed).float()
    loss = aimed(F, F, rooted=True)
    assert 0 <= float(value_of(loss, F)) < 1e-3
    assert bool(torch.isfinite(pulled(loss, F)).all())
