"""Where a painting goes on from, and whether it may."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuralart import api
from neuralart.errors import PictureError, WeightsError
from neuralart.image.record import styles_in
from neuralart.run.reached import Reached


@dataclass(frozen=True)
class Resumed:
    """Where a painting goes on from."""

    reached: Reached
    facts: dict[str, Any]
    path: Path

    def check(self, run: api.PreparedRun) -> None:
        """Raise PictureError or WeightsError unless the run is of the same inputs."""
        pictures = [run.content, *(style.picture for style in run.styles)]
        recorded = [self.facts["content"], *styles_in(self.facts)]
        if len(recorded) != len(pictures):
            raise PictureError(
                f"{self.path} was painted in {len(recorded) - 1} style{'s' if len(recorded) > 2 else ''}, and --style"
                f" names {len(run.styles)}; give the same"
            )
        roles = ["content", *("style" for _ in run.styles)]
        for role, picture, one in zip(roles, pictures, recorded, strict=True):
            if picture.digest != one["sha256"]:
                raise PictureError(
                    f"{picture.source} is not the {role} that {self.path} was painted from; give that with --{role}"
                )
        if not self._fits(run):
            raise PictureError(
                f"the checkpoint {self.path} is damaged (its image is none of this painting's scales); it cannot be"
                " gone on from"
            )
        if run.provision.digest != self.facts["network"]["sha256"]:
            raise WeightsError(
                f"the weights {run.provision.file} are not those that {self.path} was painted with; give the same file"
                " with --weights"
            )

    def _fits(self, run: api.PreparedRun) -> bool:
        """Whether the image has the size at which the iteration it came from was painted."""
        done, size = self.reached.iteration, (int(self.reached.image.shape[3]), int(self.reached.image.shape[2]))
        for scale in run.schedule:
            if 0 < done <= scale.iterations or (not done and scale.iterations):
                return bool(size == scale.size)
            done -= scale.iterations
        return False
