"""How much memory is available, according to the machine, its container and its GPU."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import torch

CGROUPS = Path("/sys/fs/cgroup")
MARGIN = 0.1  # of the free memory: for other programs, and for errors of a prediction
UNLIMITED = 2**60  # version 1 expresses "no limit" as a number at least this large


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


def contained(root: Path = CGROUPS, own: Path = Path("/proc/self/cgroup")) -> int | None:
    """Return the bytes that the control groups of this process leave free; None if there is no limit.

    Args:
        root: Where the groups are mounted.
        own: The file that names the groups of this process.
    """
    if not sys.platform.startswith("linux"):
        return None
    result = []
    for line in _text(own).splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if not controllers:
            result += _left(root, path, ("memory.max", "memory.current", "inactive_file"))
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            result += _left(root / "memory", path, names)
    return min(result) if result else None


def _left(root: Path, path: str, names: tuple[str, str, str]) -> list[int]:
    """Return what is left under the limits of a group and of all groups around it."""
    limit, usage, cache = names
    # Inside a container the path is often that of the host, and the container's group is mounted at the root.
    parts = Path(path.lstrip("/")).parts
    folders = [root.joinpath(*parts[:count]) for count in range(len(parts) + 1)]
    result = []
    for folder in folders:
        most, used = _text(folder / limit).strip(), _text(folder / usage).strip()
        if most.isdigit() and used.isdigit() and int(most) < UNLIMITED:
            # Memory that only caches files can be reclaimed.
            lines = (line.split() for line in _text(folder / "memory.stat").splitlines())
            reclaimable = next((int(words[1]) for words in lines if words[:1] == [cache]), 0)
            result.append(int(most) - int(used) + reclaimable)
    return result


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
