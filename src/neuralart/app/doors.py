"""The HTTP API: paint, stop, go on, and the gallery, for programs. examples/api_client.py shows its use.

Pictures are uploaded as Gradio's clients do it. Options are a mapping of the names and values that `neuralart.stylize`
takes; those of the server's own are refused as they are on the page.
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
from neuralart.app.painting import Painting, Upload
from neuralart.areas import NAMES as MASKS
from neuralart.errors import NeuralartError, OptionError
from neuralart.watch.kinds import by_kind

QUICKEST = 0.3  # seconds between two reports
FILE = {"_type": "gradio.FileData"}  # what tells a client that it is one
LISTED = 100  # pictures of the gallery


def add(desk: Desk) -> None:
    """The endpoints /paint, /stop, /go_on and /gallery."""

    def paint(
        content: dict[str, Any], style: dict[str, Any], options: dict[str, Any], request: gr.Request
    ) -> Iterator[dict[str, Any]]:
        """Paint, and report about three times a second; the last report has picture, animation and record.

        style: one file, or a list of them. content: None for a texture, of a size such as 1024x512. options: masks
        among them are files, too, as {"size": 512, "preserve": file, "style_mask": [file, None]}.
        """
        try:
            styles = files_sent(style, desk)
            given = mapping(options)
            masks = {name: files_sent(given.pop(name), desk) for name in MASKS if given.get(name)}
            painting = desk.order(uploaded(content, desk), styles, given, masks)
        except NeuralartError as error:
            raise refused(error) from None
        yield from reports(painting, desk, request.session_hash)

    def stop(key: str) -> dict[str, Any]:
        """Stop the painting of this key; whoever reads its reports gets the picture reached."""
        try:
            return report(desk.studio.stop(key), desk)
        except NeuralartError as error:
            raise refused(error) from None

    def go_on(key: str, request: gr.Request) -> Iterator[dict[str, Any]]:
        """Go on with a painting that was stopped; reports as paint does."""
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
    """A picture that a client sent. Raises OptionError for a file of the server that was never uploaded."""
    if not sent:
        return None
    if not isinstance(sent, dict) or not isinstance(sent.get("path"), str):
        raise OptionError("a picture is sent as a file: gradio_client.handle_file(path)")
    try:
        path = Path(sent["path"]).resolve()
    except (OSError, ValueError, RuntimeError):  # a null character, a loop of links
        path = Path()
    if not path.is_relative_to(desk.folder.resolve()):
        raise OptionError("only pictures that were uploaded can be painted")
    return Upload(path, Path(str(sent.get("orig_name") or path.name)).name)


def files_sent(sent: Any, desk: Desk) -> list[Upload | None]:
    """One picture, or a list of them. Raises OptionError."""
    return [uploaded(one, desk) for one in (sent if isinstance(sent, list) else [sent])]


def mapping(sent: Any) -> dict[str, Any]:
    """The options of a call. Raises OptionError for what are none."""
    if sent and not isinstance(sent, dict):
        raise OptionError("options are sent as a mapping of names and values")
    return dict(sent or {})


def reports(painting: Painting, desk: Desk, session: str | None) -> Iterator[dict[str, Any]]:
    """One now and then until it is over, for whoever listens to this session."""
    for _ in desk.watch(painting, session):
        yield report(painting, desk)
        if painting.is_active:
            time.sleep(QUICKEST)


def report(painting: Painting, desk: Desk) -> dict[str, Any]:
    """How far it is. terms: the sum of each kind. ahead: paintings that come before this one."""
    step = painting.step
    told: dict[str, Any] = {
        "key": painting.key,
        "state": painting.state,
        "told": painting.told(desk.studio.ahead(painting)),
        "message": painting.message,
        "ahead": desk.studio.ahead(painting),
        "can_go_on": painting.can_go_on,
    }
    if step is not None:
        told |= {
            "iteration": step.iteration,
            "iterations": step.iterations,
            "total": step.total,
            "terms": by_kind(step.terms),
        }
    if not painting.is_active and painting.saved is not None and painting.record is not None:
        with suppress(FileNotFoundError):  # removed from the gallery since
            told |= finished(Item(painting.saved, painting.record), desk)
    return told


def finished(item: Item, desk: Desk) -> dict[str, Any]:
    """A picture of the gallery: picture, animation and record as files, which Gradio's clients fetch."""
    made = files(item, desk.own)
    return {
        "name": item.name,
        "description": item.caption,
        "result": item.record.get("result"),
    } | {role: file and {"path": str(file), "orig_name": file.name, "meta": FILE} for role, file in made.items()}


def listed(desk: Desk) -> list[dict[str, Any]]:
    """The newest pictures of the gallery."""
    result = []
    for item in desk.gallery.items(LISTED):
        with suppress(FileNotFoundError):  # removed since it was listed
            result.append(finished(item, desk))
    return result


def refused(error: NeuralartError) -> gr.Error:
    """The same words as on the command line; nothing is printed at the server."""
    return gr.Error(str(error), print_exception=False)
