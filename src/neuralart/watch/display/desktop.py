"""The desktop, and the process of a window on it, which may start while torch is still loaded. Imports no torch."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from neuralart.options import Options

PROGRAM = Path(__file__).with_name("screen.py")

_early: list[subprocess.Popen[bytes]] = []


def has_desktop() -> bool:
    """Whether there is a desktop for a window, according to the environment."""
    if sys.platform in ("win32", "darwin"):
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def has_toolkit() -> bool:
    """Whether this Python was built with Tk."""
    return all(importlib.util.find_spec(name) for name in ("tkinter", "_tkinter"))


def foresee(options: Options) -> None:
    """Start the window's process now if a painting with these options will probably ask for it; see `process`.

    If nobody does, it ends with this process, and nothing is seen of it. Of several processes that paint together, only
    the first shows anything.
    """
    asks = options.display == "window" or (options.display == "auto" and not options.quiet)
    elsewhere = options.display_port is not None or not options.display_interval
    is_first = os.environ.get("RANK", "0") == "0"
    if asks and is_first and not elsewhere and not _early and has_desktop() and has_toolkit():
        _early.append(_started())


def process() -> subprocess.Popen[bytes]:
    """Return the process that was started early, or a new one."""
    early = _early.pop() if _early else _started()
    if early.poll() is None:
        return early
    with early:  # closes its ends of the pipes
        return _started()


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,  # a buffer cannot be closed while a hung window blocks its writing
        env=os.environ | {"PYTHONSAFEPATH": "1"},
        **_apart(),
    )


def _apart() -> dict[str, Any]:
    """Start a new process group, so that the Ctrl-C that stops the painting does not reach the window."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
