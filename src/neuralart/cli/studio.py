"""neuralart studio: the web app in a window of its own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
from _thread import interrupt_main
from collections.abc import Callable
from typing import Any

from neuralart.cli import app, parser

USAGE = """\
neuralart studio [settings] [options]

Open the web app in a window of its own, and end it with the window. Where no window can be opened, the page appears in
the browser, and Ctrl-C ends the app. Settings and options are those of neuralart app."""


def run(words: list[str]) -> int:
    """Serve until the window is closed, or until Ctrl-C."""
    if parser.asks_for_help(words):
        print(app.build("neuralart studio", USAGE).format_help(), end="")
        return 0
    window = Window()
    try:
        return app.run(words, window.open, extra="studio")
    finally:
        window.close()


class Window:
    """A window in a process of its own, since the toolkits of windows and the server both want the main thread."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[Any] | None = None

    def open(self, address: str) -> None:
        """Open the window; `in_browser` takes its place if there can be none."""
        if importlib.util.find_spec("webview") is None:
            in_browser(address, 'a window of its own needs pywebview: pip install "neuralart[studio]"')
            return
        command = [sys.executable, "-m", "neuralart.cli.window", address]
        self.process = process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        threading.Thread(target=_follow, args=(process, address, interrupt_main), daemon=True).start()

    def close(self) -> None:
        """Close the window, if it is open."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait()


def _follow(process: subprocess.Popen[Any], address: str, end: Callable[[], object]) -> None:
    """Wait for the window. Call `end` once it is closed; show the page in the browser if it never opened."""
    if (code := process.wait()) == 0:
        end()
    elif code > 0:  # below 0: it was closed because the app ends
        in_browser(address, "no window can be opened here, so the page is in the browser")


def in_browser(address: str, reason: str) -> None:
    """Show the page in the browser, and say why."""
    import webbrowser

    print(reason, flush=True)
    webbrowser.open(address)
