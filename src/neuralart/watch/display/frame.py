"""A step reduced for display: what the run sends to a viewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralart.run.step import Step
from neuralart.watch.kinds import by_kind

LARGEST = 1024  # pixels; the long edge of a frame
JPEG_QUALITY = 90


@dataclass(frozen=True)
class Frame:
    """One picture to show, and what is shown besides it.

    Attributes:
        pixels: uint8 [H, W, 3], RGB, with a long edge of at most `LARGEST`.
        iteration: The number of the iteration.
        iterations: How many there will be.
        scale: The number of the scale, from 1.
        scales: The number of scales.
        size: (width, height) of the image itself.
        total: The objective's value; None before the first iteration.
        kinds: Its parts by kind of term; empty before the first iteration.
        seconds: The time since the run began.
    """

    pixels: NDArray[np.uint8]
    iteration: int
    iterations: int
    scale: int
    scales: int
    size: tuple[int, int]
    total: float | None
    kinds: dict[str, float]
    seconds: float

    @property
    def caption(self) -> str:
        """Iteration and scale, in words."""
        where = f", scale {self.scale} of {self.scales}" if self.scales > 1 else ""
        return f"iteration {self.iteration} of {self.iterations}{where}"


def frame_of(step: Step) -> Frame:
    """Return the step's picture, reduced if large; this happens on the image's device, so a GPU sends little."""
    return Frame(
        step.preview(LARGEST),
        step.iteration,
        step.iterations,
        step.scale,
        step.scales,
        step.size,
        step.total,
        by_kind(step.terms),
        step.seconds,
    )


def resized(pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Resize uint8 [H, W, 3] to (width, height), without torch, which is busy painting."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    image: Any = _image(pixels).resize(size[0] / width, vscale=size[1] / height)
    return np.asarray(image.numpy(), np.uint8)


def encoded(pixels: NDArray[np.uint8], suffix: str) -> bytes:
    """Encode uint8 [H, W, 3] as a .jpg, or as a .png that is fast to write rather than small."""
    how: dict[str, Any] = {"Q": JPEG_QUALITY} if suffix == ".jpg" else {"compression": 3}
    return bytes(_image(pixels).write_to_buffer(suffix, **how))


def _image(pixels: NDArray[np.uint8]) -> Any:
    import pyvips

    return pyvips.Image.new_from_array(pixels).copy(interpretation="srgb")
