"""Regions: each painted in its own style, and nothing elsewhere; what is left alone stays what it was."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import neuralart
from neuralart import Style, build
from neuralart.cli import main
from neuralart.distributed.group import Group
from neuralart.errors import OptionError
from neuralart.image.masks import as_mask, labels
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.networks.provide import Provision
from neuralart.objective.objective import layers_of
from neuralart.objective.plan import WHOLE, Plan
from neuralart.objective.topology import HERE, Topology
from neuralart.recipes.regions import Masks
from neuralart.run.shared import band
from neuralart.together import count_styles

from ..cli import made
from ..distributed.team import alone, together
from ..networks.tiny import CHAIN, image, network
from .make import options, picture, regioned

WIDTH, HEIGHT = 40, 32
CPU = torch.device("cpu")


def grey(values: torch.Tensor) -> Picture:
    """A picture of these grey levels [H, W], 0..1."""
    return Picture((values * 255).float().expand(1, 3, *values.shape).contiguous())


def half(side: str, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """White on one side."""
    left = (torch.arange(width) < width // 2).float().expand(height, width)
    return grey(left if side == "left" else 1 - left)


def soft(width: int = WIDTH, height: int = HEIGHT) -> Picture:
    return grey(torch.linspace(0, 1, width).expand(height, width))


def white(width: int = WIDTH, height: int = HEIGHT) -> Picture:
    return grey(torch.ones(height, width))


def run(styles, masks=None, topology=HERE, content=None, **changes):
    """A run of the tiny network, in its styles."""
    content = content or picture(WIDTH, HEIGHT, 1)
    paintings = tuple(Style(one) for one in styles)
    given = Provision(network(CHAIN), "tiny", "", False)
    asked = options(size=WIDTH, **changes)
    looked = [styles[k if len(styles) > 1 else 0] for k in range(count_styles(asked, len(styles)))]
    regions = regioned(masks or Masks(), content, looked, asked)
    return build.draft(asked, content, paintings, given, topology, regions=regions)


def evaluated(styles, masks, plan=WHOLE, topology=HERE, pixels=None, **changes):
    """What the objective says at the last size."""
    made_ready = run(styles, masks, topology, **changes)
    size = made_ready.schedule[-1].size
    pixels = image(size[1], size[0], 3) if pixels is None else pixels
    objective = made_ready.objective(size, made_ready.network, plan)
    if topology.group.count > 1:
        owned = functools.partial(topology.owned, made_ready.network.architecture, layers_of(made_ready.terms))
        pixels = band(pixels, owned, topology.group)
    return objective(pixels)


A, B = picture(30, 26, 2), picture(28, 34, 5)
HALVES = Masks(style_mask=[half("left"), half("right")])


def same(found, expected, rtol=1e-6):
    torch.testing.assert_close(found.total, expected.total, rtol=rtol, atol=0)
    assert float((found.gradient - expected.gradient).norm() / expected.gradient.norm()) < rtol


def test_a_region_that_is_the_whole_image_makes_no_difference():
    same(evaluated([A], Masks(style_mask=[white()])), evaluated([A], Masks()))
    same(evaluated([A], Masks(content_weight_mask=white())), evaluated([A], Masks()))
    same(evaluated([A], Masks(mask=[white(30, 26)])), evaluated([A], Masks()))


def test_styles_of_one_region_are_blended_in_it():
    same(evaluated([A, B], Masks(style_mask=[white(), white()])), evaluated([A, B], Masks()))


def test_the_other_style_never_moves_pixels_beyond_the_reach_of_its_region():
    changed = evaluated([A, picture(28, 34, 9)], HALVES).gradient - evaluated([A, B], HALVES).gradient
    moved = changed.abs().amax((0, 1, 2)) > 1e-12
    reach = max(network(CHAIN).architecture.reach(layer) for layer in ("conv1", "conv2"))
    edge = WIDTH // 2 - reach - 2
    assert edge > 0
    assert not moved[:edge].any()
    assert moved[WIDTH // 2 + 2 :].any()


@settings(max_examples=15, deadline=None)
@given(tile=st.integers(4, 40), count=st.integers(0, 3), kind=st.sampled_from(["halves", "soft", "kept"]))
def test_tiles_and_devices_make_no_difference(tile, count, kind):
    masks = {
        "halves": HALVES,
        "soft": Masks(style_mask=[soft(), None], content_weight_mask=soft()),
        "kept": Masks(preserve=half("left")),
    }[kind]
    expected = evaluated([A, B], masks)
    same(evaluated([A, B], masks, Plan(tile), Topology(devices=(CPU,) * count)), expected, 1e-4)


def in_bands(group: Group):
    found = evaluated([A, B], Masks(style_mask=[soft(), None], preserve=half("left")), Plan(16), Topology(group))
    return found.total, group.gather(found.gradient)


def test_processes_make_no_difference():
    total, gradient = in_bands(alone())
    for rank, (there, whole) in enumerate(together(2, in_bands)):
        torch.testing.assert_close(there, total, rtol=1e-5, atol=0)
        if rank == 0:
            assert float((whole - gradient).norm() / gradient.norm()) < 1e-4


def test_what_lies_around_a_part_of_a_style_makes_no_difference():
    other = A.pixels.clone()
    part = torch.zeros(26, 30)
    part[4:22, 4:26] = 1
    other[:, :, part == 0] = 77.0
    masks = Masks(mask=[grey(part)])
    found = evaluated([replace(A, pixels=other)], masks, style_layers="conv1")
    same(found, evaluated([A], masks, style_layers="conv1"))


def test_what_is_transparent_of_a_style_makes_no_difference():
    alpha = torch.zeros(1, 1, 26, 30)
    alpha[..., 4:22, 4:26] = 255
    each = []
    for hidden in (0.0, 255.0):
        pixels = torch.where(alpha > 0, A.pixels, torch.full_like(A.pixels, hidden))
        each.append(evaluated([Picture(pixels, alpha).filled()], Masks()))
    assert torch.equal(each[0].gradient, each[1].gradient)


def test_regions_by_colour_are_masks():
    found = torch.zeros(1, 3, HEIGHT, WIDTH)
    found[..., WIDTH // 2 :] = 200
    same(evaluated([A, B], Masks(content_mask=Picture(found))), evaluated([A, B], HALVES))


def test_regions_of_a_style_have_the_colours_of_the_photographs():
    where, own = torch.zeros(1, 3, HEIGHT, WIDTH), torch.zeros(1, 3, 26, 30)
    where[:, 0, :, WIDTH // 2 :], own[:, 0, 13:] = 250, 240
    labelled = Masks(content_mask=Picture(where), mask=[Picture(own)])
    top = grey((torch.arange(26) < 13).float()[:, None].expand(26, 30))
    bottom = grey((torch.arange(26) >= 13).float()[:, None].expand(26, 30))
    masks = Masks(style_mask=[half("left"), half("right")], mask=[top, bottom])
    same(evaluated([A], labelled), evaluated([A, A], masks))


def test_a_label_image_with_soft_edges_has_as_many_regions():
    ramp = torch.cat([torch.zeros(300), torch.linspace(0, 255, 6), torch.full((300,), 255.0)])
    found = labels(Picture(ramp.expand(1, 3, 30, 606).contiguous()), "it")
    assert list(found) == ["#000000", "#ffffff"]
    assert torch.equal(sum(found.values()), torch.ones(1, 1, 30, 606))


CONTENT, STYLE = made.picture(50, 40, 1), made.picture(40, 44, 2)
SMALL = {"size": 48, "num_iters": 4, "model": "compact", "precision": "float32", "display": "off", "device": "cpu"}


def painted(**more):
    return neuralart.stylize(CONTENT, STYLE, **SMALL, **more)


@pytest.mark.parametrize("more", [{}, {"optimizer": "adam"}, {"init": "random"}, {"scales": 2, "tile": 64}])
def test_what_is_left_alone_is_the_photograph_to_the_bit(tmp_path, more):
    half("left", 50, 40).save(tmp_path / "left.png")
    shown = [
        step.picture() for step in neuralart.iterate(CONTENT, STYLE, **(SMALL | more), preserve=tmp_path / "left.png")
    ]
    for one in shown:
        own = CONTENT.resized(one.size).pixels
        assert torch.equal(one.pixels[..., : one.width // 2 - 2], own[..., : one.width // 2 - 2])
    assert not torch.allclose(shown[-1].pixels, CONTENT.resized(shown[-1].size).pixels, atol=3)


def test_masks_are_recorded_and_have_an_effect(tmp_path):
    half("left", 50, 40).save(tmp_path / "left.png")
    half("left", 40, 44).save(tmp_path / "part.png")
    usual = painted().pixels
    for name, file in (
        ("style_mask", "left.png"),
        ("preserve", "left.png"),
        ("content_weight_mask", "left.png"),
        ("mask", "part.png"),
    ):
        found = painted(**{name: tmp_path / file})
        assert (found.pixels - usual).abs().max() > 0.01, name
        (one,) = found.record["masks"][name]
        assert one["path"] == str(tmp_path / file)
        assert len(one["sha256"]) == 64


def test_a_style_brings_its_mask():
    given = neuralart.stylize(CONTENT, [Style(STYLE, mask=half("left", 50, 40))], **SMALL)
    assert (given.pixels - painted().pixels).abs().max() > 0.01


def black(width=WIDTH, height=HEIGHT):
    return grey(torch.zeros(height, width))


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        (Masks(style_mask=[half("left")]), "--style-mask has 1 value, but there are 2 styles; give one for each"),
        (Masks(style_mask=[black(), None]), r"--style-mask \(a picture\) is black everywhere"),
        (
            Masks(preserve=half("left", 40, 40)),
            r"--preserve \(a picture\) has 40 x 40 pixels, but the content has 40 x 32",
        ),
        (
            Masks(content_mask=black()),
            r"has 1 region \(#000000\), but there are 2 styles",
        ),
        (Masks(content_mask=half("left"), style_mask=[half("left"), None]), "contradict each other"),
    ],
)
def test_masks_that_make_no_sense(masks, message):
    with pytest.raises(OptionError, match=message):
        run([A, B], masks)


def test_two_hundred_regions_are_too_many():
    levels = torch.arange(200, dtype=torch.float32).repeat_interleave(4)
    found = torch.stack([levels, (levels * 7) % 256, (levels * 29) % 256])[None, :, None].expand(1, 3, 40, 800)
    with pytest.raises(OptionError, match="it has more than 32 regions; a label image has one colour for each region"):
        labels(Picture(found.contiguous()), "it")


def test_nearly_white_is_white():
    found = as_mask(grey(torch.tensor([[0.999, 1.0, 0.0, 0.001, 0.5]])), "it")
    assert found.flatten().tolist()[:4] == [1.0, 1.0, 0.0, 0.0]


def test_a_region_too_small_for_a_layer_leaves_that_layer_out(caplog):
    tiny = torch.zeros(HEIGHT, WIDTH)
    tiny[3, 3] = 1
    with caplog.at_level("INFO"):
        found = evaluated([A, B], Masks(style_mask=[grey(tiny), None]))
    assert "style conv2 in region 1" not in found.terms
    assert "style conv2 in region 2" in found.terms
    assert "its region has no position on that layer" in caplog.text


def test_a_mask_that_is_another_file_now_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    CONTENT.save("photo.png")
    STYLE.save("style.png")
    half("left", 50, 40).save("left.png")
    words = ["--content", "photo.png", "--style", "style.png", *made.SMALL, "--preserve", "left.png"]
    assert main([*words, "--output", "out.png", "--quiet"]) == 0
    assert main(["again", "out.png", "--output", "same.png", "--quiet"]) == 0
    assert torch.equal(read("out.png").pixels, read("same.png").pixels)
    half("right", 50, 40).save("left.png")
    assert main(["again", "out.png", "--output", "other.png", "--quiet"]) == 2


def test_masks_are_looked_at_before_a_network_is_fetched(monkeypatch, tmp_path):
    monkeypatch.setattr(build, "provision", lambda *given, **more: pytest.fail("the network was asked for"))
    half("left", 40, 40).save(tmp_path / "square.png")
    with pytest.raises(
        OptionError, match=r"--preserve .* has 40 x 40 pixels, but the content has 50 x 40, another shape"
    ):
        neuralart.stylize(CONTENT, STYLE, **SMALL, preserve=tmp_path / "square.png")


@pytest.mark.parametrize(
    ("content", "style", "more"),
    [
        ("clear", "full", {"smoothness": 0.1}),
        ("full", "full", {"smoothness": 0.1, "content_weight_mask": "left.png"}),
        ("none", "clear", {"smoothness": 0.1}),
        ("full", "full", {"content_loss": "laplacian", "style_mask": ["left.png"]}),
        ("full", "full", {"content_loss": "laplacian", "preserve": "left.png"}),
    ],
)
def test_what_a_mask_does_not_concern_goes_on_as_without_it(tmp_path, monkeypatch, content, style, more):
    monkeypatch.chdir(tmp_path)
    half("left", 50, 40).save("left.png")
    full, alpha = made.picture(50, 40, 1), torch.full((1, 1, 40, 50), 255.0)
    alpha[..., :20] = 0
    given = {"full": full, "clear": Picture(full.pixels, alpha), "none": "none"}
    size = {"size": "48x40"} if content == "none" else {}
    assert neuralart.stylize(given[content], given[style], **(SMALL | {"scales": 1} | size | more)).width == 48
