"""What holds for the whole process while a run lasts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from neuralart.objective.allocator import as_before


@contextmanager
def backend(name: str | None, device: torch.device) -> Iterator[None]:
    """Apply process-wide settings while a run lasts: whether to use cuDNN, and whether freed memory is kept."""
    enabled = torch.backends.cudnn.enabled
    if name and device.type == "cuda":
        torch.backends.cudnn.enabled = name == "cudnn"
    try:
        with as_before():
            yield
    finally:
        torch.backends.cudnn.enabled = enabled
