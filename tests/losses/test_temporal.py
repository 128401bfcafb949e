"""Against flicker: the formula, its derivative, and that tiles are the whole."""

from __future__ import annotations

import pytest
import torch

from neuralart.losses.content import Content
from neuralart.losses.temporal import Temporal
from neuralart.networks.graph import IMAGE
from neuralart.objective.make import make
from neuralart.objective.objective import Term
from neuralart.objective.plan import WHOLE, Plan
from neuralart.objective.targets import content_targets
from neuralart.objective.topology import HERE

from ..networks.tiny import CHAIN, image, network
from .made import autograd_of, features, pulled, value_of

X, W = features(3, 7, 9, seed=1), features(3, 7, 9, seed=2)
C = torch.rand(1, 1, 7, 9, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def aim(warped=W, trust=C, variance=2.0):
    loss = Temporal(torch.cat([warped, trust], 1), variance)
    return loss.aimed([loss.pixels], 63).at(0)


def test_it_is_its_formula():
    expected = float((C * (X - W).square()).sum() / (3 * 2.0 * C.sum()))
    assert float(value_of(aim(), X)) == pytest.approx(expected, rel=1e-9)


def test_pull_is_autograds():
    torch.testing.assert_close(pulled(aim(), X), autograd_of(aim(), X))


def test_what_is_not_trusted_does_not_pull():
    trust = C.clone()
    trust[..., 2:4, 3:5] = 0
    pull = pulled(aim(trust=trust), X)
    assert not pull[..., 2:4, 3:5].any()
    assert pull[..., 0, 0].all()


def test_it_has_no_unit():
    # Twice the contrast, or each pixel four times: the same value.
    once = float(value_of(aim(), X))
    assert float(value_of(aim(2 * W, C, 4 * 2.0), 2 * X)) == pytest.approx(once, rel=1e-9)
    larger = [one.repeat_interleave(2, 2).repeat_interleave(2, 3) for one in (X, W, C)]
    assert float(value_of(aim(larger[1], larger[2]), larger[0])) == pytest.approx(once, rel=1e-9)


@pytest.mark.parametrize("size", [(41, 30), (64, 48)])
def test_tiles_are_the_whole(size):
    width, height = size
    seen = network(CHAIN)
    pixels = torch.cat([image(height, width, 1), torch.rand(1, 1, height, width, dtype=torch.float64)], 1)
    layer = CHAIN.layers[-1]
    terms = [Term("temporal", IMAGE, Temporal(pixels, 900.0), 3.0), Term("content", layer, Content())]
    found = []
    for plan in (WHOLE, Plan(16)):
        targets = content_targets(seen, terms, image(height, width, 2), plan, HERE)
        found.append(make(seen, terms, targets, size, plan)(image(height, width, 4)))
    whole, tiled = found
    torch.testing.assert_close(tiled.total, whole.total, rtol=1e-9, atol=0)
    torch.testing.assert_close(tiled.gradient, whole.gradient, rtol=1e-9, atol=1e-12)
