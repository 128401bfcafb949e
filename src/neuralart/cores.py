"""Sets how many threads a process computes with, before torch is loaded."""

from __future__ import annotations

import math
import os
from collections.abc import MutableMapping
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")


def settle(environment: MutableMapping[str, str] = os.environ, quota: Path = QUOTA) -> None:
    """Limit the number of threads to a container's share of the processor.

    Leaves OMP_NUM_THREADS alone if the user has set it. libgomp reads it when torch is imported, so a later call
    changes nothing.

    Args:
        environment: The variables to read and change.
        quota: The file in which Linux (control groups, version 2) says how many microseconds of processor time each
            period has.
    """
    share = allowed(quota)
    if share is not None and share < cores():
        environment.setdefault("OMP_NUM_THREADS", str(share))


def usable() -> frozenset[int]:
    """Return the numbers of the CPUs that this thread may run on; none where the system does not tell."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    return frozenset(affinity(0)) if affinity else frozenset()


def cores() -> int:
    """Return the number of cores that this process may run on."""
    return len(usable()) or os.cpu_count() or 1


def allowed(quota: Path = QUOTA) -> int | None:
    """Return a control group's quota in cores, rounded up; None if there is no quota."""
    try:
        most, period = quota.read_text().split()
        return max(1, math.ceil(int(most) / int(period)))
    except (OSError, ValueError, ZeroDivisionError):
        return None
