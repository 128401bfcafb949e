"""Self-similarity: the formula written out, its slope, and what it does not see."""

from __future__ import annotations

import pytest
import torch

from neuralart.losses.similarity import SIDE, Similarity, grid

from .made import features, pulled, value_of


def aimed(content, **choices):
    loss = Similarity(**choices)
    return loss.aimed(loss.summary(loss.statistic(content), 1), 1)


def test_it_is_the_formula():
    F, P = features(4, 5, 6), features(4, 5, 6, seed=1)

    def distances(X):
        rows = X[0].flatten(1).T
        found = torch.stack([1 - torch.cosine_similarity(rows, one[None]) for one in rows])
        return found / found.sum(0)

    expected = (distances(F) - distances(P)).square().sum() / distances(P).square().sum()
    torch.testing.assert_close(value_of(aimed(P), F), expected)


def test_it_sees_neither_loudness_nor_how_the_axes_lie():
    F, P = features(4, 5, 6), features(4, 5, 6, seed=1)
    turn = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(3), dtype=torch.float64))[0]
    value = value_of(aimed(P), F)
    torch.testing.assert_close(value_of(aimed(P), 7 * torch.einsum("ij,njhw->nihw", turn, F)), value)


def test_it_sees_where_things_are():
    F = features(4, 5, 6)
    assert float(value_of(aimed(F), F.flip(3))) > 0.1


@pytest.mark.parametrize("content", ["even", "black"])
def test_a_content_without_anything_on_it(content):
    P = torch.ones(1, 3, 4, 5) * (content == "even")
    loss = aimed(P)
    for seen in (P, features(3, 4, 5).float()):
        assert bool(torch.isfinite(value_of(loss, seen))) and bool(torch.isfinite(pulled(loss, seen)).all())


@pytest.mark.parametrize("side", [1, 2, SIDE, SIDE + 1, 100, 1000])
def test_a_grid_is_spread_evenly(side):
    found = grid(side)
    assert found[0] >= 0 and found[-1] < side and len(found) <= SIDE
    assert len(found) >= min(side, SIDE) / 2 and side - found[-1] <= 2 * (found[0] + 1)


def test_it_needs_the_whole_picture_and_says_so():
    assert not Similarity.additive and not Similarity.weighable


def test_of_a_flat_photograph_rounding_is_not_magnified():
    P = torch.full((1, 8, 20, 20), 0.7)
    P += 1e-7 * features(8, 20, 20).float()
    seen = features(8, 20, 20, seed=1).float().abs()
    assert float(aimed(P).target.abs().max()) < 1e-6
    assert float(value_of(aimed(P), seen)) < 10 * float(value_of(aimed(seen.flip(3)), seen))
