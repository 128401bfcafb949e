"""Where a painting goes on from, and whether it may."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuralart import api
from neuralart.errors import PictureError, WeightsError
from neuralart.run.reached import Reached


@dataclass(frozen=True)
class Resumed:
    """Where a painting goes on from."""

    reached: Reached
    facts: dict[str, Any]
    path: Path

    def check(self, run: api.PreparedRun) -> None:
        """Raise PictureError or WeightsError unless the run is of the same inputs."""
        for role, picture in (("content", run.content), ("style", run.style)):
            if picture.digest != self.facts[role]["sha256"]:
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
        for stage in run.stages():
            if 0 < done <= stage.iterations or (not done and stage.iterations):
                return bool(size == stage.size)
            done -= stage.iterations
        return False
