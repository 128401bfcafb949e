"""Sets how many threads a process computes with, before torch is loaded."""

from __future__ import annotations

import math
import os
from collections.abc import MutableMapping
from pathlib import Path

from neuralart.cgroups import OWN, ROOT, Group, groups

V1_FILES = ("cpu.cfs_quota_us", "cpu.cfs_period_us")  # of control groups in version 1; -1 means no quota


def settle(environment: MutableMapping[str, str] = os.environ, root: Path = ROOT, own: Path = OWN) -> None:
    """Limit the number of threads to a container's share of the processor.

    Leaves OMP_NUM_THREADS alone if the user has set it. libgomp reads it when torch is imported, so a later call
    changes nothing.

    Args:
        environment: The variables to read and change.
        root: Where Linux's control groups are mounted.
        own: The file that names the groups of this process.
    """
    share = at_once(root, own)
    if share < cores():
        environment.setdefault("OMP_NUM_THREADS", str(share))


def usable() -> frozenset[int]:
    """Return the numbers of the CPUs that this thread may run on; none where the system does not tell."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    return frozenset(affinity(0)) if affinity else frozenset()


def cores() -> int:
    """Return the number of cores that this process may run on."""
    return len(usable()) or os.cpu_count() or 1


def at_once(root: Path = ROOT, own: Path = OWN) -> int:
    """Return how many cores this process may use at once, which a container's quota may make fewer than `cores`."""
    return min(filter(None, (cores(), allowed(root, own))))


def allowed(root: Path = ROOT, own: Path = OWN) -> int | None:
    """Return the smallest quota of this process's control groups in cores, rounded up; None if there is no quota."""
    shares = (share for group in groups("cpu", root, own) if (share := _quota(group)) is not None)
    return min(shares, default=None)


def _quota(group: Group) -> int | None:
    """Return how many cores a group may use: microseconds of the processor in each period."""
    text = group.text("cpu.max") if group.version == 2 else " ".join(map(group.text, V1_FILES))
    try:
        most, period = map(int, text.split())
    except ValueError:  # "max" is no number, nor is a file that is not there
        return None
    return max(1, math.ceil(most / period)) if most >= 0 and period > 0 else None
