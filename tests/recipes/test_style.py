"""Several styles, their weights, scales and layers: what each of them does to targets and terms, in small."""

from __future__ import annotations

import logging

import pytest
import torch

from neuralart import build
from neuralart.errors import OptionError
from neuralart.networks.provide import Provision
from neuralart.objective.plan import WHOLE, Plan
from neuralart.options import Options
from neuralart.recipes import RECIPES
from neuralart.recipes.style import Style, arranged

from ..networks.tiny import CHAIN, network
from .make import options, picture

A, B, C = picture(50, 40, seed=1), picture(44, 52, seed=2), picture(60, 30, seed=3)
EVERY = pytest.mark.parametrize("recipe", RECIPES)


def drafted(*styles, terms=None, size=40, **changes):
    """A run of CHAIN in these styles, in one scale. Gram matrices, since they can be averaged and told apart."""
    usual = {"scales": 1, "size": size, "style_layers": ["conv1,conv2"], "style_loss": "gram"}
    asked = options(**(usual | changes))
    made = tuple(one if isinstance(one, Style) else Style(one) for one in styles)
    return build.draft(asked, picture(60, 45), made, Provision(network(CHAIN), "tiny", "", False), terms=terms)


def targets(*styles, plan=WHOLE, **changes):
    """What the styles ask of the image, by term."""
    run = drafted(*styles, **changes)
    return run.style_targets(run.schedule[-1].size, run.network, plan)


def same(found, wanted):
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


@EVERY
def test_a_style_of_weight_0_is_not_there(recipe):
    same(targets(A, B, style_weights="1,0", recipe=recipe), targets(A, recipe=recipe))
    same(targets(A, B, style_weights="0,7", recipe=recipe), targets(B, recipe=recipe))
    same(targets(A, Style(B, weight=0.0), recipe=recipe), targets(A, recipe=recipe))
    # Nor is it looked at, or too small for the network.
    run = drafted(A, picture(1, 1), style_weights="1,0")
    assert [one.picture for one in run.weighed] == [A]
    assert len(run.looks((40, 30))) == 1


@EVERY
@pytest.mark.parametrize("weights", ["1,1", "1,2,3", "0.1,0.2,0.7"])
def test_a_style_given_several_times_is_that_style(recipe, weights):
    same(targets(*[A] * len(weights.split(",")), style_weights=weights, recipe=recipe), targets(A, recipe=recipe))


@EVERY
def test_the_order_is_irrelevant_and_so_is_the_unit(recipe):
    found = targets(A, B, style_weights="3,1", recipe=recipe)
    same(targets(B, A, style_weights="1,3", recipe=recipe), found)
    same(targets(B, Style(A, weight=3.0), recipe=recipe), found)
    torch.testing.assert_close(targets(A, B, style_weights="0.75,0.25", recipe=recipe), found)
    three = targets(A, B, C, style_weights="1,2,3", recipe=recipe)
    torch.testing.assert_close(targets(C, A, B, style_weights="3,1,2", recipe=recipe), three)


@EVERY
def test_targets_are_averaged_by_weight(recipe):
    one, other = targets(A, recipe=recipe), targets(B, recipe=recipe)
    both = targets(A, B, style_weights="3,1", recipe=recipe)
    torch.testing.assert_close(both, {name: 0.75 * one[name] + 0.25 * other[name] for name in one})


@pytest.mark.parametrize("loss", ["gram", "neighbours"])
def test_tiles_are_the_whole(loss):
    changes = {"style_weights": "3,1", "style_scale": "1.5,0.7", "style_layers": ["conv1,conv2", "conv2,conv3"]}
    changes["style_loss"] = loss
    whole, tiled = (targets(A, B, plan=plan, **changes) for plan in (WHOLE, Plan(8)))
    torch.testing.assert_close(tiled, whole)


@EVERY
def test_half_the_scale_is_the_half_size_file(recipe):
    half = Style(A.resized((20, 16)))
    if recipe == "balanced":
        same(targets(A, style_scale=0.5), targets(half))
    assert drafted(A, style_scale=0.5, recipe=recipe).style_sizes((40, 30)) == [(20, 16)]
    assert drafted(A, style_size=20, recipe=recipe).style_sizes((40, 30)) == [(20, 16)]
    same(targets(A, style_size=20, recipe=recipe), targets(Style(A, scale=0.5), recipe=recipe))


def test_a_size_in_pixels_is_that_beside_the_finished_picture():
    run = drafted(A, style_size=30, scales=2)
    assert [scale.size for scale in run.schedule] == [(20, 15), (40, 30)]
    assert [run.style_sizes(scale.size) for scale in run.schedule] == [[(15, 12)], [(30, 24)]]


def test_scales_of_one_style_are_mixed_by_weight():
    one, other = targets(A, style_scale=0.5), targets(A, style_scale=1.2)
    mixed = targets(A, style_scale="0.5,1.2", style_weights="3,1")
    torch.testing.assert_close(mixed, {name: 0.75 * one[name] + 0.25 * other[name] for name in one})
    same(targets(Style(A, weight=3, scale=0.5), Style(A, weight=1, scale=1.2)), mixed)


def test_nothing_is_enlarged_unless_asked(caplog):
    tiny = picture(12, 9, seed=4)
    sizes = lambda **changes: drafted(tiny, **changes).style_sizes((40, 30))
    with caplog.at_level(logging.INFO, "neuralart"):
        assert sizes() == sizes(style_scale=0) == [(12, 9)]
        assert not any("soft" in message for message in caplog.messages)
        assert sizes(style_scale=1) == sizes(style_size=40) == [(40, 30)]
        assert (
            "style: the style has 12 x 9 pixels; it is enlarged to 40 x 30, as asked, so its strokes are soft"
            in caplog.messages
        )
    # The original program enlarged.
    assert sizes(recipe="original") == [(40, 30)]


def values(run):
    """Terms and their weights."""
    return {term.name: term.weight for term in run.terms if term.loss.compares == "style"}


@EVERY
def test_layers_of_their_own(recipe):
    changes = {"style_layers": ["conv1", "conv2,conv3"], "recipe": recipe}
    found = targets(A, B, **changes)
    same({"style conv1": found["style conv1"]}, targets(A, style_layers="conv1", recipe=recipe))
    deep = targets(B, style_layers="conv2,conv3", recipe=recipe)
    same({name: found[name] for name in deep}, deep)
    # All layers count alike, whichever style they see.
    assert values(drafted(A, B, **changes)) == pytest.approx(
        values(drafted(A, style_layers="conv1,conv2,conv3", recipe=recipe))
    )
    # By objects, too.
    same(targets(Style(A, layers={"conv1": 1}), Style(B, layers="conv2,conv3"), recipe=recipe), found)


def test_a_layer_counts_by_its_weight_and_its_styles_weights():
    run = drafted(A, B, style_layers=["conv1:2,conv2", "conv2:4,conv3"], style_weights="3,1")
    found = values(run)
    assert {name: found[name] / found["style conv3"] for name in found} == pytest.approx(
        {"style conv1": 6.0, "style conv2": 7.0, "style conv3": 1.0}
    )
    one, other = (targets(each, style_layers="conv2")["style conv2"] for each in (A, B))
    torch.testing.assert_close(
        run.style_targets((40, 30), run.network, WHOLE)["style conv2"], (3 * one + 4 * other) / 7
    )


def test_lists_of_one_style_are_one_list():
    same(targets(A, style_layers=["conv1", "conv2"]), targets(A, style_layers="conv1,conv2"))


def test_the_layers_of_a_style_of_weight_0_are_left_out():
    changes = {"style_layers": ["conv1", "conv2"], "style_weights": "1,0"}
    assert set(values(drafted(A, B, **changes))) == {"style conv1"}
    same(targets(A, B, **changes), targets(A, style_layers="conv1"))
    # But they must exist.
    with pytest.raises(OptionError, match="no layer 'conf2'; did you mean 'conv2'"):
        drafted(A, B, style_layers=["conv1", "conf2"], style_weights="1,0")


def test_terms_of_ones_own_need_a_style():
    run = drafted(A, style_layers="conv1,conv2")
    with pytest.raises(OptionError, match="the term 'style conv2' compares layer 'conv2', which no style uses; name"):
        drafted(A, B, terms=run.terms, style_layers=["conv1", "conv3"])
    # A list for all styles says nothing about them.
    assert drafted(A, B, terms=run.terms, style_layers="conv3").terms == run.terms


def test_the_options_of_a_run_say_all_of_its_styles():
    run = drafted(Style(A, weight=2, scale=0.5), Style(B, layers="conv1"), style_layers=None)
    record = run.facts()["options"]
    assert record["style_weights"] == [2.0, 1.0]
    assert record["style_scale"] == [0.5, 0.0]
    assert record["style_layers"] == [",".join(CHAIN.style_layers), "conv1"]
    again = drafted(A, B, **{name: record[name] for name in ("style_weights", "style_scale", "style_layers")})
    size = run.schedule[-1].size
    same(again.style_targets(size, run.network, WHOLE), run.style_targets(size, run.network, WHOLE))
    # What is as usual is not said.
    assert {drafted(A, B, style_layers=None).facts()["options"][name] for name in record if "style_" in name} == {
        None,
        "gram",
        2e9,
    }


def test_what_a_style_says_goes_before_the_options():
    said = Options(style_weights=(5, 1), style_scale=(0.5,))
    found, styles = arranged(said, [Style(A), Style(B, weight=2, scale=0.25)], 100, ())
    assert [(one.counts, one.scale) for one in styles] == [(5.0, 0.5), (2.0, 0.25)]
    assert (found.style_weights, found.style_scale) == ((5.0, 2.0), (0.5, 0.25))


@pytest.mark.parametrize(
    ("styles", "changes", "told"),
    [
        ([A, B], {"style_weights": "1,2,3"}, "--style-weights has 3 values, but there are 2 styles; give one weight"),
        ([A, B, C], {"style_scale": "1,2"}, "--style-scale has 2 values, but there are 3 styles; give one, or 3"),
        ([A, B], {"style_weights": "0,0"}, "--style-weights has no weight above 0; give at least one style a weight"),
        ([Style(A, weight=0)], {}, "no style has a weight above 0; give at least one of them a weight"),
        ([A], {"style_scale": 0.01}, "the style (50 x 40) would be 1 x 1 pixels, but network 'tiny' needs 2"),
    ],
)
def test_mistakes(styles, changes, told):
    with pytest.raises(OptionError) as caught:
        drafted(*styles, **changes)
    assert str(caught.value).startswith(told)
    if "style_scale" in changes and len(styles) == 1:
        assert str(caught.value).endswith("give a larger --style-scale, or a larger --size")


def test_the_smallest_scale_has_room_for_a_small_style():
    # A style at a tenth of the picture needs a picture ten times as large as the network does.
    smallest = CHAIN.smallest(["conv1", "conv2", "conv3"])
    run = drafted(A, style_scale=0.01, size=2000, scales=None)
    first = run.schedule[0]
    assert min(run.style_sizes(first.size)[0]) >= smallest
    assert max(first.size) > 128
