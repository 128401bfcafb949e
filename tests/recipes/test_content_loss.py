"""Recipe `balanced` with other losses of the content."""

from __future__ import annotations

import pytest
import torch

from neuralart import build
from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.networks.provide import Provision
from neuralart.recipes.regions import NO_MASKS, Masks
from neuralart.recipes.style import Style

from ..networks.tiny import CHAIN, image, network
from .make import objective, options, picture


def drafted(masks=NO_MASKS, **changes):
    asked = options(content_loss="similarity", **changes)
    return build.draft(
        asked, picture(40, 30), (Style(picture(30, 20)),), Provision(network(CHAIN), "", "", False), masks=masks
    )


@pytest.mark.parametrize("loss", ["features", "similarity"])
def test_the_content_is_free_of_charge_at_the_content(loss):
    content, style = image(40, 36), image(30, 36, seed=1)
    found = objective(network(CHAIN), content, style, options(content_loss=loss))
    assert float(found(content).terms["content conv3"]) < 1e-12
    assert float(found(image(40, 36, seed=4)).terms["content conv3"]) > 0.01


def test_what_needs_the_whole_picture_is_refused_in_tiles():
    with pytest.raises(OptionError, match="the term 'content conv3' needs the whole image at once; leave --tile out"):
        drafted(tile=64)


def test_what_weighs_no_positions_is_refused_where_the_photograph_counts_in_part():
    half = Picture(torch.cat([torch.zeros(1, 3, 30, 20), torch.full((1, 3, 30, 20), 255.0)], 3))
    with pytest.raises(OptionError, match="'content conv3' cannot be restricted to a region"):
        drafted(Masks(content_weight_mask=half))
    # Where styles are painted is none of its business.
    assert drafted(Masks(style_mask=[half])).terms
