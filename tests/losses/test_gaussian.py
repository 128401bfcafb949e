"""Gaussians: the distance in closed form where there is one, and its derivatives by differences, in float64."""

from __future__ import annotations

import pytest
import torch

from neuralart.losses.gaussian import Gaussian
from neuralart.losses.products import gram_with_one

from .made import autograd_of, features, pulled, value_of
from .slopes import shuffled


def moments(F):
    return gram_with_one(F) / (F.shape[2] * F.shape[3])


def aimed(style, seen, matrix=None, **choices):
    return Gaussian(matrix, **choices).aimed(moments(style), seen.shape[2] * seen.shape[3])


def covariance(F):
    return torch.cov(F[0].flatten(1), correction=0)


def test_it_is_the_formula():
    F, P = features(3, 8, 9), 2 * features(3, 7, 6, seed=1)
    S, T = covariance(F), covariance(P)
    values, vectors = torch.linalg.eigh(T)
    half = vectors @ torch.diag(values.sqrt()) @ vectors.T
    cross = torch.linalg.eigvalsh(half @ S @ half).sqrt().sum()
    mean, there = F.mean((0, 2, 3)), P.mean((0, 2, 3))
    expected = ((mean - there).square().sum() + S.trace() + T.trace() - 2 * cross) / (T.trace() + there.square().sum())
    torch.testing.assert_close(value_of(aimed(P, F), F), expected, rtol=1e-3, atol=0)


def test_independent_channels_are_compared_by_their_deviations():
    """Of diagonal covariances the distance is that of the standard deviations."""
    signs = torch.tensor([[1.0, 1, -1, -1], [1, -1, 1, -1]], dtype=torch.float64)[None, :, None, :]
    one, other = torch.tensor([3.0, 1.0]), torch.tensor([1.0, 2.0])
    F, P = (signs * scale.double()[None, :, None, None] for scale in (one, other))
    expected = (one - other).square().sum() / other.square().sum()
    assert float(value_of(aimed(P, F), F)) == pytest.approx(float(expected), rel=1e-3)


def test_the_gradient_is_autograds():
    F, P = features(4, 5, 6), features(4, 6, 6, seed=1)
    loss = aimed(P, F)
    torch.testing.assert_close(pulled(loss, F), autograd_of(loss, F))


def test_it_does_not_know_where_things_are_nor_how_the_axes_lie():
    F, P = features(4, 6, 7), features(4, 6, 6, seed=1)
    value = value_of(aimed(P, F), F)
    torch.testing.assert_close(value_of(aimed(P, F), shuffled(F)), value)
    turn = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(3), dtype=torch.float64))[0]
    turned = lambda X: torch.einsum("ij,njhw->nihw", turn, X)
    torch.testing.assert_close(value_of(aimed(turned(P), F), turned(F)), value)


def test_features_that_are_a_linear_map_are_compared_without_being_computed():
    F, P = features(3, 4, 5), features(3, 6, 6, seed=1)
    matrix = torch.randn(6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    mapped = lambda X: torch.nn.functional.conv2d(X, matrix[:, :3, None, None], matrix[:, 3])
    loss = aimed(P, F, matrix)
    torch.testing.assert_close(value_of(loss, F), value_of(aimed(mapped(P), F), mapped(F)))
    back = pulled(aimed(mapped(P), F), mapped(F))
    torch.testing.assert_close(pulled(loss, F), torch.nn.functional.conv_transpose2d(back, matrix[:, :3, None, None]))


@pytest.mark.parametrize("kind", ["few positions", "constant style", "constant image", "nothing"])
def test_covariances_without_an_inverse_have_a_gradient_in_float32(kind):
    F, P = features(64, 4, 5).float(), features(64, 3, 4, seed=1).float()
    if kind == "constant style":
        P = P[:, :, :1, :1].expand(-1, -1, 3, 4)
    if kind == "constant image":
        F = F[:, :, :1, :1].expand(-1, -1, 4, 5)
    if kind == "nothing":
        F, P = torch.zeros_like(F), torch.zeros_like(P)
    loss = aimed(P, F)
    value, gradient = value_of(loss, F), pulled(loss, F)
    assert bool(torch.isfinite(value)) and bool(torch.isfinite(gradient).all())
    if kind != "nothing":
        assert float(value_of(loss, F - 1e-3 * gradient / gradient.abs().max())) < float(value)


def test_a_bright_even_picture_is_no_varied_one():
    """Both have the Gram matrix of the other; mean and variance tell them apart."""
    even = torch.full((1, 1, 2, 2), 1.0, dtype=torch.float64)
    varied = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float64).view(1, 1, 2, 2)
    assert float(value_of(aimed(even, varied), varied)) == pytest.approx(2, rel=0.02)
