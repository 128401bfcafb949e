"""The state that a painting continues from, and whether it can."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuralart import api
from neuralart.errors import PictureError, WeightsError, counted
from neuralart.image.record import styles_in
from neuralart.run.reached import Reached

log = logging.getLogger(__name__)

COUNTS = {"processes": "process", "devices": "device", "threads": "thread"}  # the last bits depend on their numbers


@dataclass(frozen=True)
class Resumed:
    """The state that a painting continues from.

    Attributes:
        reached: How far the painting had come.
        facts: The facts in the checkpoint.
        path: The checkpoint.
        replanned: Whether the command line says how to compute.
    """

    reached: Reached
    facts: dict[str, Any]
    path: Path
    replanned: bool = False

    def check(self, run: api.PreparedRun) -> None:
        """Raise PictureError or WeightsError unless the run has the same inputs."""
        pictures = [run.content, *(style.picture for style in run.styles)]
        recorded = [self.facts["content"], *styles_in(self.facts)]
        if len(recorded) != len(pictures):
            raise PictureError(
                f"{self.path} was painted in {counted(len(recorded) - 1, 'style')}, but --style names"
                f" {len(run.styles)}; give the same ones"
            )
        roles = ["content", *("style" for _ in run.styles)]
        for role, picture, one in zip(roles, pictures, recorded, strict=True):
            if picture.digest != one["sha256"]:
                raise PictureError(
                    f"{picture.source} is not the {role} that {self.path} was painted from; give that with --{role}"
                )
        if run.first and run.first.digest != self.facts.get("first", {}).get("sha256"):
            raise PictureError(
                f"{run.first.source} is not the picture that {self.path} started from; put that one in its place"
            )
        if self._digests(self.facts.get("masks", {})) != self._digests(run.regions.masks.record()):
            raise PictureError(f"the masks are not those that {self.path} was painted with; give the same ones")
        if not self._fits(run):
            raise PictureError(
                f"the checkpoint {self.path} is damaged (its image fits none of this painting's scales); it cannot be"
                " resumed"
            )
        if run.provision.digest != self.facts["network"]["sha256"]:
            raise WeightsError(
                f"the weights {run.provision.file} are not those that {self.path} was painted with; give the same file"
                " with --weights"
            )

    @staticmethod
    def _digests(masks: Mapping[str, Any]) -> dict[str, list[str | None]]:
        return {name: [one and one["sha256"] for one in several] for name, several in masks.items()}

    def as_before(self, run: api.PreparedRun) -> api.PreparedRun:
        """Return the run with the same tiles as before, so that it ends in the same picture; log why if it cannot."""
        before, now = self.facts.get("computed"), run.computed()
        if before is None or not (self.facts.get("state") or {}).get("whole"):
            log.warning("%s does not hold the optimiser's whole state: the picture will differ a little", self.path)
            return run
        for name, one in COUNTS.items():
            if before[name] != now[name]:
                log.warning(
                    "%s was painted by %d %s, but now there %s %d: the picture will differ a little%s",
                    *(self.path, before[name], one if before[name] == 1 else name),
                    *("is" if now[name] == 1 else "are", now[name]),
                    f" (--threads {before[name]} continues it exactly)" if name == "threads" else "",
                )
                return run
        if self.replanned and any(before[name] != now[name] for name in ("plans", "pairs", "pairs_in")):
            log.warning("%s was painted in other tiles: the picture will differ a little", self.path)
            return run
        return run.recomputed(before)

    def _fits(self, run: api.PreparedRun) -> bool:
        """Whether the image has the size of the scale that its iteration belongs to."""
        done, size = self.reached.iteration, (int(self.reached.image.shape[3]), int(self.reached.image.shape[2]))
        for scale in run.schedule:
            if 0 < done <= scale.iterations or (not done and scale.iterations):
                return bool(size == scale.size)
            done -= scale.iterations
        return False
