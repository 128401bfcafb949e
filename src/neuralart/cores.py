"""How many threads a process computes with, and how they wait for one another: settled before torch is loaded.

PyTorch's threads meet at the end of every operation. libgomp, which its wheels for Linux bring, lets a thread that
arrives early spin for about a millisecond before it sleeps. On a machine with other work the one it waits for is often
away for longer, and what spins keeps the core that the other needs.
"""

from __future__ import annotations

import math
import os
from collections.abc import MutableMapping
from pathlib import Path

SPINS = 1000  # rounds; libgomp's own choice is 300,000, and 1,000 where it knows that threads outnumber cores
QUOTA = Path("/sys/fs/cgroup/cpu.max")


def settle(environment: MutableMapping[str, str] = os.environ, quota: Path = QUOTA) -> None:
    """Bound how long threads spin, and let a container's share of the processor bound how many there are.

    Does nothing to what the user has set: OMP_WAIT_POLICY, GOMP_SPINCOUNT, OMP_NUM_THREADS. libgomp reads all three
    when torch is imported, so a later call changes nothing.

    Args:
        environment: Read and changed.
        quota: The file in which Linux (control groups, version 2) says how many microseconds of processor time there
            are in each period.
    """
    if "OMP_WAIT_POLICY" not in environment:
        environment.setdefault("GOMP_SPINCOUNT", str(SPINS))
    share = allowed(quota)
    if share is not None and share < cores():
        environment.setdefault("OMP_NUM_THREADS", str(share))


def cores() -> int:
    """The cores that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def allowed(quota: Path = QUOTA) -> int | None:
    """The cores that a control group's quota amounts to, rounded up; None where there is no quota."""
    try:
        most, period = quota.read_text().split()
        return max(1, math.ceil(int(most) / int(period)))
    except (OSError, ValueError, ZeroDivisionError):
        return None
