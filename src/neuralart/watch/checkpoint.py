"""The run so far, in a file from which it can go on: a reader of steps."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from neuralart.errors import PictureError
from neuralart.image.place import check_place, replacing
from neuralart.image.source import quoted
from neuralart.run.reached import Reached
from neuralart.run.step import Step

log = logging.getLogger(__name__)

KIND, EVERY = "neuralart checkpoint 1", 50


class Checkpoint:
    """Keeps the newest step's image in one safetensors file, every `interval` iterations and after those in `ends`.

    facts: what `neuralart resume` needs besides: the record's options and the digests of inputs and weights. The file
    is whole at every moment: a new one is complete on the disk before it takes the old one's name. One that cannot be
    written is told of and costs nothing but itself.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        interval: int = EVERY,
        facts: Mapping[str, Any] | None = None,
        ends: Collection[int] = (),
    ) -> None:
        self.path, self.interval, self.facts, self.ends = Path(path), interval, dict(facts or {}), frozenset(ends)
        self.kept: int | None = None

    @staticmethod
    def check(path: str | os.PathLike[str], *, resumed: bool = False) -> None:
        """Raise PictureError unless it can be written there; an earlier one, or another file, is left alone."""
        check_place(path)
        if not resumed and _holds_something(path):
            cure = (
                f"go on from it with neuralart resume {path}, remove it, or" if is_one(path) else "it is another file;"
            )
            raise PictureError(
                f"cannot write a checkpoint to {quoted(path)}, which is there already: {cure} give another name"
            )

    def needs(self, step: Step) -> bool:
        """Whether this step is to be kept."""
        at_end = step.iteration in self.ends or step.is_last
        return step.iteration > 0 and (step.iteration % self.interval == 0 or at_end)

    def __call__(self, step: Step) -> None:
        if self.needs(step):
            self.keep(step)

    def keep(self, step: Step) -> None:
        """Keep this step, whatever the schedule says, unless it is kept already."""
        if self.kept == step.iteration:
            return
        try:
            write(self.path, step, self.facts)
            self.kept = step.iteration
        except (PictureError, SafetensorError) as error:
            log.warning("no checkpoint after iteration %d: %s; the painting goes on", step.iteration, error)

    def remove(self) -> None:
        """Remove the file: the picture is written."""
        if self.kept is not None:
            self.path.unlink(missing_ok=True)


def write(path: str | os.PathLike[str], step: Step, facts: Mapping[str, Any]) -> None:
    """One step as a checkpoint, whole or not at all. Raises PictureError."""
    numbers = {"iteration": step.iteration, "scale": step.scale, "evaluations": step.evaluations}
    about = {**numbers, "seconds": step.seconds, "total": step.total, "terms": step.terms, **facts}
    image = step.image.detach().to("cpu").contiguous()
    with replacing(path) as spare:
        save_file({"image": image}, spare, {"format": KIND, "about": json.dumps(about)})
        with spare.open("rb+") as file:
            os.fsync(file.fileno())


def _holds_something(path: str | os.PathLike[str]) -> bool:
    try:
        return Path(path).stat().st_size > 0
    except FileNotFoundError:  # a link that leads nowhere is free, too
        return False


def is_one(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a checkpoint."""
    try:
        read(path)
    except PictureError:
        return False
    return True


def read(path: str | os.PathLike[str]) -> tuple[Reached, dict[str, Any]]:
    """(what was reached, facts). Raises PictureError for a file that is no checkpoint, or a damaged one."""
    if not Path(path).is_file():
        raise PictureError(f"there is no checkpoint {quoted(path)}; --checkpoint FILE keeps one while painting")
    try:
        with safe_open(path, "pt") as file:
            about = file.metadata() or {}
            if about.get("format") != KIND:
                raise PictureError(f"{quoted(path)} is not a checkpoint of neuralart; give the file of --checkpoint")
            image, facts = file.get_tensor("image"), json.loads(about["about"])
        done, asked, seconds = int(facts["iteration"]), int(facts["evaluations"]), float(facts["seconds"])
        reached = Reached(image, done, asked, seconds, facts["total"], dict(facts["terms"]))
        if image.ndim != 4 or image.shape[:2] != (1, 3) or not isinstance(facts["options"], dict):
            raise ValueError("its image or its options are not what they should be")
    except (SafetensorError, OSError) as error:
        raise PictureError(
            f"{quoted(path)} is not a checkpoint of neuralart ({error}); give the file of --checkpoint"
        ) from None
    except (KeyError, ValueError, TypeError) as error:
        raise PictureError(f"the checkpoint {quoted(path)} is damaged ({error}); it cannot be gone on from") from None
    if not bool(torch.isfinite(image.sum())):
        raise PictureError(f"the checkpoint {quoted(path)} is damaged (not all of its numbers are finite)")
    return reached, facts
