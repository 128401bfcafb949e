"""The HTTP API for programs: paint, stop, go_on and gallery. examples/api_client.py shows how to use it.

Pictures are uploaded as by Gradio's clients. Options are a mapping of the names and values that `neuralart.stylize`
accepts; the owner's are refused, as they are on the page.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import gradio as gr

from neuralart.app.desk import Desk
from neuralart.app.gallery import Item, files
from neuralart.app.job import Job
from neuralart.app.order import Order
from neuralart.app.upload import Upload
from neuralart.areas import NAMES as MASKS
from neuralart.errors import NeuralartError, OptionError
from neuralart.watch.kinds import by_kind

QUICKEST = 0.3  # seconds between two reports
FILE = {"_type": "gradio.FileData"}  # by which a client recognises a file
LISTED = 100  # pictures of the gallery


def add(desk: Desk) -> None:
    """Add the endpoints /paint, /stop, /go_on and /gallery."""

    def paint(
        content: dict[str, Any], style: dict[str, Any], options: dict[str, Any], request: gr.Request
    ) -> Iterator[dict[str, Any]]:
        """Paint, and report about three times a second; the last report has picture, animation and record.

        style: one file, or a list of them. content: None for a texture, with a size such as 1024x512. options: masks
        are files, too, as in {"size": 512, "preserve": file, "style_mask": [file, None]}.
        """
        try:
            styles = files_sent(style, desk)
            given = mapping(options)
            masks = {name: files_sent(given.pop(name), desk) for name in MASKS if given.get(name)}
            painting = desk.order(Order(uploaded(content, desk), styles, given, masks))
        except NeuralartError as error:
            raise refused(error) from None
        yield from reports(painting, desk, request.session_hash)

    def stop(key: str) -> dict[str, Any]:
        """Stop the painting with this key; whoever reads its reports gets the picture so far."""
        try:
            return report(desk.studio.stop(key), desk)
        except NeuralartError as error:
            raise refused(error) from None

    def go_on(key: str, request: gr.Request) -> Iterator[dict[str, Any]]:
        """Continue a stopped painting; reports as paint does."""
        try:
            painting = desk.studio.go_on(key)
        except NeuralartError as error:
            raise refused(error) from None
        yield from reports(painting, desk, request.session_hash)

    def gallery() -> list[dict[str, Any]]:
        """The newest pictures, as files with their records."""
        return listed(desk)

    for endpoint in (paint, stop, go_on, gallery):
        gr.api(endpoint, concurrency_limit=None)


def uploaded(sent: Any, desk: Desk) -> Upload | None:
    """Return the picture that a client sent. Raises OptionError for a file of the server that was never uploaded."""
    if not sent:
        return None
    if not isinstance(sent, dict) or not isinstance(sent.get("path"), str):
        raise OptionError("a picture must be sent as a file: gradio_client.handle_file(path)")
    try:
        path = Path(sent["path"]).resolve()
    except (OSError, ValueError, RuntimeError):  # a null character, a loop of links
        path = Path()
    if not path.is_relative_to(desk.folder.resolve()):
        raise OptionError("only uploaded pictures can be painted")
    return Upload(path, Path(str(sent.get("orig_name") or path.name)).name)


def files_sent(sent: Any, desk: Desk) -> list[Upload | None]:
    """Return the pictures that a client sent, one or a list. Raises OptionError."""
    return [uploaded(one, desk) for one in (sent if isinstance(sent, list) else [sent])]


def mapping(sent: Any) -> dict[str, Any]:
    """Return the options of a call. Raises OptionError if they are not a mapping."""
    if sent and not isinstance(sent, dict):
        raise OptionError("options must be sent as a mapping of names and values")
    return dict(sent or {})


def reports(painting: Job, desk: Desk, session: str | None) -> Iterator[dict[str, Any]]:
    """Yield a report now and then until the painting ends, for whoever listens to this session."""
    for _ in desk.watch(painting, session):
        yield report(painting, desk)
        if painting.is_active:
            time.sleep(QUICKEST)


def report(painting: Job, desk: Desk) -> dict[str, Any]:
    """Report the progress. Its terms are the sums of each kind; `ahead` is the number of paintings before this one."""
    step = painting.step
    result: dict[str, Any] = {
        "key": painting.key,
        "state": painting.state,
        "told": painting.progress(desk.studio.ahead(painting)),
        "message": painting.message,
        "ahead": desk.studio.ahead(painting),
        "can_go_on": painting.can_go_on,
    }
    if step is not None:
        result |= {
            "iteration": step.iteration,
            "iterations": step.iterations,
            "total": step.total,
            "terms": by_kind(step.terms),
        }
    if not painting.is_active and painting.saved is not None and painting.record is not None:
        with suppress(FileNotFoundError):  # removed from the gallery since
            result |= finished(Item(painting.saved, painting.record), desk)
    return result


def finished(item: Item, desk: Desk) -> dict[str, Any]:
    """Describe a picture of the gallery, with picture, animation and record as files for Gradio's clients."""
    made = files(item, desk.own)
    return {
        "name": item.name,
        "description": item.caption,
        "result": item.record.get("result"),
    } | {role: file and {"path": str(file), "orig_name": file.name, "meta": FILE} for role, file in made.items()}


def listed(desk: Desk) -> list[dict[str, Any]]:
    """Return the newest pictures of the gallery."""
    result = []
    for item in desk.gallery.items(LISTED):
        with suppress(FileNotFoundError):  # removed since it was listed
            result.append(finished(item, desk))
    return result


def refused(error: NeuralartError) -> gr.Error:
    """Return the error with the same words as on the command line; the server prints nothing."""
    return gr.Error(str(error), print_exception=False)
