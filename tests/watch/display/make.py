"""Frames, steps and pictures that the tests of the display share."""

from __future__ import annotations

import numpy as np
import torch

from neuralart.run.step import Step
from neuralart.watch.display.frame import Frame, frame_of


def quarters(width: int, height: int) -> np.ndarray:
    """Four colours that cannot be mistaken for one another, with a light gradient: uint8 [H, W, 3]."""
    pixels = np.empty((height, width, 3))
    pixels[: height // 2, : width // 2] = (200, 30, 30)
    pixels[: height // 2, width // 2 :] = (30, 170, 60)
    pixels[height // 2 :, : width // 2] = (40, 60, 200)
    pixels[height // 2 :, width // 2 :] = (230, 200, 40)
    return (pixels + np.linspace(0, 20, width)[None, :, None]).astype(np.uint8)


def image(pixels: np.ndarray) -> torch.Tensor:
    """uint8 [H, W, 3] -> float32 [1, 3, H, W]."""
    return torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None].contiguous()


def step(iteration: int = 1, iterations: int = 10, pixels: np.ndarray | None = None, **facts: object) -> Step:
    """A step with the four colours."""
    terms = {"content conv4_2": 2.0, "style conv1_1": 3.0, "style conv2_1": 1.0} if iteration else {}
    total = sum(terms.values()) if iteration else None
    given = {"total": total, "terms": terms, "seconds": 0.5 * iteration} | facts
    shown = image(quarters(60, 40) if pixels is None else pixels)
    scale, scales = given.pop("scale", 1), given.pop("scales", 2)
    return Step(iteration, iterations, scale, scales, shown, **given)


def frame(pixels: np.ndarray | None = None, **facts: object) -> Frame:
    """The same as a frame."""
    return frame_of(step(pixels=pixels, **facts))
