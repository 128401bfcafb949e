"""A step made small enough to be shown: what travels from the run to a viewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralart.run.step import Step
from neuralart.watch.kinds import by_kind

LARGEST = 1024  # pixels: the long edge of a frame
JPEG_QUALITY = 90


@dataclass(frozen=True)
class Frame:
    """One picture to show, and what is told beside it.

    pixels: uint8 [H, W, 3], RGB, at most `LARGEST` along an edge. size: (width, height) of the image itself. total,
    kinds: the objective's value and its share by kind of term; None and empty before the first iteration. seconds:
    since the run began.
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
    """The step's picture, reduced where it is large; that is done where the image lies, so a GPU sends little."""
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
    """uint8 [H, W, 3] at another size (width, height), without torch: that is busy painting."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    image: Any = _image(pixels).resize(size[0] / width, vscale=size[1] / height)
    return np.asarray(image.numpy(), np.uint8)


def encoded(pixels: NDArray[np.uint8], suffix: str) -> bytes:
    """uint8 [H, W, 3] -> the bytes of a .jpg, or of a .png written quickly rather than small."""
    how: dict[str, Any] = {"Q": JPEG_QUALITY} if suffix == ".jpg" else {"compression": 3}
    return bytes(_image(pixels).write_to_buffer(suffix, **how))


def _image(pixels: NDArray[np.uint8]) -> Any:
    import pyvips

    return pyvips.Image.new_from_array(pixels).copy(interpretation="srgb")
