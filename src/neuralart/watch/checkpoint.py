"""The run so far, in a file from which it can go on: a reader of steps.

The file is in safetensors format. It holds the image, what the optimiser remembers ("state." before each name), and in
its header the facts, as JSON, and a checksum of all of it. With the whole state a run goes on to the same picture, bit
for bit, as if it had never stopped.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from neuralart.errors import PictureError
from neuralart.image.place import check_place, replacing
from neuralart.image.source import first_line, quoted
from neuralart.optim.history import room, slimmed
from neuralart.optim.state import State
from neuralart.run.reached import Reached
from neuralart.run.step import Step
from neuralart.watch.facts import progress, validated
from neuralart.watch.speed import Speed

log = logging.getLogger(__name__)

KIND, EVERY = "neuralart checkpoint 2", 50
EARLIER = "neuralart checkpoint 1"  # of 1.4 and before: an image without state and checksum
LONGEST_FACTS = 2**20  # characters
LARGEST = 2 * 10**9  # bytes of a file, unless somebody says how many pairs to keep


class Checkpoint:
    """Keeps the newest step in one file, every `interval` iterations and after those in `ends`.

    facts: what `neuralart resume` needs besides: the record's options and the digests of inputs and weights. pairs: how
    many of those that L-BFGS remembers are kept, the newest; None for all of them, or as many as `LARGEST` allows.
    after: nothing is kept of a run that seems to take fewer seconds in all. The file is whole at every moment: a new
    one is complete on the disk before it takes the old one's name. One that cannot be written is told of and costs
    nothing but itself.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        interval: int = EVERY,
        facts: Mapping[str, Any] | None = None,
        ends: Collection[int] = (),
        pairs: int | None = None,
        after: float = 0.0,
    ) -> None:
        self.path, self.interval, self.facts, self.ends = Path(path), interval, dict(facts or {}), frozenset(ends)
        self.pairs, self.after, self.speed = pairs, after, Speed()
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
        return step.iteration > 0 and (step.iteration % self.interval == 0 or at_end) and self.is_worth_it(step)

    def is_worth_it(self, step: Step) -> bool:
        """Whether the run seems to take long enough."""
        return step.seconds + self.speed.left(step) >= self.after or self.kept is not None

    def __call__(self, step: Step) -> None:
        self.speed.look_at(step)
        if self.needs(step):
            self._tell_first()
            self.keep(step)

    def _tell_first(self) -> None:
        if self.after and self.kept is None:
            minutes = round(self.after / 60)
            log.info("this takes over %d minutes: what is reached is kept in %s", minutes, self.path)

    def keep(self, step: Step) -> None:
        """Keep this step, whatever the schedule says, unless it is kept already."""
        if self.kept == step.iteration:
            return
        try:
            write(self.path, step, self.facts, self.pairs)
            self.kept = step.iteration
        except (PictureError, SafetensorError) as error:
            log.warning("no checkpoint after iteration %d: %s; the painting goes on", step.iteration, error)

    def remove(self) -> None:
        """Remove the file: the picture is written."""
        if self.kept is not None:
            self.path.unlink(missing_ok=True)


def write(path: str | os.PathLike[str], step: Step, facts: Mapping[str, Any], pairs: int | None = None) -> None:
    """One step as a checkpoint, whole or not at all; on the disk when this returns. Raises PictureError."""
    image, state = _held(step.image), step.state()
    kept = state and _small(state, 2 * image.numel() * image.itemsize, pairs)
    _write(path, image, step, facts, kept, is_whole=kept is state)
    if state is not None and not state.holds():
        # The run went on meanwhile, on another thread, and wrote into what was being kept.
        _write(path, image, step, facts, None, is_whole=False)


def _write(
    path: str | os.PathLike[str],
    image: torch.Tensor,
    step: Step,
    facts: Mapping[str, Any],
    state: State | None,
    *,
    is_whole: bool,
) -> None:
    numbers = {"iteration": step.iteration, "scale": step.scale, "evaluations": step.evaluations}
    # The record lists the terms that were asked for; what a checkpoint needs is their values.
    about = {**facts, **numbers, "seconds": step.seconds, "total": step.total, "terms": step.terms}
    about["state"] = {"whole": is_whole, "numbers": state.numbers} if state else None
    tensors = {"image": image} | {f"state.{name}": _held(one) for name, one in (state.tensors if state else {}).items()}
    told = json.dumps(about)
    with replacing(path, lasting=True) as spare:
        save_file(tensors, spare, {"format": KIND, "about": told, "checksum": _checksum(told, tensors)})


def _held(one: torch.Tensor) -> torch.Tensor:
    return one.detach().to("cpu").contiguous()


def _small(state: State, beside: int, pairs: int | None) -> State:
    """The state with no more pairs than are asked for, or than there is room for."""
    if pairs is None:
        fixed, each = room(state)
        pairs = max(0, LARGEST - beside - fixed) // each if each else 0
    return slimmed(state, pairs)


def _checksum(told: str, tensors: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 of the facts and of every tensor, in the order of their names."""
    result = hashlib.sha256(told.encode())
    for name in sorted(tensors):
        result.update(f"{name} {list(tensors[name].shape)} {tensors[name].dtype}".encode())
        result.update(tensors[name].flatten().view(torch.uint8).numpy().data)
    return result.hexdigest()


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
            if about.get("format") not in (KIND, EARLIER):
                raise PictureError(f"{quoted(path)} is not a checkpoint of neuralart; give the file of --checkpoint")
            told = _facts(about.get("about", ""))
            reached = progress(told)
            facts = validated(told, f"the checkpoint {quoted(path)}")
            image = _image(file, facts, reached["iteration"])
            if about["format"] == KIND and _checksum(about["about"], _tensors(file)) != about.get("checksum"):
                raise ValueError("its checksum is not that of what it holds")
    except (SafetensorError, OSError, MemoryError) as error:
        raise PictureError(
            f"{quoted(path)} is not a checkpoint of neuralart ({first_line(error)}); give the file of --checkpoint"
        ) from None
    except (KeyError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise PictureError(
            f"the checkpoint {quoted(path)} is damaged ({first_line(error)}); it cannot be gone on from"
        ) from None
    return Reached(image, **reached, state=partial(_state, path, facts)), facts


def _tensors(file: Any) -> dict[str, torch.Tensor]:
    return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def _state(path: str | os.PathLike[str], facts: Mapping[str, Any]) -> State | None:
    """What the optimiser remembered, read when it is needed, since it may be large. Raises PictureError."""
    if not facts.get("state"):
        return None
    try:
        with safe_open(path, "pt") as file:
            result = {name.removeprefix("state."): one for name, one in _tensors(file).items() if name != "image"}
    except (SafetensorError, OSError, MemoryError) as error:
        raise PictureError(f"{quoted(path)} can no longer be read ({first_line(error)})") from None
    return State(result, facts["state"]["numbers"])


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
    # A width and a height are text; what was painted without a content has the size of its content's place.
    asked = options.get("size")
    longest = asked if isinstance(asked, int) and asked else max(content.get("size") or [0])
    if longest and max(shape) > longest:
        raise ValueError(f"its image has {max(shape)} pixels along an edge, and the painting {longest}")
    if iteration > options.get("num_iters", iteration):
        raise ValueError(f"it is after iteration {iteration} of {options['num_iters']}")
    image: torch.Tensor = file.get_tensor("image")
    # By its sum, for which no second copy is made; one number that is not finite spoils it.
    if not bool(torch.isfinite(image.sum())):
        raise ValueError("not all of its numbers are finite")
    return image
