"""Shows the painting in a desktop window. It runs in a separate process, so it can hang, crash or be closed alone.

The toolkit is Tk, which comes with Python on Windows, macOS and most Linuxes. Alternatives would need an installation
of tens of megabytes (PySide6: over a hundred) for one picture in a frame.
"""

from __future__ import annotations

import json
import queue
import threading
from contextlib import suppress
from typing import Any

from neuralart.errors import OptionError
from neuralart.watch.display.desktop import has_desktop, has_toolkit, process
from neuralart.watch.display.frame import Frame
from neuralart.watch.display.viewer import Viewer, ViewerClosedError

READY_WITHIN = 20.0  # seconds for a process to start and reach the desktop


class Window(Viewer):
    """The window's process, fed through its standard input; it answers once a frame is on the screen."""

    def __init__(self) -> None:
        if not has_desktop():
            raise OptionError(
                "--display window needs a desktop, but neither DISPLAY nor WAYLAND_DISPLAY is set here;"
                " --display browser shows the painting on a local page"
            )
        if not has_toolkit():
            raise OptionError(
                "--display window needs tkinter, which this Python lacks; install it (on Debian and Ubuntu: apt install"
                " python3-tk) or give --display browser"
            )
        self.process = process()
        self.answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.is_busy = False
        threading.Thread(target=self._listen, name="window", daemon=True).start()
        self._expect("ready")

    def _listen(self) -> None:
        assert self.process.stdout
        with self.process.stdout as stream:
            for line in stream:
                self.answers.put(json.loads(line))
        self.answers.put(None)
        self.process.wait()

    def _expect(self, word: str) -> None:
        try:
            answer = self.answers.get(timeout=READY_WITHIN)
        except queue.Empty:
            self.process.kill()
            answer = {"failed": f"no answer in {READY_WITHIN:.0f} seconds"}
        if answer is None or word not in answer:
            reason = (answer or {}).get("failed", "its process ended")
            self.close(finished=False)
            raise OptionError(f"--display window could not open one ({reason}); --display browser shows a local page")

    def show(self, frame: Frame) -> float:
        """Send the frame, and wait until it is on the screen."""
        height, width = frame.pixels.shape[:2]
        self.is_busy = True
        self._send({"width": width, "height": height, "title": frame.caption}, frame.pixels.tobytes())
        answer = self.answers.get()
        self.is_busy = False
        if answer is None:
            # The exit code is 0 if somebody closed the window, but not if it crashed or was killed.
            if self.process.wait() == 0:
                raise ViewerClosedError
            raise RuntimeError("the window's process ended unexpectedly")
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        return float(answer["shown"])

    def _send(self, header: dict[str, Any], pixels: bytes = b"") -> None:
        assert self.process.stdin
        # If the process is gone, its answers say why.
        with suppress(OSError, ValueError):
            rest = memoryview(json.dumps(header).encode() + b"\n" + pixels)
            while rest:
                rest = rest[self.process.stdin.write(rest) :]

    def close(self, finished: bool) -> None:
        """Leave a finished painting on the screen until somebody closes it; remove an unfinished one."""
        if self.is_busy:
            self.process.kill()  # it hangs, and the run has waited long enough for its last picture
        elif finished:
            self._send({"finished": True})
        assert self.process.stdin
        with suppress(OSError):
            self.process.stdin.close()
