"""What a reader of steps is given."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from neuralart.run.finish import Finish
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


def test_a_smaller_picture_has_the_long_edge_asked_for():
    big = step(image=torch.rand(1, 3, 40, 60) * 255)
    assert big.picture(30).size == (30, 20)
    assert big.picture(100).size == (60, 40)
    assert big.preview(30).shape == (20, 30, 3)
    assert big.preview(100).dtype == np.uint8


def test_the_finish_makes_the_picture():
    finished = step(finish=Finish(alpha=torch.full((1, 1, 8, 24), 128.0), facts={"program": "this"}))
    made = finished.picture()
    assert made.alpha.shape == (1, 1, 2, 6)
    assert made.record == {"program": "this", "result": finished.result()}
    assert made.record["result"]["iterations"] == 3
    assert finished.preview(6).shape == (2, 6, 3)
    assert step().picture().record is None


def test_a_preview_is_laid_on_the_background():
    alpha = torch.zeros(1, 1, 2, 6)
    alpha[..., 3:] = 255
    shown = step(image=torch.full((1, 3, 2, 6), 7.0), finish=Finish(alpha, background=(1, 2, 3))).preview(6)
    assert shown[0, 0].tolist() == [1, 2, 3] and shown[0, 5].tolist() == [7, 7, 7]
    # White, where nothing else is asked for.
    assert step(finish=Finish(alpha)).preview(6)[0, 0].tolist() == [255, 255, 255]


def test_whether_the_image_is_here():
    assert step().has_image
    assert not step(image=torch.empty(1, 3, 2, 6, device="meta")).has_image


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
