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
        roles = ["content", *("style" for _ in run.styles)]
        for role, picture, one in zip(roles, pictures, recorded, strict=True):
            if picture.digest != one["sha256"]:
                raise PictureError(
                    f"{picture.source} is not the {role} that {self.path} was painted from; give that with --{role}"
                )
        if run.provision.digest != self.facts["network"]["sha256"]:
            raise WeightsError(
                f"the weights {run.provision.file} are not those that {self.path} was painted with; give the same file"
                " with --weights"
            )
