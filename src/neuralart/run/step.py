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
    """The outcome of one iteration. Step 0 comes before the first iteration and holds the first image.

    Attributes:
        iteration: The number of this iteration.
        iterations: How many there will be.
        scale: The number of this scale of the pyramid, from 1.
        scales: The number of scales.
        image: [1, 3, H, W], sRGB, 0..255 but not clamped; it never changes once it has been yielded.
        total: The objective's value as the recipe reports it; None for step 0.
        terms: The weighted value of every term, by name.
        evaluations: Evaluations of the objective so far.
        work_left: The work of the iterations that are expected to follow, see `schedule.work`.
        seconds: The time since the run began.
        peak_memory: Bytes of the process or of the GPU.
        notes: Messages for the user, such as a restart after a numerical breakdown.
        finish: Turns the image into the picture that is shown and saved.
        live: See `state`.
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
        """Whether the run ends with this step, unless it is stopped earlier."""
        return self.iteration == self.iterations

    @property
    def has_image(self) -> bool:
        """Whether the image is here; if several processes share it, it may still be spread over them."""
        return not self.image.is_meta

    def picture(self, long_edge: int | None = None) -> Picture:
        """Return the image so far as a finished picture: a copy that you may keep, show or write.

        Args:
            long_edge: The long edge of a smaller picture in pixels, which costs less; None for the image's own size.

        Returns:
            The picture, with the content's alpha and, for a step of a run (`stylize`, `iterate`), the record.
        """
        return self.finish(self.image, shrink(*self.size, long_edge), self.result())

    def preview(self, long_edge: int) -> NDArray[np.uint8]:
        """Return the picture for viewers and films: uint8 [H, W, 3], with a long edge of at most `long_edge`.

        It has no alpha; transparent parts get the background of `finish`.
        """
        return self.picture(long_edge).flattened(self.finish.background).numpy()

    def state(self) -> State | None:
        """Return the optimiser's state after this step, from which a run can continue.

        None if the run has already gone further, or if several processes share the image.
        """
        return self.live.of(self.iteration) if self.live else None

    def result(self) -> dict[str, Any]:
        """Return what the record says about how far the run had come."""
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
