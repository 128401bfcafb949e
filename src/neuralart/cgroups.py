"""Finds the control groups through which Linux limits this process: its own, and all around it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT, OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


@dataclass(frozen=True)
class Group:
    """A control group.

    Attributes:
        folder: Where Linux describes it.
        version: 1 or 2, which have different files.
    """

    folder: Path
    version: int

    def text(self, name: str) -> str:
        """Return what is in one of its files, without spaces around it; "" if it cannot be read."""
        return _text(self.folder / name).strip()


def groups(controller: str, root: Path = ROOT, own: Path = OWN) -> list[Group]:
    """Return the groups that may limit this process; none on other systems.

    Args:
        controller: What they limit: "cpu" or "memory".
        root: Where the groups are mounted.
        own: The file that names the groups of this process.
    """
    result = []
    for line in _text(own).splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if not controllers:
            result += _outward(root, path, 2)
        elif controller in controllers.split(","):
            result += _outward(root / controller, path, 1)
    return result


def _outward(root: Path, path: str, version: int) -> list[Group]:
    # Inside a container the path is often that of the host, and the container's group is mounted at the root.
    parts = Path(path.lstrip("/")).parts
    return [Group(root.joinpath(*parts[:count]), version) for count in range(len(parts) + 1)]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
