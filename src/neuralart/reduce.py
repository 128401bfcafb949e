"""Sums over the processes that share an image: how whatever knows nothing of processes asks for them."""

from __future__ import annotations

from collections.abc import Callable

import torch

AllReduce = Callable[[torch.Tensor], torch.Tensor]  # what is here -> the sum over all processes, the same in every one


def alone(here: torch.Tensor) -> torch.Tensor:
    """`AllReduce` where one process has the whole image."""
    return here
