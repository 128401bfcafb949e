"""What a run yields after every iteration."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from neuralart.image.picture import Picture


@dataclass(frozen=True)
class Step:
    """One iteration's outcome. Step 0 comes before the first iteration and holds the first image.

    iteration, iterations: this one, and how many there will be. scale, scales: of the coarse-to-fine pyramid, from 1.
    image: [1, 3, H, W], sRGB, 0..255 but not clamped; never changed after it was yielded. total: the objective's value
    as the recipe reports it, None for step 0. terms: the weighted value of every term, by name. evaluations: of the
    objective so far. work_left: iterations still to come, each times its pixels. seconds: since the run began.
    peak_memory: bytes, of the process or of the GPU. notes: what a person should be told, such as a restart after the
    numbers broke down.
    """

    iteration: int
    iterations: int
    scale: int
    scales: int
    image: torch.Tensor
    total: float | None = None
    terms: dict[str, float] = field(default_factory=dict)
    evaluations: int = 0
    work_left: int = 0
    seconds: float = 0.0
    peak_memory: int = 0
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the image."""
        return self.image.shape[-1], self.image.shape[-2]

    @property
    def is_last(self) -> bool:
        """Whether the run ends with this step, if nobody stops it before."""
        return self.iteration == self.iterations

    def picture(self) -> Picture:
        """The image so far, clamped: a copy that may be kept, shown or written."""
        return Picture(self.image.detach().to("cpu", torch.float32, copy=True).clamp_(0, 255))

    def _repr_png_(self) -> bytes:
        return self.picture()._repr_png_()
