"""Style: the formulas written out, and their derivatives by autograd, in float64."""

from __future__ import annotations

import pytest
import torch

from neuralart.losses.gram import Gram, GramTorch7, MappedGram
from neuralart.losses.loss import divide
from neuralart.losses.products import gram, gram_pull, gram_with_one

from .made import autograd_of, features, pulled, symmetric, value_of


def test_gram_is_its_formula():
    F = features(3, 4, 5)
    G = gram(F)
    for a in range(3):
        for b in range(3):
            expected = sum(float(F[0, a, i, j] * F[0, b, i, j]) for i in range(4) for j in range(5))
            assert float(G[a, b]) == pytest.approx(expected, rel=1e-12)


def test_gram_adds_up_over_parts():
    F = features(4, 6, 7)
    torch.testing.assert_close(gram(F[..., :3, :]) + gram(F[..., 3:, :]), gram(F))
    torch.testing.assert_close(gram(F[..., :2]) + gram(F[..., 2:]), gram(F))


def test_gram_does_not_know_where_things_are():
    F = features(4, 6, 7)
    order = torch.randperm(42, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(gram(F.flatten(2)[..., order].view_as(F)), gram(F))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_pull_is_autograd_of_the_product_with_any_matrix(layout):
    F = features(3, 4, 5).contiguous(memory_format=layout).requires_grad_()
    M = torch.randn(3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    (expected,) = torch.autograd.grad((M * gram(F)).sum(), F)
    torch.testing.assert_close(gram_pull(F.detach(), M), expected)


def with_one(F):
    return torch.cat([F, torch.ones_like(F[:, :1])], dim=1)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_constant_channel_is_counted_without_being_there(layout):
    F = features(3, 4, 5).contiguous(memory_format=layout).requires_grad_()
    torch.testing.assert_close(gram_with_one(F.detach()), gram(with_one(F.detach())))
    M = torch.randn(4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    (expected,) = torch.autograd.grad((M * gram(with_one(F))).sum(), F)
    torch.testing.assert_close(gram_pull(F.detach(), M), expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_constant_channel_in_half_precision(dtype):
    F, M = features(3, 4, 5), torch.randn(4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    found = gram_pull(F.to(dtype).contiguous(memory_format=torch.channels_last), M.float())
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), gram_pull(F, M), rtol=0.02, atol=0.05)


@pytest.mark.parametrize("plain", [False, True], ids=["as convolutions where they can be", "plain"])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("size", [(1, 1, 1), (5, 7, 3), (64, 160, 512)], ids=["one number", "odd", "three bands"])
def test_products_in_float32_are_those_in_float64(size, layout, plain):
    F = features(*size).float().contiguous(memory_format=layout)
    torch.testing.assert_close(gram(F, plain=plain).double(), gram(F.double()), rtol=1e-5, atol=1e-3)
    torch.testing.assert_close(gram_with_one(F).double(), gram_with_one(F.double()), rtol=1e-5, atol=1e-3)
    M = torch.randn(size[0], size[0], generator=torch.Generator().manual_seed(1))
    found = gram_pull(F, M, plain=plain)
    torch.testing.assert_close(found.double(), gram_pull(F.double(), M.double()), rtol=1e-4, atol=1e-3)
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_features_that_are_a_linear_map_are_compared_without_being_computed():
    F, A = features(3, 4, 5), symmetric(6)
    matrix = torch.randn(6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    mapped = torch.nn.functional.conv2d(F, matrix[:, :3, None, None], matrix[:, 3])
    loss = MappedGram(matrix, A, 20)
    torch.testing.assert_close(value_of(loss, F), value_of(Gram(A, 20), mapped))
    torch.testing.assert_close(pulled(loss, F), autograd_of(loss, F))
    back = torch.nn.functional.conv_transpose2d(pulled(Gram(A, 20), mapped), matrix[:, :3, None, None])
    torch.testing.assert_close(pulled(loss, F), back)


def test_penalty_of_balanced_is_the_relative_squared_distance_of_means():
    F, A = features(3, 4, 5), symmetric(3)
    expected = (gram(F) / 20 - A).square().sum() / A.square().sum()
    torch.testing.assert_close(value_of(Gram(A, positions=20), F), expected)


def test_balanced_gradient_is_autograds():
    loss, F = Gram(symmetric(3), positions=20), features(3, 4, 5)
    torch.testing.assert_close(pulled(loss, F), autograd_of(loss, F))


def test_balanced_is_zero_on_its_own_target_and_one_on_nothing():
    F = features(3, 4, 5)
    loss = Gram(gram(F) / 20, positions=20)
    value, cotangent = loss.differentiate(loss.statistic(F))
    assert float(value) == 0
    assert not cotangent.any()
    assert float(value_of(loss, torch.zeros_like(F))) == 1


@pytest.mark.parametrize("scale", [1e-3, 7.0, 1e4])
def test_balanced_does_not_depend_on_the_loudness_of_the_network(scale):
    F, P = features(3, 4, 5), features(3, 8, 8, seed=1)
    quiet = value_of(Gram(gram(P) / 64, 20), F)
    torch.testing.assert_close(value_of(Gram(gram(scale * P) / 64, 20), scale * F), quiet)


def test_balanced_does_not_depend_on_the_size_of_a_repeated_picture():
    F, A = features(3, 4, 5), symmetric(3)
    once = Gram(A, positions=20)
    loss = Gram(A, positions=20 * 6)
    tiled = F.repeat(1, 1, 2, 3)
    torch.testing.assert_close(value_of(loss, tiled), value_of(once, F))
    # Each copy takes its share of the gradient.
    torch.testing.assert_close(pulled(loss, tiled), (pulled(once, F) / 6).repeat(1, 1, 2, 3))


def test_balanced_survives_a_style_without_any_features():
    value, cotangent = (loss := Gram(torch.zeros(3, 3), 20)).differentiate(loss.statistic(torch.zeros(1, 3, 4, 5)))
    assert float(value) == 0
    assert bool(torch.isfinite(cotangent).all())


def test_torch7_value_is_the_originals_formula():
    F, A = features(3, 4, 5), 20 * symmetric(3)
    expected = (gram(F) - A).square().sum() / (3 * 20) ** 2
    torch.testing.assert_close(value_of(GramTorch7(A, positions=20), F), expected)


def test_torch7_gradient_is_half_of_the_values_own():
    loss, F = GramTorch7(20 * symmetric(3), positions=20), features(3, 4, 5)
    torch.testing.assert_close(pulled(loss, F), autograd_of(loss, F) / 2)
    expected = 2 * (gram(F) - loss.target) @ F[0].flatten(1) / (3 * 20) ** 2
    torch.testing.assert_close(pulled(loss, F)[0].flatten(1), expected)


def test_torch7_rescaled_divides_both_by_the_mean_absolute_gradient():
    A, F = 20 * symmetric(3), features(3, 4, 5)
    plain, rescaled = GramTorch7(A, 20), GramTorch7(A, 20, rescaled=True)
    # "The gradient" is the one on G, before the product with F: 2 (G - A), undivided.
    norm = (2 * (gram(F) - A)).abs().mean()
    torch.testing.assert_close(value_of(rescaled, F), value_of(plain, F) / norm)
    torch.testing.assert_close(pulled(rescaled, F), pulled(plain, F) / norm)


def test_torch7_rescaled_has_no_gradient_where_there_is_nothing_to_rescale():
    F = features(3, 4, 5)
    loss = GramTorch7(gram(F), 20, rescaled=True)
    assert float(value_of(loss, F)) == 0
    assert not pulled(loss, F).any()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_summed_in_float32(dtype):
    # In half precision 10,000 squares of 16 would overflow, and a sum of ones would stop at 256 or 2048.
    F = torch.full((1, 2, 100, 100), 16.0, dtype=dtype)
    assert gram(F).dtype == torch.float32
    assert torch.equal(gram(F), torch.full((2, 2), 2_560_000.0))
    loss = Gram(gram(F) / 10_000, 10_000)
    assert float(value_of(loss, F)) == 0
    assert pulled(loss, F / 2).dtype == dtype
    assert float(value_of(loss, F / 2)) == pytest.approx((1 - 1 / 4) ** 2)


@pytest.mark.parametrize("loss", [Gram(symmetric(3), 20), GramTorch7(symmetric(3), 20)], ids=["balanced", "torch7"])
def test_statistics_of_parts_make_the_value_and_the_gradient_of_the_whole(loss):
    assert loss.additive and loss.reported
    F = features(3, 4, 5)
    parts = F[..., :2], F[..., 2:]
    value, cotangent = loss.differentiate(sum(loss.statistic(part) for part in parts))
    torch.testing.assert_close(value, value_of(loss, F))
    torch.testing.assert_close(torch.cat([loss.pull(part, cotangent) for part in parts], 3), pulled(loss, F))


def test_divide_leaves_what_cannot_be_divided():
    assert torch.equal(divide(torch.tensor(6.0), 3.0), torch.tensor(2.0))
    assert torch.equal(divide(torch.tensor(6.0), torch.tensor(0.0)), torch.tensor(6.0))


def rooted(kind):
    """Gram matrices of 3 channels, in either way of computing them."""
    if kind is Gram:
        return Gram(symmetric(3), 20, rooted=True)
    matrix = torch.randn(4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    return MappedGram(matrix, symmetric(4), 20, rooted=True)


@pytest.mark.parametrize("kind", [Gram, MappedGram])
def test_rooted_is_the_root_and_its_gradient_autograds(kind):
    F, loss = features(3, 4, 5), rooted(kind)
    torch.testing.assert_close(pulled(loss, F), autograd_of(loss, F))
    root, loss.rooted = value_of(loss, F), False
    torch.testing.assert_close(root, value_of(loss, F).sqrt())


def test_rooted_pulls_as_strongly_near_the_target_as_far_from_it():
    target = symmetric(3)
    pulls = {}
    for rooted in (False, True):
        for away in (1.0, 1e-3):
            loss = Gram(target, 1, rooted=rooted)
            pulls[rooted, away] = float(loss.differentiate(target + away * symmetric(3, seed=9))[1].norm())
    assert pulls[True, 1.0] == pytest.approx(pulls[True, 1e-3])
    assert pulls[False, 1.0] == pytest.approx(1e3 * pulls[False, 1e-3])
    # At the target there is nothing to pull.
    value, cotangent = Gram(target, 1, rooted=True).differentiate(target)
    assert float(value) == 0 and not cotangent.any()
