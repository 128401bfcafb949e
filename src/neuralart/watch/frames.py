"""Frames on the original's schedule: 0000.jpg before the first iteration, then after 1 to 20 and every fifth.

The original lost its last picture unless the number of iterations was a multiple of five; we always keep the last one.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neuralart.errors import PictureError
from neuralart.image.transparency import WHITE, named
from neuralart.image.write import check_writable, write
from neuralart.run.step import Step

log = logging.getLogger(__name__)

DENSE, EVERY = 20, 5


class Frames:
    """Writes steps as JPEG into a folder, created if missing; frames of an earlier run there are overwritten."""

    def __init__(self, folder: str | os.PathLike[str], how: Mapping[str, Any] | None = None) -> None:
        """Create the folder; how: keywords of `image.write.write`, like a recipe's `jpeg`. Raises PictureError."""
        self.folder, self.how, self.is_reported = Path(folder), dict(how or {}), False
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _no_folder(folder, error.strerror or str(error)) from None

    @staticmethod
    def check(folder: str | os.PathLike[str]) -> None:
        """Raise PictureError if frames cannot be written there; leaves nothing behind."""
        standing = Path(folder).absolute()
        while not os.path.lexists(standing):
            standing = standing.parent
        if not standing.is_dir():
            raise _no_folder(folder, f"'{standing}' is a file")
        check_writable(standing / "0000.jpg")

    @staticmethod
    def is_one(name: str | os.PathLike[str], folder: str | os.PathLike[str]) -> bool:
        """Whether a file is, or could be, a frame in this folder."""
        file = Path(os.path.realpath(name))
        return file.parent == Path(os.path.realpath(folder)) and re.fullmatch(r"\d{4,}\.jpg", file.name) is not None

    def needs(self, step: Step) -> bool:
        """Whether this step's image becomes a frame."""
        return due(step.iteration) or step.is_last

    def __call__(self, step: Step) -> None:
        if self.needs(step):
            self.write(step)

    def write(self, step: Step) -> None:
        """Write this step's frame, whatever the schedule says."""
        # Flatten here, since `write` would log a message for every frame.
        picture, ground = step.picture(), self.how.get("background", WHITE)
        if picture.alpha is not None and not self.is_reported:
            log.info("%s: frames are JPEG, without transparency; their background is %s", self.folder, named(ground))
            self.is_reported = True
        write(picture.flattened(ground), self.folder / f"{step.iteration:04d}.jpg", record={}, **self.how)


def _no_folder(folder: str | os.PathLike[str], reason: str) -> PictureError:
    return PictureError(f"cannot make the folder '{folder}' for frames: {reason}; give another --output-dir")


def due(iteration: int) -> bool:
    """Whether the original's schedule has a frame after this iteration."""
    return iteration <= DENSE or iteration % EVERY == 0
