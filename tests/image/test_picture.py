"""Picture: what it promises by itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neuralart.image.picture import Picture
from neuralart.image.read import read_bytes


def picture(height=6, width=9, **more):
    return Picture(torch.arange(3 * height * width, dtype=torch.float32).view(1, 3, height, width) % 256, **more)


def test_sizes():
    assert (picture().width, picture().height, picture().size) == (9, 6, (9, 6))


def test_it_says_what_it_is_without_its_pixels():
    assert repr(picture()) == "Picture(9 x 6, RGB, 8 bits)"
    assert (
        repr(picture(alpha=torch.zeros(1, 1, 6, 9), bits=16, grey=True)) == "Picture(9 x 6, grey with alpha, 16 bits)"
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"pixels": torch.zeros(3, 4, 5)}, r"pixels must be float32 \[1, 3, H, W\], not torch.float32 \[3, 4, 5\]"),
        ({"pixels": torch.zeros(1, 3, 4, 5).double()}, "not torch.float64"),
        ({"pixels": torch.zeros(1, 3, 0, 5)}, r"\[1, 3, 0, 5\]"),
        ({"pixels": torch.zeros(1, 3, 4, 5), "alpha": torch.zeros(1, 1, 5, 4)}, r"alpha must be \[1, 1, 4, 5\]"),
        ({"pixels": torch.zeros(1, 3, 4, 5), "bits": 12}, "bits must be 8 or 16, not 12"),
    ],
)
def test_nonsense_is_refused(arguments, why):
    with pytest.raises(ValueError, match=why):
        Picture(**arguments)


def test_numpy_rounds_clamps_and_adds_alpha():
    pixels = torch.tensor([-5.0, 254.6, 400.0]).view(1, 3, 1, 1)
    assert Picture(pixels).numpy().tolist() == [[[0, 255, 255]]]
    both = Picture(pixels, torch.full((1, 1, 1, 1), 127.6)).numpy()
    assert both.dtype == np.uint8 and both.tolist() == [[[0, 255, 255, 128]]]


def test_resized_keeps_everything_else():
    original = picture(alpha=torch.full((1, 1, 6, 9), 100.0), bits=16, icc=b"icc", record={"a": 1}, digest="d")
    smaller = original.resized((3, 2))
    assert smaller.size == (3, 2) and smaller.alpha.shape == (1, 1, 2, 3)
    assert (smaller.bits, smaller.icc, smaller.record, smaller.digest) == (16, b"icc", {"a": 1}, "d")


def test_with_pixels_takes_over_what_must_survive_and_nothing_else():
    original = picture(alpha=torch.full((1, 1, 6, 9), 100.0), bits=16, icc=b"icc", record={"a": 1}, grey=True)
    painted = torch.rand(1, 3, 12, 18, requires_grad=True)
    result = original.with_pixels(painted)
    assert result.alpha.shape == (1, 1, 12, 18) and result.alpha.unique().tolist() == [100]
    assert (result.bits, result.icc, result.record, result.grey) == (16, b"icc", None, False)
    with torch.no_grad():
        painted += 1
    assert result.pixels.max() <= 1 and not result.pixels.requires_grad


def test_a_notebook_shows_a_png_of_bounded_size():
    shown = read_bytes(picture(10, 2000)._repr_png_())
    assert shown.size == (800, 4)
    small = picture()
    assert torch.equal(read_bytes(small._repr_png_()).pixels, small.pixels)
