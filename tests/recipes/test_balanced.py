"""Recipe `balanced`: what does not change with image size, with the network's loudness, or with the final size."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import neuralart
from neuralart.image.paintings import ASSETS
from neuralart.image.picture import Picture
from neuralart.image.resize import resize
from neuralart.image.sizes import fit
from neuralart.networks.graph import IMAGE, Conv, Pool
from neuralart.networks.graph_network import GraphNetwork
from neuralart.networks.vgg import VGG
from neuralart.objective.objective import layers_of
from neuralart.objective.topology import HERE
from neuralart.optim.adam import Adam
from neuralart.optim.lbfgs import LBFGS
from neuralart.optim.sgd import SGD
from neuralart.recipes import RECIPES, balanced
from neuralart.recipes.recipe import History
from neuralart.recipes.style import Style

from ..networks.tiny import CHAIN, architecture, image, network, weights
from .make import objective, options, picture, prepared

# Without padding, so that a repeated texture has no borders.
BORDERLESS = architecture(
    Conv("conv1", IMAGE, 5, kernel=1, pad=0),
    Pool("pool1", "conv1"),
    Conv("conv2", "pool1", 6, kernel=1, pad=0),
    Conv("conv3", "conv2", 4, kernel=1, pad=0),
    mean=(123.0, 117.0, 104.0),
)
LINEAR = architecture(Conv("conv1", IMAGE, 5, relu=False), mean=(123.0, 117.0, 104.0))


RECIPE = RECIPES["balanced"]


def schedule(content, style, seen, asked):
    return RECIPE.schedule(
        asked, content.size, [Style(style).shape], seen.architecture.smallest(layers_of(RECIPE.terms(asked, seen)))
    )


def staged(content, style, seen, asked):
    run = prepared(seen, content, style, asked)
    return [run.stage(scale) for scale in run.schedule]


def optimiser(seen, asked):
    return RECIPE.optimiser(asked, seen, History(), HERE)


def test_the_content_is_free_of_charge_at_the_content():
    asked = options(num_iters=5, scales=2)
    content, style = picture(60, 45), picture(50, 70, seed=1)
    for stage in staged(content, style, network(CHAIN), asked):
        pixels = resize(content.pixels, stage.size).double()
        found = stage.objective()(pixels)
        assert float(found.terms["content conv3"]) == 0
        assert float(found.terms["style conv1"]) > 0


@pytest.mark.parametrize(("loss", "most"), [("gram", 1e-20), (None, 1e-15)])
def test_the_style_is_free_of_charge_at_the_style(loss, most):
    style = image(40, 36, seed=1)
    found = objective(network(CHAIN), image(40, 36), style, options(style_loss=loss))(style)
    assert float(found.terms["style conv1"]) == pytest.approx(0, abs=most)
    assert float(found.terms["style conv2"]) == pytest.approx(0, abs=most)
    assert float(found.terms["content conv3"]) > 0


@pytest.mark.parametrize(("down", "across"), [(2, 1), (3, 4)])
def test_terms_of_a_repeated_texture_do_not_depend_on_how_often(down, across):
    seen, style = network(BORDERLESS), image(20, 20, seed=2)
    once, content = image(8, 12), image(8, 12, seed=1)
    tile = lambda pixels: pixels.repeat(1, 1, down, across)
    small = objective(seen, content, style, options())(once)
    large = objective(seen, tile(content), style, options())(tile(once))
    torch.testing.assert_close(large.terms, small.terms)
    torch.testing.assert_close(large.gradient, tile(small.gradient) / (down * across))


@pytest.mark.parametrize("repeated", [2, 5])
def test_a_style_of_more_of_the_same_is_the_same_style(repeated):
    seen, content, style = network(BORDERLESS), image(8, 12, seed=1), image(8, 8, seed=2)
    found = objective(seen, content, style.repeat(1, 1, repeated, repeated), options())(image(8, 12))
    torch.testing.assert_close(found.terms, objective(seen, content, style, options())(image(8, 12)).terms)


@pytest.mark.parametrize("loudness", [1e-3, 0.5, 1e3])
def test_the_loudness_of_the_network_does_not_matter(loudness):
    made = weights(LINEAR)
    scaled = {name: value * loudness for name, value in made.items()}
    asked = options(style_layers="conv1", content_layers="conv1", smoothness=0.1)
    content, style, here = image(12, 15), image(14, 10, seed=1), image(12, 15, seed=2)
    quiet, loud = (
        objective(GraphNetwork(LINEAR, weights, dtype=torch.float64), content, style, asked)(here)
        for weights in (made, scaled)
    )
    torch.testing.assert_close(loud.terms, quiet.terms)
    torch.testing.assert_close(loud.gradient, quiet.gradient)


def test_every_term_is_one_where_nothing_is_seen():
    # At features of zero every relative distance is 1: the terms are then the weights.
    asked = options(style_layers="conv1", content_layers="conv1", style_loss="gram")
    seen = GraphNetwork(LINEAR, {n: v * n.endswith("weight") for n, v in weights(LINEAR).items()}, dtype=torch.float64)
    blank = torch.tensor(LINEAR.mean, dtype=torch.float64).view(1, 3, 1, 1).expand(1, 3, 12, 15)
    found = objective(seen, image(12, 15), image(14, 10, seed=1), asked)(blank)
    assert float(found.terms["content conv1"]) == pytest.approx(1)
    assert float(found.terms["style conv1"]) == pytest.approx(balanced.STYLE_WEIGHT)


shapes = st.tuples(st.integers(16, 90), st.integers(16, 90))


@hypothesis_settings(max_examples=60, deadline=None)
@given(shapes, st.integers(16, 700), st.integers(1, 12), st.none() | st.integers(1, 4))
def test_stages_lead_from_the_start_to_the_size_asked_for(shape, size, num_iters, scales):
    content, seen = Picture(torch.zeros(1, 3, shape[1], shape[0])), network(CHAIN)
    asked = options(size=size, num_iters=num_iters, scales=scales)
    stages = schedule(content, picture(20, 20), seen, asked)
    assert sum(stage.iterations for stage in stages) == num_iters
    assert scales is None or len(stages) == scales
    assert stages[-1].size == fit(*shape, size)
    areas = [stage.size[0] * stage.size[1] for stage in stages]
    assert areas == sorted(areas)


@pytest.mark.parametrize("init", ["image", "random"])
def test_the_first_image_has_the_first_stages_size(init):
    content, seen = picture(90, 60), network(CHAIN)
    asked = options(size=80, scales=3, init=init)
    run = prepared(seen, content, picture(20, 20), asked)
    assert run.schedule[0].size == (20, 13)
    begin = run.beginning()
    assert tuple(begin.shape) == (1, 3, 13, 20)
    assert begin.dtype == torch.float64
    if init == "image":
        torch.testing.assert_close(begin, resize(content.pixels, (20, 13)).double())


def test_every_size_is_begun_at_the_same_size():
    content = Picture(torch.zeros(1, 3, 75, 100))
    begun = lambda size: schedule(content, picture(20, 20), network(CHAIN), options(size=size))[0].size
    assert {begun(size) for size in (300, 512, 1000, 2000)} == {(128, 96)}


@pytest.mark.parametrize(("shape", "style"), [((1200, 60), (20, 20)), ((90, 60), (600, 20)), ((60, 1200), (20, 20))])
def test_a_narrow_picture_is_begun_large_enough_for_the_network(shape, style):
    content, seen = (
        Picture(torch.zeros(1, 3, shape[1], shape[0])),
        GraphNetwork(VGG, {f"{name}.weight": torch.empty(0) for name in VGG.kernels()}),
    )
    asked = options(size=1200, style_layers="conv5_1", content_layers="conv4_2")
    stages = schedule(content, Picture(torch.zeros(1, 3, style[1], style[0])), seen, asked)
    assert len(stages) > 1
    for stage in stages:
        assert min(*stage.size, *fit(*style, max(stage.size))) >= 16


def test_the_styles_long_edge_is_the_images_but_never_beyond_its_own_pixels():
    sizes = []

    class Watching(GraphNetwork):
        def features(self, image, layers, window=None):
            sizes.append((image.shape[-1], image.shape[-2]))
            return super().features(image, layers, window)

    seen = Watching(CHAIN, weights(CHAIN))
    for stage in staged(picture(80, 40), picture(30, 60, seed=1), seen, options(size=80, scales=2)):
        stage.objective()
    assert sizes == [(20, 40), (40, 20), (30, 60), (80, 40)]


@pytest.mark.parametrize(
    ("size", "dtype", "expected"),
    [
        (512, torch.bfloat16, [torch.float32, torch.bfloat16, torch.bfloat16]),
        (100, torch.bfloat16, [torch.bfloat16]),
        (256, torch.float64, [torch.float64, torch.float64]),
    ],
)
def test_the_smallest_of_several_scales_is_never_computed_in_bfloat16(size, dtype, expected):
    asked, seen = options(size=size), network(CHAIN).to("cpu", dtype)
    stages = staged(picture(64, 48), picture(30, 20, seed=1), seen, asked)
    assert [stage.objective().objective.network.dtype for stage in stages] == expected


def test_entering_a_stage_resizes_what_needs_it():
    content, seen = picture(80, 60), network(CHAIN)
    noise = staged(content, picture(20, 20), seen, options(size=80, scales=2, init="random"))
    small = image(30, 40)
    assert noise[0].enter(small) is small
    assert torch.equal(noise[1].enter(small), resize(small, (80, 60)))


def test_what_painting_changed_is_enlarged_and_the_contents_own_detail_is_kept():
    content, seen = picture(80, 60), network(CHAIN)
    stages = staged(content, picture(20, 20), seen, options(size=80, scales=2))
    small, large = (RECIPE.pixels(content, size, seen) for size in ((40, 30), (80, 60)))
    torch.testing.assert_close(stages[1].enter(small), large)
    change = image(30, 40, seed=3)
    torch.testing.assert_close(stages[1].enter(small + change), large + resize(change, (80, 60)))
    assert stages[0].enter(small) is small


def test_style_weighs_its_constant_at_the_usual_factor():
    terms = RECIPE.terms(options(style_factor=2e9, style_loss="gram"), network(CHAIN))
    assert sum(term.weight for term in terms if term.name.startswith("style")) == pytest.approx(balanced.STYLE_WEIGHT)
    assert sum(term.weight for term in terms if term.name.startswith("content")) == pytest.approx(1)


def test_smoothness_is_relative_to_the_contents_own():
    content = image(12, 16)
    found = objective(network(CHAIN), content, image(12, 16, seed=1), options(smoothness=0.25))(content)
    assert float(found.terms["smoothness"]) == pytest.approx(0.25)


@pytest.mark.parametrize(("name", "kind"), [("lbfgs", LBFGS), ("adam", Adam), ("sgd", SGD)])
def test_optimisers(name, kind):
    assert type(optimiser(network(CHAIN), options(optimizer=name))) is kind


def test_gradient_descents_rate_does_not_know_the_size():
    assert optimiser(network(CHAIN), options(optimizer="sgd")).per_pixel


# The default's shapes are larger than those of Gram matrices: too few of them cross the edges of the smaller picture.
@pytest.mark.parametrize(("loss", "size"), [("gram", "64x48"), (None, "128x96")])
def test_a_seamless_texture_differs_across_its_edges_as_its_neighbours_do_inside(loss, size):
    def seams(picture):
        x, jump = picture.pixels, lambda one, other: (one - other).abs().mean()
        return (
            float(jump(x[..., 0], x[..., -1]) / jump(x[..., 1:], x[..., :-1])),
            float(jump(x[:, :, 0], x[:, :, -1]) / jump(x[:, :, 1:], x[:, :, :-1])),
        )

    chosen = {
        "size": size,
        "num_iters": 30,
        "style_loss": loss,
        "model": "compact",
        "precision": "float32",
        "device": "cpu",
    }
    paint = lambda **more: neuralart.stylize("none", ASSETS / "style.jpg", display="off", **chosen, **more)
    assert max(seams(paint(seamless="both"))) < 1.3
    assert min(seams(paint())) > 1.4
