"""What is learnt of the curvature along waves."""

from __future__ import annotations

import pytest
import torch

from neuralart.optim.lbfgs import LBFGS
from neuralart.optim.spectrum import COLOURS, Metric, Spectrum, multiplied, scattered

from .functions import Counted, random, walk

SHAPES = [(3, 12, 16), (3, 9, 15), (3, 1, 8), (1, 6, 6), (3, 7, 1)]


def learnt(shape, pairs=3):
    """A spectrum that was shown pairs of any kind."""
    spectrum, n = Spectrum(shape, random(1)), shape[0] * shape[1] * shape[2]
    for seed in range(pairs):
        spectrum.learn(random(n, seed=seed), 1e-6 * random(n, seed=seed + 50))
    return spectrum


def matrix(spectrum):
    """H0 written out."""
    n = spectrum.shape[0] * spectrum.shape[1] * spectrum.shape[2]
    return torch.stack([spectrum.times(one) for one in torch.eye(n, dtype=torch.float64)])


def bent(spectrum, curvature):
    """v -> A v, A as curved along each colour and band as `curvature` [C, bands] says."""

    def times(vector):
        planes = spectrum.basis @ vector.view(spectrum.shape[0], -1)
        waves = torch.fft.fft2(planes.view(spectrum.shape))
        rows, columns = (torch.fft.fftfreq(count).abs() for count in spectrum.shape[1:])
        index = lambda frequency, count: (frequency * count).round().long()
        down, across = index(rows, spectrum.shape[1]), index(columns, spectrum.shape[2])
        bands = spectrum.bands.long()[down[:, None], across[None]]
        back = torch.fft.ifft2(waves * torch.stack([one[bands] for one in curvature])).real
        return (spectrum.basis.T @ back.flatten(1)).flatten()

    return times


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_symmetric_and_positive(shape):
    H = matrix(learnt(shape))
    torch.testing.assert_close(H, H.T)
    assert float(torch.linalg.eigvalsh(H).min()) > 0


@pytest.mark.parametrize("shape", SHAPES)
def test_a_curvature_that_is_one_along_each_band_is_found_exactly(shape):
    spectrum = Spectrum(shape, random(1))
    # The shorter the waves, the more curved.
    curvature = random(shape[0], spectrum.count, seed=3).exp().sort(dim=1, descending=True).values
    A, n = bent(spectrum, curvature), shape[0] * shape[1] * shape[2]
    s = random(n, seed=1)
    spectrum.learn(s, A(s))
    vector = random(n, seed=2)
    torch.testing.assert_close(spectrum.times(A(vector)), vector)


def test_waves_that_are_hardly_seen_do_not_grow_into_speckle():
    spectrum = Spectrum((3, 16, 16), random(1))
    curvature = torch.ones(3, spectrum.count, dtype=torch.float64)
    curvature[:, 0] = 1e-4
    s = random(768, seed=1)
    spectrum.learn(s, bent(spectrum, curvature)(s))
    torch.testing.assert_close(spectrum.times(s), s)


def test_what_is_new_counts_more():
    shape, s = (3, 8, 8), random(192, seed=1)
    spectrum, spread = Spectrum(shape, random(1)), lambda: float(spectrum.times(s).norm() / s.norm())
    spectrum.learn(s, 2 * s)
    assert spread() == pytest.approx(1 / 2)
    for _ in range(60):
        spectrum.learn(s, 5 * s)
    assert spread() == pytest.approx(1 / 5, rel=1e-2)


def test_a_band_of_which_nothing_was_learnt_is_as_all_others_together():
    spectrum, flat = Spectrum((3, 8, 8), random(1)), torch.ones(192, dtype=torch.float64)
    spectrum.learn(flat, 4 * flat)  # no wave at all: one colour of the longest
    torch.testing.assert_close(spectrum.times(random(192)), random(192) / 4)


@pytest.mark.parametrize("unit", [1e-18, 1e15])
def test_no_unit_is_too_small_or_too_large(unit):
    spectrum, s = Spectrum((3, 8, 8), torch.ones(1)), random(192, seed=1).float()
    spectrum.learn(s, s * unit)
    torch.testing.assert_close(spectrum.times(s * unit), s, rtol=1e-4, atol=1e-4)


def test_at_twice_the_size_the_gradient_of_a_mean_is_a_quarter():
    small = learnt((3, 8, 8))
    large = small.at((3, 16, 16), random(1))
    # The finest waves are as many pixels long.
    fine = torch.tensor([1.0, -1.0], dtype=torch.float64)
    board = lambda edge: (fine.repeat(edge // 2)[:, None] * fine.repeat(edge // 2)[None]).expand(3, edge, edge)
    ratio = lambda spectrum, edge: spectrum.times(board(edge).flatten()).view(3, -1) / board(edge).flatten(1)
    torch.testing.assert_close(ratio(large, 16)[:, :64], 4 * ratio(small, 8))
    # Of longer waves than there were nothing is known but the longest.
    assert torch.isfinite(large.times(random(768))).all()
    back = large.at((3, 8, 8), random(1))
    torch.testing.assert_close(back.times(random(192)), small.times(random(192)))


def test_working_in_stretches_makes_no_difference(monkeypatch):
    expected = learnt((3, 9, 15)).times(random(405))
    monkeypatch.setattr("neuralart.optim.spectrum.STRETCH", 20)
    torch.testing.assert_close(learnt((3, 9, 15)).times(random(405)), expected)


def test_colours_are_orthogonal():
    basis = torch.tensor(COLOURS)
    assert torch.equal(basis @ basis.T, torch.diag(basis.square().sum(1)))


def test_a_metric_goes_on_from_what_was_learnt_at_another_size():
    metric = Metric(torch.empty(1, 3, 8, 8))
    assert not metric.is_known
    s = random(192, seed=1)
    metric.learn(s, 3 * s)
    larger = Metric(torch.empty(1, 3, 16, 16), before=metric)
    assert larger.is_known
    torch.testing.assert_close(larger.times(random(768)), random(768) * 4 / 3)
    assert not Metric(torch.empty(1, 3, 8, 8), before=Metric(torch.empty(1, 3, 4, 4))).is_known


def test_waves_of_many_curvatures_take_few_iterations():
    shape = (3, 16, 16)
    spectrum = Spectrum(shape, random(1))
    curvature = torch.logspace(4, 0, spectrum.count, dtype=torch.float64).expand(3, -1)
    A, centre = bent(spectrum, curvature), 100 + 20 * random(768, seed=1)

    def formula(x):
        return (x - centre) @ A(x - centre) / 2

    image = torch.full((1, *shape), 100.0, dtype=torch.float64)
    begin = float(formula(image.flatten()))
    moves = walk(LBFGS(), Counted(formula), image, 15)
    assert float(moves[-1].evaluation.total) < 1e-8 * begin


def test_bands_add_up_alike_by_products_of_matrices_as_one_by_one():
    generator = torch.Generator().manual_seed(0)
    power, bands = torch.rand(3, 7, 5, generator=generator), torch.randint(0, 6, (7, 5), generator=generator)
    found = multiplied(power, bands.to(torch.uint8), 6)
    torch.testing.assert_close(found, scattered(power, bands.to(torch.uint8), 6))
    for band in range(6):
        torch.testing.assert_close(found[:, band], power[:, bands == band].sum(1))
