"""Checks every request before Gradio sees it: where it comes from, which route it takes, how large it is.

Refusals are short texts. A bad request adds one line to the log, never a traceback, since strangers decide how many of
them there are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from neuralart.watch.origin import refusal

log = logging.getLogger(__name__)

MAX_BODY = 2**20  # bytes of a request that uploads nothing
UPLOAD = "/gradio_api/upload"
API = "/gradio_api/"

# Gradio's routes that the page and the HTTP API use, and `take`, which is ours. Others of Gradio's fetch from the web,
# show what visitors do, record the screen or change the program.
PAGE = frozenset(("assets", "config", "favicon.ico", "login", "logout", "manifest.json", "robots.txt", "static"))
PAGE |= frozenset(("svelte", "take", "theme.css"))
CALLS = frozenset(("api", "app_id", "call", "cancel", "heartbeat", "info", "openapi.json", "queue", "reset", "run"))
CALLS |= frozenset(("startup-events", "theme.css", "upload", "upload_progress"))

# With this policy, the browser refuses everything that is not from here. Gradio's page needs inline scripts and styles;
# Vega, which it includes, turns expressions into functions.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:;"
    " worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Gate:
    """ASGI middleware around the whole app. `is_ours` says whether the server answers to a name."""

    def __init__(self, app: ASGIApp, is_ours: Callable[[str], bool]) -> None:
        self.app, self.is_ours = app, is_ours

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or pass it on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        reason = refusal(scope.get("method", "GET"), headers, self.is_ours)
        if scope["type"] == "websocket":
            # Nothing here uses websockets. A refusal before the connection is accepted is status 403.
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif reason is not None:
            refused = f"{reason}; the app's owner can add names with --allow-host"
            await answer(refused, 403)(scope, receive, guarded(send))
        elif not is_served(scope["path"]):
            await answer("there is nothing here", 404)(scope, receive, guarded(send))
        else:
            await self._hand_on(scope, receive, guarded(send))

    async def _hand_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = gone = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        async def receiving() -> Message:
            nonlocal gone
            message = await receive()
            gone = gone or message["type"] == "http.disconnect"
            return message

        try:
            if scope["path"].rstrip("/") != UPLOAD:
                body = await whole(receiving, MAX_BODY)
                if body is None:
                    await answer(f"a request has at most {MAX_BODY} bytes", 413)(scope, receive, sending)
                    return
                await self.app(scope, replayed(body, receiving), sending)
            else:
                await self.app(scope, receiving, sending)
        except Exception as error:
            if gone or isinstance(error, OSError):  # nobody is left to answer
                return
            log.warning("refused %s %s: %s", scope["method"], ascii(scope["path"][:200]), one_line(error))
            if not begun:
                await answer("this request cannot be answered", 400)(scope, receive, sending)


def is_served(path: str) -> bool:
    """Return whether the page or the HTTP API uses this path."""
    if not path.isprintable():
        return False
    if path.startswith(API):
        call = path.removeprefix(API)
        return call.partition("/")[0] in CALLS or (
            call.startswith("file=") and not call.lower().startswith("file=http")
        )
    return path == "/" or path.removeprefix("/").partition("/")[0] in PAGE


async def whole(receive: Receive, most: int) -> bytes | None:
    """Return the body of a request, or None if it has more than `most` bytes or its sender is gone."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a receiver that delivers a body once more, then what comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


def guarded(send: Send) -> Send:
    """Return a sender that adds our headers and drops those that would let other origins read the answer."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name in {name.lower() for name in headers if name.lower().startswith("access-control-")}:
                del headers[name]
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def answer(message: str, status: int, **headers: str) -> PlainTextResponse:
    """Return a refusal in one sentence."""
    return PlainTextResponse(f"{message}\n", status, {name.replace("_", "-"): text for name, text in headers.items()})


def one_line(error: BaseException) -> str:
    """Return an exception's message on one line, without a terminal's control characters."""
    text: Any = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {ascii(text[:200])[1:-1]}" if text else type(error).__name__
