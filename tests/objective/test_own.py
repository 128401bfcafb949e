"""Losses of one's own: whole, in tiles, over devices and processes, the evaluation is the same."""

from __future__ import annotations

import functools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuralart import build
from neuralart.distributed.group import Group
from neuralart.errors import OptionError
from neuralart.losses.content import Content
from neuralart.losses.gram import Gram
from neuralart.losses.loss import Loss
from neuralart.losses.variation import Variation
from neuralart.networks.graph import IMAGE
from neuralart.networks.provide import Provision
from neuralart.objective.make import make
from neuralart.objective.objective import Term, layers_of
from neuralart.objective.plan import WHOLE, Plan
from neuralart.objective.targets import content_targets, size_of
from neuralart.objective.topology import HERE, Topology
from neuralart.recipes.style import Style
from neuralart.run.shared import band

from ..distributed.team import alone, together
from ..networks.tiny import CHAIN, image, network
from ..recipes.make import blended, options, picture
from .foreign import TERMS, foreign
from .own import Histogram, Range, Squares

CPU = torch.device("cpu")
OURS = [
    Term("content", "conv3", Content(), 0.7),
    Term("style", "conv1", Gram(), 2.0),
    Term("smoothness", IMAGE, Variation(), 0.2),
]
OWN = [Term("squares", IMAGE, Squares(), 0.3), Term("histogram", "conv2", Histogram(), 1.5)]


def evaluated(terms, width, height, plan=WHOLE, topology=HERE, styles=((1.0, 2),), seen=None):
    """What the terms say of an image of this size. styles: (weight, seed) of each. seen: the network."""
    seen, content, pixels = seen or network(CHAIN), image(height, width, 1), image(height, width, 3)
    pictures = [(weight, image(31, 27, seed)) for weight, seed in styles]
    targets = blended(seen, terms, pictures, plan, topology)
    targets |= content_targets(seen, terms, content, plan, topology)
    objective = make(seen, terms, targets, size_of(content), plan, topology)
    if topology.group.count > 1:
        pixels = band(pixels, functools.partial(topology.owned, seen.architecture, layers_of(terms)), topology.group)
    return objective(pixels)


def same(found, expected):
    torch.testing.assert_close(found.total, expected.total, rtol=1e-9, atol=0)
    torch.testing.assert_close(found.terms, expected.terms, rtol=1e-9, atol=1e-12)
    assert float((found.gradient - expected.gradient).norm() / expected.gradient.norm()) < 1e-9


@settings(max_examples=30, deadline=None)
@given(width=st.integers(9, 60), height=st.integers(9, 60), tile=st.integers(4, 50), count=st.integers(0, 3))
def test_tiles_and_devices_make_no_difference(width, height, tile, count):
    expected = evaluated(OURS + OWN, width, height)
    same(evaluated(OURS + OWN, width, height, Plan(tile), Topology(devices=(CPU,) * count)), expected)


def in_bands(group: Group):
    """(total, terms, gradient) of an image over these processes, by our network and by a foreign one."""
    each = [
        evaluated(terms, 33, 47, Plan(16), Topology(group), seen=seen)
        for terms, seen in ((OURS + OWN, network(CHAIN)), (TERMS, foreign("resnet")))
    ]
    return [(found.total, found.terms, group.gather(found.gradient)) for found in each]


def test_processes_make_no_difference():
    expected = in_bands(alone())
    for rank, member in enumerate(together(2, in_bands)):
        for (there, values, whole), (total, terms, gradient) in zip(member, expected, strict=True):
            torch.testing.assert_close(there, total, rtol=1e-9, atol=0)
            torch.testing.assert_close(values, terms, rtol=1e-9, atol=1e-12)
            if rank == 0:
                assert float((whole - gradient).norm() / gradient.norm()) < 1e-9


def test_the_gradient_is_the_slope():
    terms = [*OURS, *OWN, Term("range", "conv2", Range(), 0.5)]
    pixels = image(20, 24, 3)
    content, style = image(20, 24, 1), image(31, 27, 2)
    seen = network(CHAIN)
    targets = blended(seen, terms, [(1.0, style)], WHOLE, HERE) | content_targets(seen, terms, content, WHOLE, HERE)
    objective = make(seen, terms, targets, (24, 20))
    direction = torch.randn_like(pixels, generator=None)
    slope = float((objective(pixels).gradient * direction).sum())
    there, here = (float(objective(pixels + step * direction).total) for step in (1e-4, -1e-4))
    assert slope == pytest.approx((there - here) / 2e-4, rel=1e-5)


def test_what_does_not_add_up_is_refused_in_tiles_and_before_painting_begins():
    terms = [Term("range", "conv2", Range())]
    with pytest.raises(OptionError, match=r"the term 'range' needs the whole image at once; .* leave --tile out"):
        evaluated(terms, 40, 40, Plan(16))

    def draft(**changes):
        provision = Provision(network(CHAIN), "", "", False)
        return build.draft(options(**changes), picture(40, 30), (Style(picture(30, 20)),), provision, HERE, terms)

    with pytest.raises(OptionError, match="the term 'range' needs the whole image at once; leave --tile out"):
        draft(tile=64)
    with pytest.raises(OptionError, match=r"tiles do not help, since the term 'range' needs the whole image at once"):
        build.fitted(draft(memory="350MB", size=4000, num_iters=1))
    assert {plan.tile for plan in build.fitted(draft(memory="2GB")).plans.values()} == {None}


class Borrowed(Loss):
    """Returns the very tensor that it keeps."""

    def __init__(self):
        self.kept = torch.full((1, 4, 20, 24), 0.5, dtype=torch.float64)

    def statistic(self, features):
        return features.sum()

    def penalty(self, statistic):
        return 0.5 * statistic

    def pull(self, features, cotangent):
        return self.kept


class Expanded(Borrowed):
    """Returns one number expanded to many."""

    def pull(self, features, cotangent):
        return torch.full((1, 1, 1, 1), 0.5, dtype=torch.float64).expand(features.shape)


@pytest.mark.parametrize("kind", [Borrowed, Expanded])
def test_what_a_loss_returns_is_not_written_into(kind):
    channels = CHAIN.channels()["conv1"]
    loss = kind()
    loss.kept = torch.full((1, channels, 20, 24), 0.5, dtype=torch.float64)
    single = evaluated([Term("one", "conv1", loss)], 24, 20)
    double = evaluated([Term("one", "conv1", loss), Term("two", "conv1", loss)], 24, 20)
    assert bool((loss.kept == 0.5).all())
    torch.testing.assert_close(double.gradient, 2 * single.gradient)
    torch.testing.assert_close(single.gradient, evaluated([Term("one", "conv1", loss)], 24, 20).gradient)


def test_names_are_unique():
    with pytest.raises(OptionError, match="two terms are called 'style'; give every term its own name"):
        evaluated([Term("style", "conv1", Gram()), Term("style", "conv2", Gram())], 20, 20)
    with pytest.raises(OptionError, match="there are no terms"):
        make(network(CHAIN), [], {}, (20, 20))


def test_of_several_styles_the_targets_are_averaged_by_weight():
    terms = [Term("style", "conv1", Gram()), Term("histogram", "conv2", Histogram())]
    target = lambda *styles: blended(
        network(CHAIN), terms, [(weight, image(31, 27, seed)) for weight, seed in styles], WHOLE, HERE
    )
    one, other, both = target((1.0, 2)), target((1.0, 5)), target((3.0, 2), (1.0, 5))
    for name in ("style", "histogram"):
        torch.testing.assert_close(both[name], 0.75 * one[name] + 0.25 * other[name])
    # The same style twice is that style; the order is all the same.
    torch.testing.assert_close(target((1.0, 2), (4.0, 2)), one)
    torch.testing.assert_close(target((1.0, 5), (3.0, 2)), both)
