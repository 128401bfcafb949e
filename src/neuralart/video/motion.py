"""The ways of finding motion between frames, behind one interface."""

from __future__ import annotations

from typing import Protocol

import torch

from neuralart.video import flow
from neuralart.video.flow import Flow
from neuralart.weights.download import Progress


class Motion(Protocol):
    """A way of finding motion."""

    def between(self, here: torch.Tensor, there: torch.Tensor) -> Flow:
        """Return the flow from one frame to another. here, there: [1, 3, H, W], 0..255, on the CPU."""

    def on(self, device: torch.device) -> Motion:
        """Return the same, computing on this device."""

    def record(self) -> dict[str, str] | None:
        """Return what identifies its weights; None if it has none."""


class Search:
    """Dense inverse search on the brightness of frames, on the CPU; see `flow`."""

    def between(self, here: torch.Tensor, there: torch.Tensor) -> Flow:
        """Return the flow from one frame to another."""
        return flow.between(flow.grey(here), flow.grey(there))

    def on(self, device: torch.device) -> Search:
        """Return the same."""
        return self

    def record(self) -> None:
        """Return nothing, since it has no weights."""


def motion_of(choice: str, progress: Progress | None = None) -> Motion:
    """Return a way of finding motion by its name: a value of --flow.

    Raises:
        OptionError: If a library is not installed, or cannot be used.
        FetchError, WeightsError: As `raft.load`.
    """
    if choice == "raft":
        from neuralart.video import raft

        return raft.load(progress)
    if choice == "dis":
        flow.check_installed()
    return Search()
