"""How a measurement is told: its median, and from where to where its repeats lie. And on what it was made."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path


def spread(numbers: Sequence[float], digits: int = 2) -> str:
    """`median (smallest to largest)`.

    >>> spread([1.0, 3.0, 2.0])
    '2.00 (1.00 to 3.00)'
    """
    told = [f"{number:.{digits}f}" for number in (statistics.median(numbers), min(numbers), max(numbers))]
    return f"{told[0]} ({told[1]} to {told[2]})"


def machine(threads: int) -> str:
    """One line: processor, threads, versions, date."""
    import torch

    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    except OSError:
        models = []
    processor = models[0] if models else platform.processor() or platform.machine()
    cores = f"{os.cpu_count()} cores, {threads} threads"
    versions = f"Python {platform.python_version()}, PyTorch {torch.__version__}"
    return f"{processor}, {cores}, {versions}, {datetime.date.today().isoformat()}"
