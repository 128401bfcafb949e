"""Who still listens: a painting goes on while somebody reads its reports, not because somebody once asked for it.

Gradio works on a call whether or not its caller reads the answers. Here every stream of answers that is open is known
by the session that it belongs to, or by the call where that has no session.
"""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

STREAM, CALL = "/gradio_api/queue/data", "/gradio_api/call/"


class Listeners:
    """Counts open streams; `around` is the ASGI middleware that does it."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()

    def hears(self, session: str | None) -> bool:
        """Whether somebody reads what is reported to this session."""
        return session is None or self.open[session] > 0

    def around(self, app: ASGIApp) -> ASGIApp:
        """The same application, its streams counted."""

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
    """The session that a request listens to; None where it asks for something else."""
    path = scope["path"].rstrip("/")
    if path == STREAM:
        return next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])), None)
    if path.startswith(CALL):
        return path.rpartition("/")[2]
    return None
