"""Receives pictures and films, one or several at once, checks them before they are kept, and limits number and size.

Each arrives in an unnamed temporary file, so an interrupted upload leaves nothing. It gets its own folder once its
header shows that it is a picture or a film of a size that this app accepts.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from anyio import to_thread
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from neuralart.app import films
from neuralart.app.access import Access, batch_files
from neuralart.app.desk import Desk
from neuralart.app.form import in_words
from neuralart.app.gate import UPLOAD, answer, one_line
from neuralart.app.login import address_of
from neuralart.app.measure import Measure, TooLargeError
from neuralart.app.settings import MEGABYTE
from neuralart.app.upload import Upload
from neuralart.errors import OptionError, PictureError

log = logging.getLogger(__name__)

PROGRESS = "/gradio_api/upload_progress"
GIF = ".gif"


class FullError(Exception):
    """There is no space for another upload."""


@dataclass(eq=False)
class Kept:
    """An upload: its visitor, its size in bytes, and its own folder, which is None until it has arrived."""

    visitor: str
    size: int
    folder: Path | None = None


class Room:
    """The uploads that are kept, oldest first. `in_use` returns the files that paintings still need."""

    def __init__(self, settings: Access, in_use: Callable[[], Collection[Path]]) -> None:
        self.settings, self.in_use = settings, in_use
        self.kept: list[Kept] = []

    def reserve(self, visitor: str, size: int) -> Kept:
        """Make room for an upload by removing the oldest ones that no painting uses. Raises FullError."""
        limits, mega = self.settings, MEGABYTE
        self.kept = [one for one in self.kept if one.folder is None or one.folder.exists()]
        own = [one for one in self.kept if one.visitor == visitor]
        self._shrink(own, size, limits.max_uploads, limits.max_uploads_megabytes * mega)
        self._shrink(list(self.kept), size, limits.max_all_uploads, limits.max_all_uploads_megabytes * mega)
        made = Kept(visitor, size)
        self.kept.append(made)
        return made

    def release(self, one: Kept) -> None:
        """Give back the room of an upload that failed."""
        with suppress(ValueError):
            self.kept.remove(one)

    def settle(self, one: Kept, file: Path) -> None:
        """Record the file of an upload that has arrived; the same picture may have been uploaded before."""
        self.kept = [other for other in self.kept if other.folder != file.parent]
        one.folder, one.size = file.parent, file.stat().st_size

    def _shrink(self, among: list[Kept], size: int, most: int, most_bytes: int) -> None:
        """Remove the oldest uploads until one more of `size` bytes fits."""
        used = {file.parent for file in self.in_use()}
        free = [one for one in among if one.folder is not None and one.folder not in used]
        count, total = len(among), sum(one.size for one in among)
        while count + 1 > most or total + size > most_bytes:
            if not free:
                raise FullError("this app keeps no more uploads, and all of them are in use; try again later")
            oldest = free.pop(0)
            assert oldest.folder is not None
            shutil.rmtree(oldest.folder, ignore_errors=True)
            self.kept.remove(oldest)
            count, total = count - 1, total - oldest.size


class Uploads:
    """ASGI middleware that receives uploads itself, and passes on everything else."""

    def __init__(self, app: ASGIApp, desk: Desk, settings: Access) -> None:
        self.app, self.desk, self.settings = app, desk, settings
        self.room = Room(settings, desk.in_use)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Receive an upload, or pass the request on."""
        path = scope.get("path", "").rstrip("/")
        if path == UPLOAD and scope["method"] == "POST":
            await (await self._take(scope, receive))(scope, receive, send)
        elif path == PROGRESS:
            # Gradio's page asks for progress at once. We report none; the answer to the upload is the end.
            done = f"data: {json.dumps({'msg': 'done'})}\n\n"
            await PlainTextResponse(done, media_type="text/event-stream")(scope, receive, send)
        elif path == UPLOAD:
            await answer("files are sent with POST", 405)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _take(self, scope: Scope, receive: Receive) -> Response:
        """Return the answer to an upload: its path, or why it was refused."""
        kind, options = parse_options_header(Headers(scope=scope).get("content-type"))
        measure = Measure(self.settings, options.get(b"boundary", b""))
        request = Request(scope, measure.around(receive))
        announced = request.headers.get("content-length", "")
        is_told = announced.isdecimal() and len(announced) < 20
        size = int(announced) if is_told else self.settings.max_megabytes * MEGABYTE
        if size > measure.most:
            return answer(measure.refusal(), 413)
        if kind != b"multipart/form-data":
            return answer("a file must be sent as multipart/form-data", 415)
        visitor, places = scope.get("neuralart.visitor") or address_of(scope), list[Kept]()
        try:
            places.append(self.room.reserve(visitor, size))
            async with request.form(max_files=batch_files(self.settings) + 1, max_fields=0) as form:
                files = form.getlist("files")
                sent = [file for file in files if isinstance(file, UploadFile)]
                if not sent or len(sent) < len(form.multi_items()):
                    return answer("an upload must be files in the field 'files'", 400)
                self._divide(places, visitor, [file.size or 0 for file in sent])
                return JSONResponse(await self._kept(sent, places))
        except FullError as error:
            return answer(str(error), 507)
        except TooLargeError:
            return answer(measure.refusal(), 413)
        except (PictureError, OptionError) as error:
            others = "" if measure.files < 2 else "; leave it out and drop in the others again"
            told = in_words(str(error))
            return answer(f"{told[:1].upper()}{told[1:]}{others}", 415)
        except (MultiPartException, ClientDisconnect) as error:
            return answer(f"this upload is damaged: {one_line(error)}", 400)
        except OSError as error:
            log.warning("an upload could not be kept: %s", one_line(error))
            return answer("the upload could not be kept; the app's log says why", 507)
        finally:
            for place in places:
                if place.folder is None:
                    self.room.release(place)

    def _divide(self, places: list[Kept], visitor: str, sizes: Sequence[int]) -> None:
        """Give every file a room of its own, in place of the one for all of them. Raises FullError."""
        self.room.release(places.pop())
        for size in sizes:
            places.append(self.room.reserve(visitor, size))

    async def _kept(self, sent: Sequence[UploadFile], places: Sequence[Kept]) -> list[str]:
        """Keep all files; return their paths. Raises PictureError or OptionError for one that cannot be painted."""
        paths = []
        for file, place in zip(sent, places):
            path = await to_thread.run_sync(self._keep, file.file, file.filename or "picture")
            self.room.settle(place, path)
            paths.append(str(path))
        return paths

    def _keep(self, sent: IO[bytes], name: str) -> Path:
        """Check a file and give it its own folder. Raises PictureError if it cannot be painted."""
        import gradio.processing_utils

        self.desk.tidy()
        coming = Path(tempfile.mkdtemp(prefix="coming-", dir=self.desk.own))
        try:
            file = coming / "picture"
            with file.open("wb") as copy:
                shutil.copyfileobj(sent, copy)
            kept = self._name(Upload(file, Path(name).name))
            # Gradio copies every file to a folder of this name, unless it is already there.
            folder = self.desk.folder / gradio.processing_utils.hash_file(file)
            folder.mkdir(exist_ok=True)
            place = folder / kept
            file.replace(place)
            return place
        finally:
            shutil.rmtree(coming, ignore_errors=True)

    def _name(self, upload: Upload) -> str:
        """Return under which name a file is kept. Raises PictureError or OptionError if it cannot be painted.

        The name is the file's kind: a visitor could name it like a page, or give one picture many names.
        """
        with upload.path.open("rb") as file:
            head = file.read(films.HEAD)
        suffix = films.suffix_of(head)
        if suffix is None or suffix == GIF:  # which may be a picture or a film, and is asked for as either
            try:
                opened = upload.opened()
            except PictureError:
                if head and suffix is None and films.is_named(upload):
                    raise films.no_film(upload) from None
                raise
            upload.size(self.settings.max_megapixels, opened)
            return f"picture.{opened.kind.lower()}"
        films.size_of(upload, films.open_film(upload), self.settings.max_megapixels)
        return f"film{suffix}"
