"""What holds of every loss that may be chosen, in float64. What each of them is lies in files of its own."""

from __future__ import annotations

import pytest
import torch

from neuralart.losses.choices import CONTENT_LOSSES, STYLE_LOSSES

from .made import features, pulled, value_of
from .slopes import check_slope, shuffled

STYLES = {name: choice.of for name, choice in STYLE_LOSSES.items()}
CONTENTS = {name: choice.of for name, choice in CONTENT_LOSSES.items()}
CONTENTS |= {f"{name} on pixels": choice.pixels.of for name, choice in CONTENT_LOSSES.items() if choice.pixels}
EVERY = pytest.mark.parametrize("of", (STYLES | CONTENTS).values(), ids=STYLES | CONTENTS)
EVERY_STYLE = pytest.mark.parametrize("of", STYLES.values(), ids=STYLES)
ROOTED = pytest.mark.parametrize("rooted", [False, True], ids=["", "rooted"])

# The image, and another picture, which a content has to be shaped like.
F, CONTENT, STYLE = features(3, 15, 14), 1.5 * features(3, 15, 14, seed=1), 1.5 * features(3, 11, 11, seed=1)


def aimed(loss, target=None):
    """The loss for the image, with a target of this picture; by default of another one."""
    if target is None:
        target = STYLE if loss.sees_styles else CONTENT
    summary = lambda: loss.summary(loss.statistic(target), target.shape[2] * target.shape[3])
    what = {"samples": lambda: target[0].flatten(1).T, "features": lambda: [target]}
    return loss.aimed(what.get(loss.compares, summary)(), F.shape[2] * F.shape[3]).at(0)


@ROOTED
@EVERY
def test_the_gradient_is_the_slope(of, rooted):
    check_slope(aimed(of(rooted)), F, step=1e-6, rel=1e-4)


@ROOTED
@EVERY
def test_a_picture_is_at_its_own_target(of, rooted):
    loss = aimed(of(rooted), F)
    assert float(value_of(loss, F)) == pytest.approx(0, abs=1e-6 if rooted else 1e-13)
    assert bool(torch.isfinite(pulled(loss, F)).all())
    assert float(value_of(aimed(of(rooted)), F)) > 0.01


@EVERY
def test_rooted_is_the_root(of):
    torch.testing.assert_close(value_of(aimed(of(True)), F).square(), value_of(aimed(of(False)), F))


@EVERY_STYLE
def test_a_style_is_the_same_wherever_things_are(of):
    value = value_of(aimed(of(False)), F)
    torch.testing.assert_close(value_of(aimed(of(False)), shuffled(F)), value)
    torch.testing.assert_close(value_of(aimed(of(False), shuffled(STYLE)), F), value)


@EVERY_STYLE
def test_parts_add_up(of):
    whole, loss = aimed(of(False)), aimed(of(False))
    assert loss.additive and loss.weighable
    parts = F[..., :3], F[..., 3:]
    value, cotangent = loss.differentiate(sum(loss.at(k).statistic(part) for k, part in enumerate(parts)))
    torch.testing.assert_close(value, value_of(whole, F))
    pulls = [loss.at(k).pull(part, cotangent) for k, part in enumerate(parts)]
    torch.testing.assert_close(torch.cat(pulls, 3), pulled(whole, F))
