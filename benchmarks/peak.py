"""The most memory that this process has held at once, since its start or since asked to begin anew. Linux only.

Imports nothing but the standard library, so that it runs in every program's own Python.
"""

from __future__ import annotations

from pathlib import Path


def begin() -> None:
    """Forget what was held before now."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """Bytes: the highest resident memory since the process began, or since `begin`."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
