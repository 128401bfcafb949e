"""What a run yields after every iteration."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neuralart.image.picture import PREVIEW, Picture
from neuralart.image.sizes import shrink
from neuralart.optim.state import State
from neuralart.run.finish import PLAIN, Finish
from neuralart.run.reached import Live


@dataclass(frozen=True)
class Step:
    """One iteration's outcome. Step 0 comes before the first iteration and holds the first image.

    iteration, iterations: this one, and how many there will be. scale, scales: of the coarse-to-fine pyramid, from 1.
    image: [1, 3, H, W], sRGB, 0..255 but not clamped; never changed after it was yielded. total: the objective's value
    as the recipe reports it, None for step 0. terms: the weighted value of every term, by name. evaluations: of the
    objective so far. work_left: iterations still to come, each times its pixels. seconds: since the run began.
    peak_memory: bytes, of the process or of the GPU. notes: what a person should be told, such as a restart after the
    numbers broke down. finish: makes the image the picture that is shown and saved. live: see `state`.
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
    finish: Finish = PLAIN
    live: Live | None = field(default=None, repr=False, compare=False)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the image."""
        return self.image.shape[-1], self.image.shape[-2]

    @property
    def is_last(self) -> bool:
        """Whether the run ends with this step, if nobody stops it before."""
        return self.iteration == self.iterations

    @property
    def has_image(self) -> bool:
        """Whether the image is here: where several processes share it, it may have stayed with them."""
        return not self.image.is_meta

    def picture(self, long_edge: int | None = None) -> Picture:
        """The image so far, finished as the saved picture is: a copy that may be kept, shown or written.

        Args:
            long_edge: Of the picture in pixels, to make it smaller, which costs less; None for the image's own.

        Returns:
            The picture, with the content's alpha. A step of a run (`stylize`, `iterate`) gives it the record, too.
        """
        return self.finish(self.image, shrink(*self.size, long_edge), self.result())

    def preview(self, long_edge: int) -> NDArray[np.uint8]:
        """The picture as viewers and films show it: uint8 [H, W, 3], no longer than `long_edge`.

        They have no alpha: what is transparent is laid on the background of `finish`.
        """
        return self.picture(long_edge).flattened(self.finish.background).numpy()

    def state(self) -> State | None:
        """What the optimiser remembers after this step, for a run that is to go on from it.

        None where it is known no more, since the run has gone on, or where several processes share the image.
        """
        return self.live.of(self.iteration) if self.live else None

    def result(self) -> dict[str, Any]:
        """What the record says of how far the run had come."""
        return {
            "iterations": self.iteration,
            "evaluations": self.evaluations,
            "total": self.total,
            "terms": self.terms,
            "size": list(self.size),
            "seconds": round(self.seconds, 3),
        }

    def _repr_png_(self) -> bytes:
        return self.picture(PREVIEW)._repr_png_()
