"""Painted frames, kept in a folder beside the film: without loss, and each either whole or absent.

The next frame begins with what the folder holds, so a run that was stopped and resumed makes the same film, bit for
bit, as an uninterrupted one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from neuralart.errors import PictureError
from neuralart.image.place import check_place, replacing
from neuralart.image.source import first_line, quoted
from neuralart.optim.history import slimmed
from neuralart.optim.state import State

ABOUT, STEPS = "film.json", 257.0  # 16-bit steps in a grey level


@dataclass(frozen=True)
class Kept:
    """A folder of painted frames. Whatever the disk refuses raises PictureError."""

    folder: Path

    @property
    def about(self) -> Path:
        """The file that says which film this is."""
        return self.folder / ABOUT

    def begun(self, facts: Mapping[str, Any]) -> bool:
        """Make the folder for a film with these facts; return whether it was there already, for the same film.

        Raises PictureError if the folder holds something else, or cannot be made.
        """
        facts = json.loads(json.dumps(facts))
        if self.folder.exists():
            before = known(self.folder)
            for name in facts["same"]:
                if before["same"].get(name) != facts["same"][name]:
                    raise PictureError(
                        f"{quoted(self.folder)} holds frames of another painting (not the same {name}); remove it,"
                        " or give another --output"
                    )
            return True
        check_place(self.folder)
        # The folder appears with its contents, since another process may look for it at the same time.
        spare = self.folder.with_name(f"{self.folder.name}.{os.getpid()}.part")
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            spare.mkdir()
            with replacing(spare / ABOUT, lasting=True) as about:
                about.write_text(json.dumps(facts), encoding="utf-8")
            spare.rename(self.folder)
        except OSError as error:
            shutil.rmtree(spare, ignore_errors=True)
            if self.folder.exists():
                return self.begun(facts)
            raise PictureError(
                f"cannot make the folder {quoted(self.folder)} ({error.strerror or error}); give another --output"
            ) from error
        return False

    def has(self, number: int, turn: int = 0) -> bool:
        """Return whether a frame is painted. turn: the pass over the film."""
        return self.place(number, turn).exists()

    def painted(self, turn: int = 0) -> set[int]:
        """Return the numbers of the frames that are painted in a pass."""
        return {int(place.stem.partition("-")[2]) for place in self.folder.glob(f"{turn}-*.png")}

    def reached(self, passes: int) -> int:
        """Return the last of `passes` passes that has a painted frame; those before it are done."""
        return max((turn for turn in range(passes) if any(self.folder.glob(f"{turn}-*.png"))), default=0)

    def keep(self, number: int, image: torch.Tensor, state: State | None = None, scene: int = 0, turn: int = 0) -> None:
        """Keep a frame [1, 3, H, W], 0..255, in 16 bits, and its optimiser's state for the next one of its scene."""
        if state is not None:
            self._keep_state(scene, number, slimmed(state, 0))
        samples = np.ascontiguousarray(rounded(image)[0].permute(1, 2, 0).cpu().numpy().astype(np.uint16))
        with replacing(self.place(number, turn), lasting=True) as spare:
            try:
                made = pyvips.Image.new_from_array(samples).copy(interpretation="rgb16")
                made.pngsave(os.fsencode(spare), compression=1)
            except pyvips.Error as error:
                raise OSError(*_reason(spare, error)) from error
        if state is not None:
            self._forget_states(scene, but=number)

    def image(self, number: int, turn: int = 0) -> torch.Tensor:
        """Read a frame. Raises PictureError if it is damaged."""
        place = self.place(number, turn)
        try:
            # Not by its name: libvips would take the pixels of an earlier file of that name, which it remembers.
            samples = pyvips.Image.new_from_buffer(place.read_bytes(), "").numpy()
        except (pyvips.Error, OSError) as error:
            raise PictureError(
                f"the frame {quoted(place)} is damaged ({first_line(error)}); remove it, and it is painted again"
            ) from error
        return torch.from_numpy(samples.astype(np.float32) / np.float32(STEPS)).permute(2, 0, 1)[None].contiguous()

    def state(self, scene: int, number: int | None = None) -> State | None:
        """Return the optimiser's state after this frame of a scene, or the last state; None if it is not known."""
        places = self._states(scene)
        place = self._state(scene, number) if number is not None else places[-1] if places else None
        if place is None:
            return None
        try:
            with safe_open(place, "pt") as file:
                numbers = json.loads((file.metadata() or {})["numbers"])
                return State({name: file.get_tensor(name) for name in file.keys()}, numbers)  # noqa: SIM118
        except (OSError, SafetensorError, KeyError, ValueError):
            return None

    def forget(self, turn: int) -> None:
        """Remove the frames of a pass that is no longer needed."""
        for place in self.folder.glob(f"{turn}-*.png"):
            place.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove everything, once the film is written."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _keep_state(self, scene: int, number: int, state: State) -> None:
        tensors = {name: one.detach().cpu().contiguous().clone() for name, one in state.tensors.items()}
        with replacing(self._state(scene, number), lasting=True) as spare:
            save_file(tensors, spare, {"numbers": json.dumps(state.numbers)})

    def _forget_states(self, scene: int, but: int) -> None:
        """Remove older states. Until their frame is followed by another, a killed run needs them to go on."""
        for place in self._states(scene):
            if place != self._state(scene, but):
                place.unlink(missing_ok=True)

    def place(self, number: int, turn: int = 0) -> Path:
        """Return the file of a frame."""
        return self.folder / f"{turn}-{number:06}.png"

    def _state(self, scene: int, number: int) -> Path:
        return self.folder / f"scene-{scene:04}-{number:06}.safetensors"

    def _states(self, scene: int) -> list[Path]:
        return sorted(self.folder.glob(f"scene-{scene:04}-*.safetensors"))


def rounded(image: torch.Tensor) -> torch.Tensor:
    """Return an image, 0..255, in 16-bit steps, as whole numbers."""
    return (image.detach().clamp(0, 255) * STEPS).round()


def known(folder: Path, cure: str = "give another --output") -> dict[str, Any]:
    """Return what a folder says about its film. Raises PictureError, ending in `cure`, if it is any other folder."""
    try:
        found = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if (
        not isinstance(found, dict)
        or not isinstance(found.get("same"), dict)
        or not isinstance(found.get("given"), dict)
    ):
        raise PictureError(f"{quoted(folder)} is a folder, and none in which painted frames of a film are kept; {cure}")
    return found


def _reason(place: Path, error: Exception) -> tuple[int, str]:
    """Find out why libvips could not write, which it does not say."""
    import errno

    free = shutil.disk_usage(place.parent).free if place.parent.exists() else 0
    return (errno.ENOSPC, "No space left on device") if free < 2**20 else (errno.EIO, first_line(error))
