"""One request to an ASGI application, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from ..patience import SECONDS


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> list[str]:
        return [value for one, value in self.headers if one == name]


def scope_of(path: str, method: str = "GET", client: str = "127.0.0.1", **headers: str) -> dict[str, Any]:
    sent = {"host": "localhost"} | {name.replace("_", "-"): value for name, value in headers.items()}
    path, _, query = path.partition("?")
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": (client, 1234),
        "server": ("127.0.0.1", 7860),
    }


def run(work: Coroutine[Any, Any, Any]) -> None:
    """Run it to its end. On a thread of its own: where a browser is open, this one has a running loop already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, asyncio.wait_for(work, SECONDS)).result()


def ask(
    app: Any, path: str, method: str = "GET", body: bytes | list[bytes] = b"", *, stays: bool = False, **headers: str
) -> Answer:
    """The answer to a request whose body comes in one piece, or in several. stays: Whether it is waited for."""
    pieces = body if isinstance(body, list) else [body]
    coming = [
        {"type": "http.request", "body": piece, "more_body": n < len(pieces) - 1} for n, piece in enumerate(pieces)
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not coming and stays:
            await asyncio.Event().wait()
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    run(app(scope_of(path, method, **headers), receive, send))
    if not sent:
        return Answer(0, [], b"")
    told = [(name.decode().lower(), value.decode()) for name, value in sent[0]["headers"]]
    return Answer(sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:]))
