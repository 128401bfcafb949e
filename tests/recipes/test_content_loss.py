"""Recipe `balanced` with other losses of the content."""

from __future__ import annotations

import pytest
import torch

from neuralart import build
from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.losses.choices import CONTENT_LOSSES
from neuralart.networks.provide import Provision
from neuralart.objective.plan import WHOLE, Plan
from neuralart.recipes.regions import Masks
from neuralart.recipes.style import Style

from ..networks.tiny import CHAIN, image, network
from .make import objective, options, picture, regioned


def drafted(masks=None, **changes):
    asked, content, style = options(content_loss="similarity", **changes), picture(40, 30), picture(30, 20)
    regions = regioned(masks or Masks(), content, [style], asked)
    return build.draft(asked, content, (Style(style),), Provision(network(CHAIN), "", "", False), regions=regions)


@pytest.mark.parametrize("loss", CONTENT_LOSSES)
def test_the_content_is_free_of_charge_at_the_content(loss):
    content, style = image(40, 36), image(30, 36, seed=1)
    found = objective(network(CHAIN), content, style, options(content_loss=loss))
    kept, changed = ({k: float(v) for k, v in found(seen).terms.items()} for seen in (content, image(40, 36, seed=4)))
    names = [name for name in kept if name.startswith("content")]
    assert names == ["content conv3", "content edges"][: 1 + (loss == "laplacian")]
    assert all(kept[name] < 1e-12 and changed[name] > 0.01 for name in names)


@pytest.mark.parametrize("axes", ["", "x", "both"])
def test_edges_are_the_same_in_tiles(axes):
    seen = network(CHAIN).wrapped(axes) if axes else network(CHAIN)
    content, style, pixels = image(50, 46, seed=1), image(30, 36, seed=2), image(50, 46, seed=3)
    asked = options(content_loss="laplacian")
    whole, tiled = (objective(seen, content, style, asked, plan=plan)(pixels) for plan in (WHOLE, Plan(10)))
    torch.testing.assert_close(tiled.terms, whole.terms)
    torch.testing.assert_close(tiled.gradient, whole.gradient)
    assert float(whole.terms["content edges"]) > 0.01


def test_what_needs_the_whole_picture_is_refused_in_tiles():
    with pytest.raises(OptionError, match="the term 'content conv3' needs the whole image at once; leave --tile out"):
        drafted(tile=64)


def test_what_weighs_no_positions_is_refused_where_the_photograph_counts_in_part():
    half = Picture(torch.cat([torch.zeros(1, 3, 30, 20), torch.full((1, 3, 30, 20), 255.0)], 3))
    with pytest.raises(OptionError, match="'content conv3' cannot be restricted to a region"):
        drafted(Masks(content_weight_mask=half))
    # Where styles are painted is none of its business.
    assert drafted(Masks(style_mask=[half])).terms
