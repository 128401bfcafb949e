"""A desktop in memory: Xvfb with a window manager, and hands and eyes."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
import pyvips

from ...patience import deadline, read_in_time

TOOLS = ("Xvfb", "openbox", "xdotool", "import")


def wait_until(is_so, seconds=60.0):
    """Wait for it to become so; what it then was."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := is_so():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} seconds")


class Desktop:
    """Windows are found by their titles. size: of the screen in pixels."""

    size = (800, 600)

    def __init__(self, folder: Path) -> None:
        lacking = [tool for tool in TOOLS if shutil.which(tool) is None]
        if lacking:
            pytest.skip(f"no {', '.join(lacking)} here; tests/install_debian.sh installs what the window's tests need")
        ours, theirs = os.pipe()
        screen = f"{self.size[0]}x{self.size[1]}x24"
        # The server chooses a free display, and writes its number and then a newline: one that finds the pipe closed in
        # between is ended by SIGPIPE.
        # It stays as it is when the last program leaves, and turns none away meanwhile (-noreset).
        words = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", screen, "-nolisten", "tcp", "-noreset"]
        self.server = subprocess.Popen(words, pass_fds=[theirs], stderr=subprocess.DEVNULL)
        os.close(theirs)
        until, number = deadline(), b""
        while not number.endswith(b"\n"):
            number += (part := read_in_time(ours, until))
            assert part, f"Xvfb ended with code {self.server.wait()}, and named no display"
        os.close(ours)
        self.name = f":{number.decode().strip()}"
        self.environment = os.environ | {"DISPLAY": self.name, "HOME": str(folder)}
        self.manager = self._managed()
        wait_until(self._is_managed)

    def _managed(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["openbox"], env=self.environment, stderr=subprocess.DEVNULL)

    def _is_managed(self) -> bool:
        """Whether the window manager is there; one that the server turned away is started again."""
        if self.manager.poll() is not None:
            self.manager = self._managed()
        return self.tell("get_num_desktops") is not None

    def tell(self, *words: str) -> str | None:
        """What xdotool answers; None where it fails."""
        done = subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, text=True, timeout=20)
        return done.stdout.strip() if done.returncode == 0 else None

    def titles(self) -> list[str]:
        """Of all visible windows of ours."""
        found = (self.tell("search", "--onlyvisible", "--name", "^neuralart") or "").split()
        return [title for window in found if (title := self.tell("getwindowname", window))]

    def window(self, title: str) -> str:
        """The number of the window whose title begins so."""
        return wait_until(lambda: self.tell("search", "--onlyvisible", "--name", f"^{title}")).split()[0]

    def screenshot(self, window: str = "root") -> np.ndarray:
        """uint8 [H, W, 3] of the screen, or of what a window shows."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "shot.png"
            subprocess.run(["import", "-window", window, str(file)], env=self.environment, check=True, timeout=20)
            return pyvips.Image.new_from_file(str(file), revalidate=True).colourspace("srgb")[:3].numpy()

    def close(self) -> None:
        for process in (self.manager, self.server):
            process.terminate()
            process.wait(timeout=10)
