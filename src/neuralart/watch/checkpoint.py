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
from neuralart.image.source import first_line, quoted
from neuralart.run.reached import Reached
from neuralart.run.step import Step
from neuralart.watch.facts import progress, validated

log = logging.getLogger(__name__)

KIND, EVERY = "neuralart checkpoint 1", 50
LONGEST_FACTS = 2**20  # characters


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
    # The record lists the terms that were asked for; what a checkpoint needs is their values.
    about = {**facts, **numbers, "seconds": step.seconds, "total": step.total, "terms": step.terms}
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
    """(what was reached, facts), validated.

    Raises PictureError, one line, for a file that is no checkpoint, or a damaged one.
    """
    if not Path(path).is_file():
        raise PictureError(f"there is no checkpoint {quoted(path)}; --checkpoint FILE keeps one while painting")
    try:
        with Path(path).open("rb") as raw:
            if int.from_bytes(raw.read(8), "little") > LONGEST_FACTS:
                raise SafetensorError("its header is too long")
        with safe_open(path, "pt") as file:
            about = file.metadata() or {}
            if about.get("format") != KIND:
                raise PictureError(f"{quoted(path)} is not a checkpoint of neuralart; give the file of --checkpoint")
            told = _facts(about.get("about", ""))
            reached = progress(told)
            facts = validated(told, f"the checkpoint {quoted(path)}")
            image = _image(file, facts, reached["iteration"])
    except (SafetensorError, OSError, MemoryError) as error:
        raise PictureError(
            f"{quoted(path)} is not a checkpoint of neuralart ({first_line(error)}); give the file of --checkpoint"
        ) from None
    except (KeyError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise PictureError(
            f"the checkpoint {quoted(path)} is damaged ({first_line(error)}); it cannot be gone on from"
        ) from None
    return Reached(image, **reached), facts


def _facts(text: str) -> dict[str, Any]:
    if len(text) > LONGEST_FACTS:
        raise ValueError(f"its facts have {len(text):,} characters")
    facts = json.loads(text)
    if not isinstance(facts, dict):
        raise ValueError("its facts are no table")
    return facts


def _image(file: Any, facts: Mapping[str, Any], iteration: int) -> torch.Tensor:
    """The image, read once its header agrees with the facts. Raises ValueError."""
    shape, kind = file.get_slice("image").get_shape(), file.get_slice("image").get_dtype()
    if len(shape) != 4 or shape[:2] != [1, 3] or min(shape) < 1 or kind not in ("F32", "F64"):
        raise ValueError(f"its image has shape {shape[:8]} and type {kind}")
    options, content = facts["options"], facts.get("content", {})
    longest = options.get("size") or max(content.get("size") or [0])
    if longest and max(shape) > longest:
        raise ValueError(f"its image has {max(shape)} pixels along an edge, and the painting {longest}")
    if iteration > options.get("num_iters", iteration):
        raise ValueError(f"it is after iteration {iteration} of {options['num_iters']}")
    image: torch.Tensor = file.get_tensor("image")
    # By its sum, for which no second copy is made; one number that is not finite spoils it.
    if not bool(torch.isfinite(image.sum())):
        raise ValueError("not all of its numbers are finite")
    return image
