"""Tiled and whole are the same evaluation, to rounding, whatever the sizes."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.losses.loss import Loss
from neuralart.networks.compact import COMPACT
from neuralart.networks.graph import PADDINGS
from neuralart.networks.inception import INCEPTION
from neuralart.networks.vgg import VGG
from neuralart.objective.division import Division
from neuralart.objective.objective import Term
from neuralart.objective.plan import WHOLE, Plan
from neuralart.objective.tiled import TiledObjective
from neuralart.recipes import RECIPES
from neuralart.run.reached import Reached

from ..networks.tiny import BRANCHES, CHAIN, image, network, thin
from ..recipes.make import layers_of, objective, options, prepared


def evaluations(recipe, seen, size, tile, *, on_disk=False, smoothness=0.3, style=(50, 43)):
    """What the recipe's objective says of an image of (width, height) pixels: whole, and in tiles."""
    width, height = size
    asked = options(recipe=recipe, smoothness=smoothness, **layers_of(seen.architecture))
    dtype = seen.pixel_dtype
    content, painting = image(height, width, 1, dtype), image(*style, 2, dtype)
    pixels = image(height, width, 3, dtype)
    return [objective(seen, content, painting, asked, plan=plan)(pixels) for plan in (WHOLE, Plan(tile, on_disk))]


def apart(one, other):
    return float((one - other).norm() / other.norm())


RECIPE = pytest.mark.parametrize("recipe", list(RECIPES))
SIDES = st.integers(9, 70)


@RECIPE
@pytest.mark.parametrize("arch", [CHAIN, BRANCHES], ids=["chain", "branches"])
@settings(max_examples=25, deadline=None)
@given(
    width=SIDES,
    height=SIDES,
    tile=st.integers(4, 80),
    pooling=st.sampled_from(["average", "max", "l2"]),
    padding=st.sampled_from(PADDINGS),
    axes=st.sampled_from(["", "x", "y", "both"]),
)
def test_any_size_in_any_tiles(arch, recipe, width, height, tile, pooling, padding, axes):
    seen = network(arch, pooling=pooling).padded(padding)
    whole, tiled = evaluations(recipe, seen.wrapped(axes) if axes else seen, (width, height), tile)
    torch.testing.assert_close(tiled.total, whole.total, rtol=1e-9, atol=0)
    torch.testing.assert_close(tiled.terms, whole.terms, rtol=1e-9, atol=1e-12)
    assert apart(tiled.gradient, whole.gradient) < 1e-9


REAL = pytest.mark.parametrize("arch", [thin(VGG), thin(INCEPTION), thin(COMPACT)], ids=lambda arch: arch.name)


@RECIPE
@REAL
@settings(max_examples=2, deadline=None)
@given(width=st.integers(33, 100), height=st.integers(33, 100), tile=st.integers(16, 90))
def test_the_real_networks(arch, recipe, width, height, tile):
    # Narrower than a halo, smaller than a tile, odd: all of that is among these sizes.
    assume(len(Division(arch, arch.style_layers, (width, height), tile).parts) > 1)
    whole, tiled = evaluations(recipe, network(arch), (width, height), tile)
    assert apart(tiled.total, whole.total) < 1e-9
    assert apart(tiled.gradient, whole.gradient) < 1e-9


@RECIPE
@REAL
def test_the_real_networks_in_float32(arch, recipe):
    # A ReLU's input that rounds to the other side of zero changes the gradient at once, in the whole image's evaluation
    # as well. That is rare: of three images of different sizes not all meet with it, and it never changes much.
    seen = network(arch, dtype=torch.float32)
    found = [evaluations(recipe, seen, size, 48) for size in ((70, 53), (97, 40), (64, 65))]
    assert all(apart(tiled.total, whole.total) < 1e-5 for whole, tiled in found)
    differences = sorted(apart(tiled.gradient, whole.gradient) for whole, tiled in found)
    assert differences[0] < 1e-5
    assert differences[-1] < 0.05


def test_content_features_may_lie_on_disk():
    _, here = evaluations("balanced", network(CHAIN), (40, 30), 16)
    _, there = evaluations("balanced", network(CHAIN), (40, 30), 16, on_disk=True)
    assert torch.equal(here.gradient, there.gradient)


def test_bfloat16_is_the_same_to_its_own_rounding():
    whole, tiled = evaluations("balanced", network(CHAIN, dtype=torch.bfloat16), (40, 30), 16)
    assert tiled.gradient.dtype == torch.float32
    assert apart(tiled.gradient, whole.gradient) < 0.02


def painted(plan, iterations=6, dtype=torch.float64, nudge=0.0):
    """A picture of 90 x 70 pixels after so many iterations, by a network with random weights."""
    seen = network(thin(COMPACT), dtype=dtype)
    asked = options(size=90, num_iters=iterations, scales=1, **layers_of(COMPACT))
    smooth = lambda seed: torch.nn.functional.interpolate(image(9, 11, seed, torch.float32), (70, 90), mode="bicubic")
    content, style = Picture(smooth(1).clamp(0, 255)), Picture(smooth(2).clamp(0, 255))
    run = prepared(seen, content, style, asked, plan=plan)
    start = run.beginning() + nudge * (image(70, 90, 4, dtype) / 255 - 0.5)
    *_, last = run.steps(Reached(start, 0))
    return last


def test_a_picture_painted_in_tiles_is_the_one_painted_whole():
    whole, tiled = painted(WHOLE), painted(Plan(32))
    assert (whole.image - painted(WHOLE, iterations=1).image).abs().mean() > 2  # it is another picture by now
    assert tiled.total == pytest.approx(whole.total, rel=1e-9)
    difference = (tiled.image - whole.image).abs()
    assert difference.max() < 1e-6
    # No trace of the grid: where tiles meet, the two differ no more than elsewhere.
    grid = torch.zeros(70, 90, dtype=torch.bool)
    for edge in (32, 64):
        grid[edge - 1 : edge + 1] = True
        grid[:, edge - 1 : edge + 1] = True
    assert difference[..., grid].mean() < 3 * difference[..., ~grid].mean() + 1e-12


def test_in_float32_tiles_are_no_more_than_another_rounding():
    # A ReLU that rounding puts on the other side of zero changes the gradient at once; two runs in float32 part company
    # whatever it was that rounded them differently. Tiles do so no more than a nudge of 1e-5 grey levels.
    whole, tiled, nudged = (
        painted(plan, 5, torch.float32, nudge) for plan, nudge in ((WHOLE, 0), (Plan(32), 0), (WHOLE, 1e-5))
    )
    apart_by = lambda other: float((other.image - whole.image).abs().mean())
    assert apart_by(tiled) < max(0.01, 5 * apart_by(nudged))
    assert tiled.total == pytest.approx(whole.total, rel=1e-2)


def test_a_loss_that_needs_the_whole_image_is_refused_by_name():
    class Median(Loss):
        additive = False

    with pytest.raises(OptionError, match=r"the term 'middle' needs the whole image .* --memory or a smaller --size"):
        TiledObjective(
            network(CHAIN), [Term("middle", "conv1", Median(), 1.0)], Division(CHAIN, ("conv1",), (64, 64), 16)
        )
