"""Tracks who reads reports, since a painting only continues while somebody does.

Gradio continues a call even if nobody reads the answers. So every open stream of answers is counted by its session, or
by its call if there is no session.
"""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

STREAM, CALL = "/gradio_api/queue/data", "/gradio_api/call/"


class Listeners:
    """Counts open streams; `around` returns the ASGI middleware that does so."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()

    def hears(self, session: str | None) -> bool:
        """Return whether somebody reads the reports to this session."""
        return session is None or self.open[session] > 0

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return the application with its streams counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            session = session_of(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
            if session is None:
                await app(scope, receive, send)
                return
            self.open[session] += 1
            try:
                await app(scope, receive, send)
            finally:
                self.open[session] -= 1
                if not self.open[session]:
                    del self.open[session]

        return counted


def session_of(scope: Scope) -> str | None:
    """Return the session that a request listens to; None for any other request."""
    path = scope["path"].rstrip("/")
    if path == STREAM:
        return next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])), None)
    if path.startswith(CALL):
        return path.rpartition("/")[2]
    return None
