"""Sets how many threads a process computes with and how they wait for each other, before torch is loaded.

PyTorch's threads meet at the end of every operation. libgomp, which comes with its wheels for Linux, lets a thread that
arrives early spin for about a millisecond before it sleeps. On a busy machine, the thread that it waits for is often
away for longer, and the spinning thread keeps the core that the other one needs.
"""

from __future__ import annotations

import math
import os
from collections.abc import MutableMapping
from pathlib import Path

SPINS = 1000  # rounds; libgomp's own choice is 300,000, and 1,000 where it knows that threads outnumber cores
QUOTA = Path("/sys/fs/cgroup/cpu.max")


def settle(environment: MutableMapping[str, str] = os.environ, quota: Path = QUOTA) -> None:
    """Limit how long threads spin, and their number to a container's share of the processor.

    Leaves alone what the user has set of OMP_WAIT_POLICY, GOMP_SPINCOUNT and OMP_NUM_THREADS. libgomp reads all three
    when torch is imported, so a later call changes nothing.

    Args:
        environment: The variables to read and change.
        quota: The file in which Linux (control groups, version 2) says how many microseconds of processor time each
            period has.
    """
    if "OMP_WAIT_POLICY" not in environment:
        environment.setdefault("GOMP_SPINCOUNT", str(SPINS))
    share = allowed(quota)
    if share is not None and share < cores():
        environment.setdefault("OMP_NUM_THREADS", str(share))


def cores() -> int:
    """Return the number of cores that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def allowed(quota: Path = QUOTA) -> int | None:
    """Return a control group's quota in cores, rounded up; None if there is no quota."""
    try:
        most, period = quota.read_text().split()
        return max(1, math.ceil(int(most) / int(period)))
    except (OSError, ValueError, ZeroDivisionError):
        return None
