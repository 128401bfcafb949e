"""Random numbers that are the same ones at every call."""

from __future__ import annotations

import torch


def seeded(seed: int) -> torch.Generator:
    """Return what draws on the CPU like `torch.Generator().manual_seed(seed)`, which would need all of torch.

    `neuralart.loading` puts off a part of torch without which no generator can be made, but one can be copied.
    """
    return torch.default_generator.clone_state().manual_seed(seed)
