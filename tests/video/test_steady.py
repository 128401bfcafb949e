"""What other frames say of one."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from neuralart.video import flow, steady
from neuralart.video.motion import Search
from neuralart.video.steady import Near

from .movies import pixels_of, scene

FILMED = [pixels_of(one) for one in scene(5, (64, 48), speed=1)]
# A painting that clings to what is filmed: the negative.
NEAR = [Near(filmed, 255 - filmed) for filmed in FILMED]
SEARCH = Search()


def test_the_painting_moves_with_the_film():
    known = steady.beside(FILMED[1], [NEAR[0]], SEARCH)
    assert known.says_something
    inner = (known.warped - (255 - FILMED[1]))[..., 8:-8, 8:-8].abs()
    assert inner.mean() < 1.5
    still = (NEAR[0].painted - (255 - FILMED[1]))[..., 8:-8, 8:-8].abs()
    assert inner.mean() < still.mean() / 2


def test_nearer_frames_go_before():
    alone = steady.beside(FILMED[4], [NEAR[3]], SEARCH)
    several = steady.beside(FILMED[4], [NEAR[3], NEAR[2], NEAR[0]], SEARCH)
    assert several.trust.max() <= 1 + 1e-5
    assert (several.trust - alone.trust).min() > -1e-5
    sure = (alone.trust > 0.999).expand(1, 3, -1, -1)
    torch.testing.assert_close(several.warped[sure], alone.warped[sure], atol=0.2, rtol=0)


def test_neighbours_on_both_sides_share():
    known = steady.beside(FILMED[2], [NEAR[1], NEAR[3]], SEARCH, share=True)
    assert known.trust.max() == pytest.approx(2, abs=1e-4)


def test_what_is_not_known_comes_from_the_film_in_the_paintings_colours():
    known = steady.Beside(torch.zeros(1, 3, 48, 64), torch.zeros(1, 1, 48, 64), NEAR[0].painted)
    assert not known.says_something
    begun = steady.beginning(FILMED[1], known, NEAR[0])
    wanted = 255 - FILMED[0]
    assert (begun.mean((2, 3)) - wanted.mean((2, 3))).abs().max() < 4
    assert begun.std() == pytest.approx(float(wanted.std()), rel=0.1)


def test_what_is_not_known_has_the_strokes_of_the_painting():
    strokes = torch.randn(1, 3, 48, 64, generator=torch.Generator().manual_seed(0)) * 30
    near = replace(NEAR[0], painted=NEAR[0].painted + strokes)
    known = steady.Beside(torch.zeros(1, 3, 48, 64), torch.zeros(1, 1, 48, 64), near.painted)
    begun = steady.beginning(FILMED[1], known, near)
    fine = begun - flow.blurred(begun, 2)
    assert float((fine * strokes).sum() / strokes.square().sum()) > 0.7


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_what_comes_into_view_continues_a_copy_of_the_strokes_beside_it(side):
    painted = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(0)) * 255
    turned = {"right": 0, "top": 1, "left": 2, "bottom": 3}[side]
    trust = torch.ones(1, 1, 96, 96)
    trust[..., 93:] = 0
    smeared = torch.where(trust > 0, painted, painted[..., 92:93])
    known = [torch.rot90(one, turned, (2, 3)) for one in (painted * trust, trust, smeared)]
    # All places look alike, and have the painting's colours already, so that strokes alone are added.
    grey, coloured = torch.full((1, 3, 96, 96), 127.0), torch.rot90(painted, turned, (2, 3))
    found = torch.rot90(steady.added(grey, coloured, steady.Beside(*known)), -turned, (2, 3))
    fine = painted - flow.blurred(painted, 96 * steady.STROKE)
    torch.testing.assert_close(found[..., 13:-13, 93:], fine[..., 13:-13, 93 - 12 : 96 - 12], atol=1e-3, rtol=0)


def test_what_is_uncovered_takes_nothing_of_what_covered_it():
    # On the left a bright ground, painted blue. On the right a dark thing, which has just left the columns between.
    filmed = torch.full((1, 3, 96, 96), 210.0)
    filmed[..., 48:] = 30
    painted = filmed + torch.tensor([-100.0, -50.0, 40.0]).view(1, 3, 1, 1)
    painted[..., 48:] = torch.rand(1, 3, 96, 48, generator=torch.Generator().manual_seed(1)) * 60
    trust = torch.ones(1, 1, 96, 96)
    trust[..., 42:48] = 0
    wrong = torch.where(trust > 0, painted, painted[..., 48:54].repeat(1, 1, 1, 16))
    found = filmed + steady.added(filmed, filmed, steady.Beside(painted * trust, trust, wrong))
    torch.testing.assert_close(found[..., 42:46], painted[..., 42:46])


def test_a_further_pass_begins_between():
    warped = torch.full((1, 3, 2, 2), 90.0)
    known = steady.Beside(warped, torch.tensor([[[[0.0, 1.0], [2.0, 0.5]]]]), warped)
    begun = steady.again(torch.full((1, 3, 2, 2), 30.0), known)
    torch.testing.assert_close(begun[0, 0], torch.tensor([[30.0, 60.0], [70.0, 50.0]]))


def test_the_variance():
    assert steady.variance(torch.full((1, 3, 8, 8), 90.0)) == 1.0
    pixels = torch.rand(1, 3, 9, 9) * 255
    expected = sum(float(pixels[0, c].var(correction=0)) for c in range(3)) / 3
    assert steady.variance(pixels) == pytest.approx(expected, rel=1e-5)
