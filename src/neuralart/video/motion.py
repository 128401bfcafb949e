"""The ways of finding motion between frames, behind one interface."""

from __future__ import annotations

from typing import Any, Protocol

import torch

from neuralart.video import flow
from neuralart.video.flow import Flow


class Motion(Protocol):
    """A way of finding motion.

    Attributes:
        sha256: What identifies its weights; empty if it has none.
    """

    sha256: str

    def seen(self, pixels: torch.Tensor) -> Any:
        """Return what flow is computed from. pixels: A frame, [1, 3, H, W], 0..255."""

    def between(self, here: Any, there: Any, size: tuple[int, int]) -> Flow:
        """Return the flow from one frame to another, both `seen`. size: (height, width) of the frames."""


class Search:
    """Dense inverse search, on the brightness of frames."""

    sha256 = ""

    def seen(self, pixels: torch.Tensor) -> flow.Grey:
        """Return the brightness."""
        return flow.grey(pixels)

    def between(self, here: flow.Grey, there: flow.Grey, size: tuple[int, int]) -> Flow:
        """Return the flow."""
        return flow.between(here, there)
