"""Weighted positions: the same numbers as with the weights written out."""

from __future__ import annotations

import pytest
import torch

from neuralart.losses.content import Content
from neuralart.losses.gaussian import Gaussian
from neuralart.losses.gram import Gram, MappedGram
from neuralart.losses.positions import Positions

from .made import features

SHAPE = (6, 7)


def weights(kind):
    found = torch.rand(SHAPE, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    return {
        "soft": found,
        "soft with holes": found * (found > 0.5),
        "hard": (found > 0.5).double(),
        "all": torch.ones(SHAPE, dtype=torch.float64),
        "none": torch.zeros(SHAPE, dtype=torch.float64),
    }[kind]


KINDS = pytest.mark.parametrize("kind", ["soft", "soft with holes", "hard", "all", "none"])
MATRIX = torch.randn(5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(4))


def losses():
    target = torch.eye(5, dtype=torch.float64)
    return {"gram": Gram(torch.eye(4, dtype=torch.float64), 9), "mapped": MappedGram(MATRIX, target, 9)}


def written_out(name, F, w):
    """sum w F F', from its formula."""
    rows = torch.cat([F, torch.ones_like(F[:, :1])], 1) if name == "mapped" else F
    return torch.einsum("bchw,bdhw,hw->cd", rows, rows, w)


@KINDS
@pytest.mark.parametrize("name", ["gram", "mapped"])
def test_statistic_and_pull_are_those_of_the_formula(name, kind):
    F, w = features(4, *SHAPE).requires_grad_(), weights(kind)
    loss = losses()[name].weighted([Positions(w)]).at(0)
    expected = written_out(name, F, w)
    found = loss.statistic(F.detach().contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(found, expected.detach())
    M = torch.randn(expected.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    (gradient,) = torch.autograd.grad((M * expected).sum(), F)
    torch.testing.assert_close(loss.pull(F.detach().contiguous(memory_format=torch.channels_last), M), gradient)


@KINDS
def test_content_counts_by_its_weights(kind):
    F, P, w = features(4, *SHAPE).requires_grad_(), features(4, *SHAPE, seed=8), weights(kind)
    loss = Content().aimed([P], 42).weighted([Positions(w)]).at(0)
    expected = (w * (F - P).square()).sum() / P.square().sum()
    value, cotangent = loss.differentiate(loss.statistic(F.detach()))
    torch.testing.assert_close(value, expected.detach())
    (gradient,) = torch.autograd.grad(expected, F)
    torch.testing.assert_close(loss.pull(F.detach(), cotangent), gradient)


def test_regions_that_make_up_the_image_add_up_to_it():
    F, w = features(4, *SHAPE), weights("soft")
    of = lambda weights: Gram().weighted([Positions(weights)]).at(0).statistic(F)
    torch.testing.assert_close(of(w) + of(1 - w), Gram().statistic(F))


@pytest.mark.parametrize("name", ["gram", "mapped"])
def test_to_count_all_is_to_count_none(name):
    F = features(4, *SHAPE).float().contiguous(memory_format=torch.channels_last)
    loss = losses()[name]
    everywhere = loss.weighted([Positions(torch.ones(SHAPE))]).at(0)
    assert torch.allclose(everywhere.statistic(F), loss.statistic(F))


def test_weights_follow_the_features_to_their_device():
    """The device without numbers stands for a GPU: mixed with another one, it raises."""
    F = features(4, *SHAPE).to("meta")
    for loss in (*losses().values(), Content().aimed([F], 9)):
        here = loss.weighted([Positions(weights("soft with holes").to(F.dtype))]).at(0)
        statistic = here.statistic(F)
        assert statistic.device == F.device
        assert here.pull(F, torch.empty_like(statistic)).device == F.device


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
def test_a_tile_that_has_nothing_of_a_region_adds_nothing(dtype):
    """In the precisions that networks compute in, whose products are found in another way."""
    F = features(4, *SHAPE).to(dtype)
    for loss in (*losses().values(), Gaussian(), Content().aimed([F], 9)):
        here = loss.weighted([Positions(torch.zeros(SHAPE))]).at(0)
        statistic = here.statistic(F)
        assert not statistic.any()
        assert not here.pull(F, torch.ones_like(statistic)).any()
