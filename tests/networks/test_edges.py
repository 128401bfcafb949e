"""What lies beyond the edges: PyTorch's own paddings, there and back."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from neuralart.networks.edges import add_part, beyond, extended, folded, part_of, turns
from neuralart.networks.graph import PADDINGS, Conv
from neuralart.networks.window import ENDLESS, Region

from .tiny import BRANCHES, CHAIN, architecture, image, network

CONTINUED = PADDINGS[1:]


@pytest.mark.parametrize("padding", CONTINUED)
@pytest.mark.parametrize("axis", [2, 3])
def test_an_axis_is_continued_as_torch_does_and_back(padding, axis):
    x = image(6, 7).requires_grad_()
    sides = (0, 0, 2, 3) if axis == 2 else (2, 3, 0, 0)
    expected = F.pad(x, sides, mode=padding)
    assert torch.equal(extended(x, axis, 2, 3, padding), expected)
    arriving = torch.randn_like(expected)
    (back,) = torch.autograd.grad(expected, x, arriving)
    torch.testing.assert_close(folded(arriving, axis, 2, 3, padding), back)


def test_a_single_row_is_continued_by_itself():
    assert [beyond(position, 1, padding) for padding in CONTINUED for position in (-2, 0, 5)] == [0] * 9


@given(begin=st.integers(-20, 20), count=st.integers(0, 30), length=st.integers(1, 9))
def test_a_span_that_goes_round_is_modulo_the_length(begin, count, length):
    pieces = list(turns((begin, begin + count), length))
    assert [k for here, _ in pieces for k in range(here.start, here.stop)] == [
        k % length for k in range(begin, begin + count)
    ]
    assert [k for _, there in pieces for k in range(there.start, there.stop)] == list(range(count))


def test_a_part_that_goes_round_and_the_gradient_back():
    pixels = image(5, 4).requires_grad_()
    rows, columns = (-3, 7), (2, 9)
    part = part_of(pixels, rows, columns)
    at = lambda span, length: [k % length for k in range(*span)]
    assert torch.equal(part, pixels[:, :, at(rows, 5)][..., at(columns, 4)])
    arriving = torch.randn_like(part)
    (expected,) = torch.autograd.grad(part, pixels, arriving)
    found = torch.zeros_like(pixels)
    add_part(found, rows, columns, arriving)
    torch.testing.assert_close(found, expected)


def test_a_part_inside_is_no_copy():
    pixels = image(5, 4)
    assert part_of(pixels, (1, 4), (0, 4)).data_ptr() == pixels[:, :, 1:].data_ptr()


@pytest.mark.parametrize("padding", CONTINUED)
def test_every_convolution_is_padded_as_torchs_own_is(padding):
    made = network(CHAIN).weights
    pixels = image(12, 16)
    x = pixels.flip(1) - torch.tensor([104.0, 117.0, 123.0]).view(1, 3, 1, 1)
    for name in ("conv1", "conv2", "conv3"):
        x = F.relu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode=padding), made[f"{name}.weight"], made[f"{name}.bias"]))
        x = F.avg_pool2d(x, 2) if name == "conv1" else x
    torch.testing.assert_close(network(CHAIN).padded(padding).features(pixels, ["conv3"])["conv3"], x)


@pytest.mark.parametrize("arch", [CHAIN, BRANCHES], ids=["chain", "branches"])
@pytest.mark.parametrize(("axes", "turn"), [("x", (0, 8)), ("y", (12, 0)), ("both", (4, 16))])
def test_who_tiles_sees_the_same_wherever_the_picture_is_cut(arch, axes, turn):
    seen, pixels = network(arch).wrapped(axes), image(24, 32)
    here = seen.features(pixels, arch.layers)
    there = seen.features(pixels.roll(turn, (2, 3)), arch.layers)
    for layer, features in here.items():
        stride = arch.stride(layer)
        torch.testing.assert_close(features.roll((turn[0] // stride, turn[1] // stride), (2, 3)), there[layer])


def test_only_the_axes_that_are_named_go_round():
    plain, pixels = network(CHAIN), image(16, 16)
    for axes, kept in (("x", (slice(0, 1), slice(4, 12))), ("y", (slice(4, 12), slice(0, 1)))):
        one, other = (seen.features(pixels, ["conv1"])["conv1"] for seen in (plain, plain.wrapped(axes)))
        assert torch.equal(one[(..., *kept)], other[(..., *kept)])
        assert not torch.equal(one, other)


def test_a_whole_turn_in_whole_strides_needs_no_halo():
    tiling = network(BRANCHES).wrapped("both").architecture
    assert tiling.everything(["last"], (32, 24)).pixels == Region((0, 24), (0, 32))
    reach = tiling.reach("last")
    # One row more, which no position of the deepest layer covers: along that axis it takes the halo.
    endless = tiling.everything(["last"], (32, 25))
    assert endless.edges == (ENDLESS, "circular")
    assert endless.pixels.columns == (0, 32)
    assert -reach <= endless.pixels.rows[0] < 0
    assert 25 - 4 < endless.pixels.rows[1] <= 25 + reach


def test_mirrored_beyond_what_there_is_the_edge_stands_in():
    seen = network(architecture(Conv("wide", "image", 2, kernel=5, pad=2))).padded("reflect")
    assert seen.features(image(1, 2), ["wide"])["wide"].isfinite().all()
