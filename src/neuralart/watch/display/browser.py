"""Shows the painting on a local page, for machines without a screen.

It only listens on 127.0.0.1, only answers to this machine's names and to its own page (see neuralart.watch.origin),
serves four fixed paths and no other files, and loads nothing from elsewhere. The server pushes events, each with the
whole state, so a page that comes late or misses some still shows the current picture.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from neuralart.errors import OptionError
from neuralart.run.step import Step
from neuralart.watch.display.desktop import has_desktop
from neuralart.watch.display.frame import Frame, encoded
from neuralart.watch.display.viewer import Viewer
from neuralart.watch.kinds import by_kind
from neuralart.watch.origin import LOOPBACK, refusal

ADDRESS = "127.0.0.1"
FILES = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'self'; script-src 'self';"
    " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
POINTS = 400  # maximal number of points in the chart
BEAT = 10.0  # seconds of silence after which the server checks whether a page is still there
PATIENCE = 3.0  # seconds to wait at the end until pages have received it
LISTENERS = 32  # maximal number of pages at a time


class Browser(Viewer):
    """Serves the page until the run ends; port: None for any free one."""

    def __init__(self, port: int | None = None, quiet: bool = False) -> None:
        self.feed = Feed()
        try:
            self.server = _Server((ADDRESS, port or 0), self.feed)
        except OSError as error:
            reason = error.strerror or error
            raise OptionError(
                f"--display-port {port} cannot be used ({reason}); give another, or leave it out"
            ) from None
        threading.Thread(target=self.server.serve_forever, args=(0.1,), name="page", daemon=True).start()
        self.address = f"http://{ADDRESS}:{self.server.server_port}/"
        if not quiet:
            print(f"watch the painting at {self.address}", file=sys.stderr)
        if has_desktop():
            threading.Thread(target=webbrowser.open, args=(self.address,), daemon=True).start()

    def note(self, step: Step) -> None:
        """Keep the terms for the chart."""
        self.feed.add(step)

    def show(self, frame: Frame) -> float:
        """Push the frame to every page."""
        self.feed.publish(state_of(frame), encoded(frame.pixels, ".jpg"))
        return 0.0

    def close(self, finished: bool) -> None:
        """Notify the pages, which keep the last picture, and stop serving."""
        self.feed.end("finished" if finished else "stopped")
        self.server.shutdown()
        self.server.server_close()


def state_of(frame: Frame) -> dict[str, Any]:
    """Return what the page shows besides the picture."""
    return {
        "iteration": frame.iteration,
        "iterations": frame.iterations,
        "scale": frame.scale,
        "scales": frame.scales,
        "width": frame.size[0],
        "height": frame.size[1],
        "seconds": round(frame.seconds, 1),
        "total": frame.total,
        "kinds": frame.kinds,
    }


class Feed:
    """The current state of the painting, for pages that wait for the next one."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.state: dict[str, Any] = {"status": "preparing"}
        self.version, self.listeners, self.is_over = 0, 0, False
        self.points: list[tuple[int, int, dict[str, float]]] = []
        self.every = 1

    def add(self, step: Step) -> None:
        """Keep an iteration's terms; in a long run, only every second, fourth, ... iteration."""
        if step.total is None or (step.iteration % self.every and not step.is_last):
            return
        with self.changed:
            self.points.append((step.iteration, step.scale, {"total": step.total} | by_kind(step.terms)))
            if len(self.points) > POINTS:
                self.every *= 2
                self.points = [point for point in self.points if point[0] % self.every == 0 or point[0] == 1]

    def publish(self, state: dict[str, Any], picture: bytes) -> None:
        """Publish a new picture (JPEG) and what is shown besides it."""
        inline = "data:image/jpeg;base64," + base64.b64encode(picture).decode()
        with self.changed:
            self.state = state | {"status": "painting", "picture": inline}
            self._wake()

    def end(self, status: str) -> None:
        """Publish the end, and wait a little until every listener has received it."""
        with self.changed:
            self.state, self.is_over = self.state | {"status": status}, True
            self._wake()
            self.changed.wait_for(lambda: self.listeners == 0, PATIENCE)

    def _wake(self) -> None:
        self.version += 1
        self.changed.notify_all()

    def join(self) -> bool:
        """Add a listener, and return whether there was room."""
        with self.changed:
            if self.listeners >= LISTENERS:
                return False
            self.listeners += 1
            return True

    def leave(self) -> None:
        """Remove a listener."""
        with self.changed:
            self.listeners -= 1
            self.changed.notify_all()

    def after(self, version: int) -> tuple[int, dict[str, Any] | None]:
        """Wait for the next version and return it with its state, or (version, None) if none comes for a while."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.version != version, BEAT):
                return version, None
            return self.version, self.state | {"points": list(self.points)}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], feed: Feed) -> None:
        self.feed = feed
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors: a page may be closed in the middle of an answer."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 20  # seconds; a page that accepts nothing for this long is gone
    server_version = sys_version = ""

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the terminal shows the painting's progress."""

    def do_GET(self) -> None:
        # Any port is fine, since a tunnel has its own.
        reason = refusal("GET", self.headers.items(), LOOPBACK.__contains__)
        if reason is not None:
            message = f"{reason}; this page only answers to http://127.0.0.1 and http://localhost\n"
            self.send(403, message.encode(), "text/plain")
        elif self.path == "/events":
            self.events()
        elif self.path in FILES:
            name, kind = FILES[self.path]
            self.send(200, Path(__file__).with_name(name).read_bytes(), kind)
        else:
            self.send(404, b"the only page here is /\n", "text/plain")

    def send(self, code: int, body: bytes, kind: str) -> None:
        """Send a whole response."""
        self.begin(code, f"{kind}; charset=utf-8")
        self.wfile.write(body)

    def begin(self, code: int, kind: str) -> None:
        """Send status and headers."""
        self.send_response(code)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        self.end_headers()

    def events(self) -> None:
        """Send the state now and whenever it changes, until the end."""
        feed = self.server.feed
        if not feed.join():
            self.send(503, b"too many pages show this painting\n", "text/plain")
            return
        try:
            self.begin(200, "text/event-stream")
            version, state = -1, None
            while not (state and feed.is_over and version == feed.version):
                version, state = feed.after(version)
                event = ": still painting\n\n" if state is None else f"data: {json.dumps(state)}\n\n"
                self.wfile.write(event.encode())
        finally:
            feed.leave()
