"""Frames on the original's schedule: 0000.jpg before the first iteration, then after 1 to 20 and every fifth.

The original lost its last picture unless the number of iterations was a multiple of five; here the last is always kept.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from neuralart.errors import PictureError
from neuralart.image.picture import Picture
from neuralart.image.write import check_writable, write
from neuralart.run.step import Step

DENSE, EVERY = 20, 5
# What the original's image.save did, for which fractions were cut off.
AS_TORCH7: dict[str, Any] = {"quality": 75, "rounding": "truncate"}


class Frames:
    """Writes steps as JPEG into a folder, made where it is missing; frames of an earlier run there are replaced."""

    def __init__(self, folder: str | os.PathLike[str], content: Picture, recipe: str = "balanced") -> None:
        self.folder, self.content = Path(folder), content
        self.how = AS_TORCH7 if recipe == "original" else {}

    @staticmethod
    def check(folder: str | os.PathLike[str]) -> None:
        """Make the folder; raise PictureError if frames cannot be written there."""
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = "it is a file" if isinstance(error, FileExistsError) else error.strerror or str(error)
            raise PictureError(
                f"cannot make the folder '{folder}' for frames: {reason}; give another --output-dir"
            ) from None
        check_writable(Path(folder) / "0000.jpg")

    def __call__(self, step: Step) -> None:
        if due(step.iteration) or step.is_last:
            self.write(step)

    def write(self, step: Step) -> None:
        """Write this step's frame, whatever the schedule says."""
        # JPEG has no alpha, and a frame needs no record.
        picture = Picture(step.picture().pixels)
        write(picture, self.folder / f"{step.iteration:04d}.jpg", **self.how)


def due(iteration: int) -> bool:
    """Whether the original's schedule has a frame after this iteration."""
    return iteration <= DENSE or iteration % EVERY == 0
