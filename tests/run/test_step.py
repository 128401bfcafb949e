"""What a reader of steps is given."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from neuralart.run.step import Step

IMAGE = torch.tensor([-20.0, 0.0, 127.25, 255.0, 300.0, 3.0]).expand(1, 3, 2, 6).clone()


def step(**changes):
    return Step(**{"iteration": 3, "iterations": 9, "scale": 1, "scales": 2, "image": IMAGE} | changes)


def test_the_picture_is_clamped_and_not_rounded():
    assert step().picture().pixels[0, 0, 0].tolist() == [0.0, 0.0, 127.25, 255.0, 255.0, 3.0]


def test_the_picture_is_a_copy():
    image = torch.full((1, 3, 2, 2), 7.0)
    picture = step(image=image).picture()
    image += 1
    assert float(picture.pixels.max()) == 7.0
    picture.pixels.zero_()
    assert float(image.min()) == 8.0
    assert IMAGE.min() == -20


def test_the_picture_is_float32_whatever_the_image():
    assert step(image=IMAGE.double()).picture().pixels.dtype == torch.float32


def test_size_is_width_and_height():
    assert step().size == (6, 2)


@pytest.mark.parametrize(("iteration", "last"), [(0, False), (8, False), (9, True)])
def test_the_last_step_knows_that_it_is(iteration, last):
    assert step(iteration=iteration).is_last is last


def test_a_step_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        step().iteration = 4


def test_a_notebook_shows_a_png():
    assert step()._repr_png_().startswith(b"\x89PNG")
