"""How much memory a run has taken at its highest."""

from __future__ import annotations

import sys

import torch


def peak_memory(device: torch.device) -> int:
    """Bytes: of the GPU's tensors where there is one, else of the whole process; 0 where the system does not tell."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        import resource
    except ImportError:  # Windows
        return 0
    # Linux counts in kilobytes, macOS in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
