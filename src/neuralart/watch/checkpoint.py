"""Keeps the run so far in a file from which it can continue: a reader of steps.

The file is in safetensors format. It holds the image, the optimiser's state ("state." before each name) and, in its
header, the facts as JSON and a checksum of everything. With the whole state, a run continues to the same picture, bit
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
EARLIER = "neuralart checkpoint 1"  # up to version 1.4: an image without state and checksum
LONGEST_FACTS = 2**20  # characters
LARGEST = 2 * 10**9  # bytes of a file, unless the number of pairs is given


class Checkpoint:
    """Keeps the newest step in one file.

    The file is always complete: a new one is fully on the disk before it takes the old one's name. If it cannot be
    written, a message says so, and the painting goes on.

    Args:
        path: The file.
        interval: Keep every `interval`-th iteration.
        facts: What else `neuralart resume` needs: the record's options, and the digests of inputs and weights. None
            for those that a step of a run (`stylize`, `iterate`) brings.
        ends: Iterations that are kept in addition.
        pairs: How many of the newest pairs of L-BFGS to keep; None for all, or as many as `LARGEST` allows.
        after: Keep nothing of a run that will probably take fewer seconds in total.
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
        self.path, self.interval, self.facts, self.ends = Path(path), interval, facts, frozenset(ends)
        self.pairs, self.after, self.speed = pairs, after, Speed()
        self.kept: int | None = None

    @staticmethod
    def check(path: str | os.PathLike[str], *, resumed: bool = False) -> None:
        """Raise PictureError unless it can be written there; an existing file is never overwritten."""
        check_place(path)
        if not resumed and _holds_something(path):
            cure = f"continue it with neuralart resume {path}, remove it, or" if is_one(path) else "it is another file;"
            raise PictureError(
                f"cannot write a checkpoint to {quoted(path)}, which already exists: {cure} give another name"
            )

    def needs(self, step: Step) -> bool:
        """Whether this step will be kept."""
        at_end = step.iteration in self.ends or step.is_last
        return step.iteration > 0 and (step.iteration % self.interval == 0 or at_end) and self.is_worth_it(step)

    def is_worth_it(self, step: Step) -> bool:
        """Whether the run will probably take long enough."""
        return step.seconds + self.speed.left(step) >= self.after or self.kept is not None

    def __call__(self, step: Step) -> None:
        self.speed.update(step)
        if self.needs(step):
            self._report_first()
            self.keep(step)

    def _report_first(self) -> None:
        if self.after and self.kept is None:
            minutes = round(self.after / 60)
            log.info("this takes over %d minutes: a checkpoint is kept in %s", minutes, self.path)

    def keep(self, step: Step) -> None:
        """Keep this step, whatever the schedule says, unless it has been kept already."""
        if self.kept == step.iteration:
            return
        try:
            write(self.path, step, self._facts_of(step), self.pairs)
            self.kept = step.iteration
        except (PictureError, SafetensorError) as error:
            log.warning("no checkpoint after iteration %d: %s; the painting goes on", step.iteration, error)

    def _facts_of(self, step: Step) -> Mapping[str, Any]:
        facts = step.finish.facts if self.facts is None else self.facts
        if facts is None:
            raise PictureError("the steps are not those of stylize or iterate, so give the checkpoint `facts`")
        return facts

    def remove(self) -> None:
        """Remove the file, since the picture is written."""
        if self.kept is not None:
            self.path.unlink(missing_ok=True)


def write(path: str | os.PathLike[str], step: Step, facts: Mapping[str, Any], pairs: int | None = None) -> None:
    """Write one step as a checkpoint, completely or not at all, through to the disk. Raises PictureError."""
    image, state = _held(step.image), step.state()
    kept = state and _small(state, 2 * image.numel() * image.itemsize, pairs)
    _write(path, image, step, facts, kept, is_whole=kept is state)
    if state is not None and not state.holds():
        # Meanwhile the run, on another thread, has overwritten the state.
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
    # The record lists the requested terms; a checkpoint needs their values.
    about = {**facts, **numbers, "seconds": step.seconds, "total": step.total, "terms": step.terms}
    about["state"] = {"whole": is_whole, "numbers": state.numbers} if state else None
    tensors = {"image": image} | {f"state.{name}": _held(one) for name, one in (state.tensors if state else {}).items()}
    text = json.dumps(about)
    with replacing(path, lasting=True) as spare:
        save_file(tensors, spare, {"format": KIND, "about": text, "checksum": _checksum(text, tensors)})


def _held(one: torch.Tensor) -> torch.Tensor:
    return one.detach().to("cpu").contiguous()


def _small(state: State, beside: int, pairs: int | None) -> State:
    """Return the state with at most `pairs` pairs, or as many as fit into the file."""
    if pairs is None:
        fixed, each = room(state)
        pairs = max(0, LARGEST - beside - fixed) // each if each else 0
    return slimmed(state, pairs)


def _checksum(text: str, tensors: Mapping[str, torch.Tensor]) -> str:
    """Return the SHA-256 of the facts and of every tensor, in the order of their names."""
    result = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        result.update(f"{name} {list(tensors[name].shape)} {tensors[name].dtype}".encode())
        result.update(tensors[name].flatten().view(torch.uint8).numpy().data)
    return result.hexdigest()


def _holds_something(path: str | os.PathLike[str]) -> bool:
    try:
        return Path(path).stat().st_size > 0
    except FileNotFoundError:  # a dangling link is free, too
        return False


def is_one(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a checkpoint."""
    try:
        read(path)
    except PictureError:
        return False
    return True


def read(path: str | os.PathLike[str]) -> tuple[Reached, dict[str, Any]]:
    """Return how far the run had come, and the facts, both validated.

    Raises:
        PictureError: For a file that is not a checkpoint, or is damaged.
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
            raw_facts = _facts(about.get("about", ""))
            reached = progress(raw_facts)
            facts = validated(raw_facts, f"the checkpoint {quoted(path)}")
            image = _image(file, facts, reached["iteration"])
            if about["format"] == KIND and _checksum(about["about"], _tensors(file)) != about.get("checksum"):
                raise ValueError("its checksum does not match its contents")
    except (SafetensorError, OSError, MemoryError) as error:
        raise PictureError(
            f"{quoted(path)} is not a checkpoint of neuralart ({first_line(error)}); give the file of --checkpoint"
        ) from None
    except (KeyError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise PictureError(
            f"the checkpoint {quoted(path)} is damaged ({first_line(error)}); it cannot be resumed"
        ) from None
    return Reached(image, **reached, state=partial(_state, path, facts)), facts


def _tensors(file: Any) -> dict[str, torch.Tensor]:
    return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def _state(path: str | os.PathLike[str], facts: Mapping[str, Any]) -> State | None:
    """Read the optimiser's state when it is needed, since it may be large. Raises PictureError."""
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
        raise ValueError("its facts are not a table")
    return facts


def _image(file: Any, facts: Mapping[str, Any], iteration: int) -> torch.Tensor:
    """Read the image if its header agrees with the facts. Raises ValueError."""
    shape, kind = file.get_slice("image").get_shape(), file.get_slice("image").get_dtype()
    if len(shape) != 4 or shape[:2] != [1, 3] or min(shape) < 1 or kind not in ("F32", "F64"):
        raise ValueError(f"its image has shape {shape[:8]} and type {kind}")
    options, content = facts["options"], facts.get("content", {})
    # A width and a height are text; a texture records its size as that of the content.
    asked = options.get("size")
    longest = asked if isinstance(asked, int) and asked else max(content.get("size") or [0])
    if longest and max(shape) > longest:
        raise ValueError(f"its image has {max(shape)} pixels along an edge, but the painting has {longest}")
    if iteration > options.get("num_iters", iteration):
        raise ValueError(f"it is after iteration {iteration} of {options['num_iters']}")
    image: torch.Tensor = file.get_tensor("image")
    # The sum is not finite if any number is not; it needs no second copy.
    if not bool(torch.isfinite(image.sum())):
        raise ValueError("not all of its numbers are finite")
    return image
