"""How much memory is available, according to the machine, its container and its GPU."""

from __future__ import annotations

from pathlib import Path

import psutil
import torch

from neuralart.cgroups import OWN, ROOT, Group, groups

MARGIN = 0.1  # of the free memory: for other programs, and for errors of a prediction
UNLIMITED = 2**60  # version 1 expresses "no limit" as a number at least this large
NAMES = {  # by the version of control groups: the limit, what is used, and how much of it only caches files
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    2: ("memory.max", "memory.current", "inactive_file"),
}


def spare(device: torch.device) -> int:
    """Return the total bytes that a run may take on a GPU, or else in this process, including what it holds now."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(torch.cuda.memory_reserved(device) + free * (1 - MARGIN))
    free = psutil.virtual_memory().available
    within = contained()
    if within is not None:
        free = min(free, within)
    return int(psutil.Process().memory_info().rss + max(0, free) * (1 - MARGIN))


def contained(root: Path = ROOT, own: Path = OWN) -> int | None:
    """Return the bytes that the control groups of this process leave free; None if there is no limit.

    Args:
        root: Where the groups are mounted.
        own: The file that names the groups of this process.
    """
    return min((left for group in groups("memory", root, own) if (left := _left(group)) is not None), default=None)


def _left(group: Group) -> int | None:
    """Return what is left under a group's limit; None if it has none."""
    limit, usage, cache = NAMES[group.version]
    most, used = group.text(limit), group.text(usage)
    if not (most.isdigit() and used.isdigit() and int(most) < UNLIMITED):
        return None
    # Memory that only caches files can be reclaimed.
    lines = (line.split() for line in group.text("memory.stat").splitlines())
    return int(most) - int(used) + next((int(words[1]) for words in lines if words[:1] == [cache]), 0)
