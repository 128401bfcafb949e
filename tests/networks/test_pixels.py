"""Pixels as a foreign module expects them; mistakes in the numbers are in test_module_network.py."""

from __future__ import annotations

import torch

from neuralart.networks.pixels import pixels

from .tiny import image


def test_mean_and_scale_are_per_channel_and_the_order_comes_last():
    given = pixels((10.0, 20.0, 30.0), (1.0, 2.0, 4.0), "BGR")
    x = image(4, 5)
    found = given.expected(x)
    torch.testing.assert_close(found[:, 0], (x[:, 2] - 30) / 4)
    torch.testing.assert_close(found[:, 2], x[:, 0] - 10)


def test_one_number_serves_all_channels():
    assert pixels(127.5, 127.5, "RGB").expected(torch.full((1, 3, 2, 2), 255.0)).eq(1).all()


def test_precision_is_the_images_own():
    # What float64 pixels hold around the mean is not lost to float32.
    found = pixels(123.675, 1.0, "RGB").expected(torch.full((1, 3, 1, 1), 123.675 + 1e-9, dtype=torch.float64))
    torch.testing.assert_close(found, torch.full_like(found, 1e-9), rtol=1e-4, atol=0)
