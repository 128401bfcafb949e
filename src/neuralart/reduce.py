"""Sums over the processes that share an image, for code that knows nothing of processes."""

from __future__ import annotations

from collections.abc import Callable

import torch

AllReduce = Callable[[torch.Tensor], torch.Tensor]  # this process's part -> the sum over all, the same in every one


def alone(here: torch.Tensor) -> torch.Tensor:
    """`AllReduce` if one process has the whole image."""
    return here
