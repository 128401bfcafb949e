"""Hands out all pictures of a batch as one ZIP, which is made while it is sent and needs no room on the disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from neuralart.app.batching import Batching, number
from neuralart.app.desk import Desk
from neuralart.app.gate import answer
from neuralart.errors import OptionError

TAKE = "/take/"
SUFFIX = ".zip"
FAILED = "failed.txt"  # says which pictures could not be painted, and why
PIECE = 2**20  # bytes


class Archive:
    """ASGI middleware that answers take/KEY.zip, and passes on everything else."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app, self.desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a ZIP, or pass the request on."""
        path = scope.get("path", "")
        if not path.startswith(TAKE):
            await self.app(scope, receive, send)
        elif scope["method"] != "GET":
            await answer("a batch is fetched with GET", 405)(scope, receive, send)
        else:
            await self._answer(path.removeprefix(TAKE).removesuffix(SUFFIX))(scope, receive, send)

    def _answer(self, key: str) -> Any:
        try:
            batch = self.desk.studio.find(key)
        except OptionError as error:
            return answer(str(error), 404)
        if not isinstance(batch, Batching) or not batch.painted:
            return answer("there are no pictures of a batch here", 404)
        name = f"neuralart-{number(len(batch.painted)).replace(' ', '-')}{SUFFIX}"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return StreamingResponse(zipped(contents(batch), told(batch)), media_type="application/zip", headers=headers)


def address(key: str) -> str:
    """Return where the page finds the pictures of a batch, relative to itself."""
    return f"{TAKE.removeprefix('/')}{key}{SUFFIX}"


def contents(batch: Batching) -> list[tuple[str, Path]]:
    """Return the pictures that are painted, each with its name in the ZIP."""
    return [(f"{piece.name}{path.suffix}", path) for piece, path in batch.painted]


def told(batch: Batching) -> str:
    """Return a line for every picture that could not be painted."""
    return "".join(f"{piece.failure}\n" for piece in batch.failed)


class _Pipe(io.RawIOBase):
    """Holds what is written until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.data += data
        return len(data)

    def taken(self) -> bytes:
        result = bytes(self.data)
        self.data.clear()
        return result


def zipped(files: Iterable[tuple[str, Path]], failed: str = "") -> Iterator[bytes]:
    """Yield a ZIP of files under other names, piece by piece. PNGs are compressed already, so they are only stored.

    Args:
        files: (name in the ZIP, file); one that was removed meanwhile is left out.
        failed: What the text `failed.txt` says; there is none if it is empty.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        if failed:
            archive.writestr(FAILED, failed)
        for name, path in files:
            try:
                info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
                source = path.open("rb")
            except FileNotFoundError:
                continue
            with source, archive.open(info, "w") as entry:
                while data := source.read(PIECE):
                    entry.write(data)
                    yield pipe.taken()
    yield pipe.taken()
