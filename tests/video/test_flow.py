"""Flow on known motion, where it is trusted, and warping."""

from __future__ import annotations

import pytest
import torch

from neuralart.video import flow

from .movies import pixels_of, scene

SHIFTED = [flow.grey(pixels_of(one)) for one in scene(2, (96, 72), speed=3)]


def steady(across, down, size=(40, 60)):
    return torch.tensor([across, down]).view(1, 2, 1, 1).expand(1, 2, *size).contiguous().float()


def test_a_shift():
    # The scene moves to the left, so that what is here was three pixels to the right.
    found = flow.between(SHIFTED[1], SHIFTED[0])
    inner = found[..., 8:-8, 8:-8]
    assert inner[:, 0].mean() == pytest.approx(3, abs=0.1)
    assert inner[:, 1].abs().mean() < 0.1


@pytest.mark.parametrize("size", [(9, 40), (5, 5), (12, 12)])
def test_frames_that_are_too_small_for_the_search(size):
    still = SHIFTED[0][: size[0], : size[1]]
    found = flow.between(still, still)
    assert found.shape == (1, 2, *size)
    assert found.abs().max() < 0.05


def test_warping_fetches():
    image = torch.rand(1, 3, 40, 60)
    torch.testing.assert_close(flow.warped(image, steady(0, 0)), image, atol=1e-5, rtol=0)
    moved = flow.warped(image, steady(2, -1))
    torch.testing.assert_close(moved[..., 5:-5, 5:-5], image[..., 4:-6, 7:-3], atol=1e-4, rtol=0)


def test_there_and_back_is_trusted():
    assert flow.trust(steady(2, 1), steady(-2, -1))[..., 4:-4, 4:-4].min() > 0.99


def test_what_was_hidden_is_not_trusted():
    forward = steady(2, 0)
    forward[..., 10:20, 20:30] = 0
    found = flow.trust(forward, steady(-2, 0))
    assert found[0, 0, 12:18, 24:30].max() < 0.5
    assert found[0, 0, 25:35, 10:50].min() > 0.99


def test_the_edge_of_what_moves_is_not_trusted():
    backward = steady(0, 0)
    backward[..., 30:] = -4.0
    forward = -backward
    found = flow.trust(forward, backward)
    assert found[0, 0, 10:30, 29:31].max() < 0.5
    assert found[0, 0, 10:30, :25].min() > 0.99


def test_what_comes_in_from_outside_is_not_trusted():
    found = flow.trust(steady(-5, 0), steady(5, 0))
    assert found[..., -4:].max() < 0.5
    assert found[..., 5:-8].min() > 0.99
