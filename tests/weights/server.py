"""A web server on this machine that serves files well or badly, as a test asks."""

from __future__ import annotations

import contextlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ..patience import ended


class Server:
    """``files``: path -> bytes. ``moods``: path -> moods for the next requests, one each; after them it serves well.

    ``asked`` lists every request as (path, Range header or None).
    """

    def __init__(self):
        self.files, self.moods, self.asked = {}, {}, []
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                with contextlib.suppress(ConnectionError):
                    outer.answer(self)

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def close(self):
        self.released.set()
        self._http.shutdown()
        ended(self._thread)
        self._http.server_close()

    def answer(self, request):
        span = request.headers.get("Range")
        self.asked.append((request.path, span))
        moods = self.moods.get(request.path, [])
        mood = moods.pop(0) if moods else "well"
        if isinstance(mood, int):
            return request.send_error(mood)
        data = self.files.get(request.path)
        if data is None:
            return request.send_error(404)
        if mood == "redirect":
            request.send_response(302)
            request.send_header("Location", request.path + ".real")
            return request.end_headers()
        start = int(re.match(r"bytes=(\d+)-", span)[1]) if span and mood != "ignore range" else 0
        if span and start >= len(data):
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{len(data)}")
            return request.end_headers()
        self._send(request, data, start, bool(span) and mood != "ignore range", mood)

    def _send(self, request, data, start, partial, mood):
        request.send_response(206 if partial else 200)
        if partial:
            first = start + 1 if mood == "wrong range" else start
            request.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        if mood == "html":
            request.send_header("Content-Type", "text/html; charset=utf-8")
        if mood != "no length":
            request.send_header("Content-Length", str(len(data) - start))
        request.end_headers()
        half = start + (len(data) - start) // 2
        request.wfile.write(data[start:half])
        if mood == "drop":
            return
        if mood in ("stall", "slow"):
            request.wfile.flush()
            self.released.wait(5 if mood == "stall" else 0.7)
        request.wfile.write(data[half:])
