"""Content: the formulas written out, and their derivatives by autograd, in float64."""

from __future__ import annotations

import pytest
import torch

from neuralart.losses.content import Content, ContentTorch7

from .made import autograd_of, features, pulled, value_of

F, P = features(3, 4, 5), features(3, 4, 5, seed=1)


def aim(loss, target):
    """The loss for an image of one part, whose content has these features."""
    return loss.aimed([target], target[0, 0].numel()).at(0)


def test_statistic_is_its_formula():
    squares = sum(float(f - p) ** 2 for f, p in zip(F.flatten(), P.flatten()))
    absolute = sum(abs(float(f - p)) for f, p in zip(F.flatten(), P.flatten()))
    expected = torch.tensor([squares, absolute], dtype=torch.float64)
    torch.testing.assert_close(aim(Content(), P).statistic(F), expected)


def test_statistic_adds_up_over_parts():
    whole = aim(Content(), P).statistic(F)
    parts = aim(Content(), P[..., :2]).statistic(F[..., :2]) + aim(Content(), P[..., 2:]).statistic(F[..., 2:])
    torch.testing.assert_close(parts, whole)
    assert Content.additive and ContentTorch7.additive


def test_balanced_is_the_relative_squared_distance():
    torch.testing.assert_close(value_of(aim(Content(), P), F), (F - P).square().sum() / P.square().sum())


def test_torch7_is_the_squared_distance():
    torch.testing.assert_close(value_of(aim(ContentTorch7(), P), F), (F - P).square().sum())
    torch.testing.assert_close(pulled(aim(ContentTorch7(), P), F), 2 * (F - P))


@pytest.mark.parametrize("loss", [Content(), Content(rooted=True), ContentTorch7()])
def test_gradient_is_autograds(loss):
    torch.testing.assert_close(pulled(aim(loss, P), F), autograd_of(aim(loss, P), F))


def test_rooted_pulls_as_strongly_near_the_content_as_far_from_it():
    loss = aim(Content(rooted=True), P)
    torch.testing.assert_close(value_of(loss, F), value_of(aim(Content(), P), F).sqrt())
    near = P + 1e-4 * (F - P)
    torch.testing.assert_close(pulled(loss, near), pulled(loss, F))
    assert not pulled(loss, P).any()


@pytest.mark.parametrize(
    "loss",
    [aim(Content(), P), aim(Content(rooted=True), P), aim(ContentTorch7(), P), aim(ContentTorch7(rescaled=True), P)],
)
def test_the_content_itself_costs_nothing(loss):
    assert float(value_of(loss, P)) == 0
    assert not pulled(loss, P).any()


@pytest.mark.parametrize("scale", [1e-3, 7.0, 1e4])
def test_balanced_does_not_depend_on_the_loudness_of_the_network(scale):
    torch.testing.assert_close(value_of(aim(Content(), scale * P), scale * F), value_of(aim(Content(), P), F))


def test_balanced_does_not_depend_on_the_size_of_a_repeated_picture():
    tile = lambda x: x.repeat(1, 1, 2, 3)
    torch.testing.assert_close(value_of(aim(Content(), tile(P)), tile(F)), value_of(aim(Content(), P), F))


def test_balanced_survives_a_content_without_any_features():
    loss = aim(Content(), torch.zeros(1, 3, 4, 5))
    assert float(value_of(loss, torch.zeros(1, 3, 4, 5))) == 0
    assert bool(torch.isfinite(pulled(loss, torch.zeros(1, 3, 4, 5))).all())


def test_torch7_rescaled_divides_both_by_the_mean_absolute_gradient():
    norm = (2 * (F - P)).abs().mean()
    loss = aim(ContentTorch7(rescaled=True), P)
    torch.testing.assert_close(value_of(loss, F), (F - P).square().sum() / norm)
    torch.testing.assert_close(pulled(loss, F), 2 * (F - P) / norm)
    assert float(pulled(loss, F).abs().mean()) == pytest.approx(1)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_summed_in_float32(dtype):
    target = torch.full((1, 4, 100, 100), 16.0, dtype=dtype)
    loss = aim(Content(), target)
    assert loss.statistic(target / 2).dtype == torch.float32
    assert loss.statistic(target / 2).tolist() == [64 * 40_000, 8 * 40_000]
    assert float(value_of(loss, target / 2)) == pytest.approx(1 / 4)
    assert pulled(loss, target / 2).dtype == dtype
