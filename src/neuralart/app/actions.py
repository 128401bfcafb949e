"""The handlers of the page's buttons. Each yields {component: value} for everything that changes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from neuralart.app import form, view
from neuralart.app.desk import Desk
from neuralart.app.fields import shown as as_shown
from neuralart.app.form import Entry, in_words
from neuralart.app.gallery import LARGE, SMALL, Item, files, shown
from neuralart.app.painting import Painting, Upload
from neuralart.app.parts import Parts
from neuralart.errors import NeuralartError, OptionError

NEWEST = 24  # pictures of the gallery that are shown
QUICKEST = 0.3  # seconds between two updates
SHARE = 50  # showing the painting takes at most one part in so many of the time: 2 %

Changes = dict[Any, Any]


class Actions:
    """The handlers of one page. Visitors share them; a visitor's own state stays in the visitor's browser."""

    def __init__(self, desk: Desk, parts: Parts, entries: list[Entry]) -> None:
        self.desk, self.parts, self.entries = desk, parts, entries

    def paint(self, request: gr.Request, content: Any, *values: Any) -> Iterator[Changes]:
        """Queue a painting, and show it until it ends."""
        try:
            painting = self.desk.order(upload(content), *self._sent(values))
        except NeuralartError as error:
            yield {self.parts.status: view.mistake(in_words(str(error)))}
            return
        empty = gr.update(value=view.EMPTY, visible=True)
        yield self._begin(painting) | {self.parts.live: empty, self.parts.curve: ""}
        yield from self._follow(painting, request.session_hash)

    def preview(self, request: gr.Request, content: Any, *values: Any) -> Iterator[Changes]:
        """Show a preview of what Paint would order now, unless a painting of the visitor's is active."""
        try:
            preview = self.desk.preview(request.session_hash, upload(content), *self._sent(values))
        except NeuralartError:
            return  # Paint tells what is wrong, once the visitor has finished choosing
        if preview is None:
            return
        changes: Changes = {}
        for _ in self.desk.watch_preview(preview):
            if preview.step is not None:
                picture = gr.update(value=view.preview(preview.step), visible=True)
                changes = {self.parts.live: picture, self.parts.slider: gr.update(visible=False)}
                yield changes
            time.sleep(QUICKEST)
        if preview.is_over and changes:
            yield changes  # a late answer of the last preview may have overtaken this one's

    def _sent(
        self, values: Sequence[Any]
    ) -> tuple[list[Upload | None], dict[str, Any], dict[str, list[Upload | None]]]:
        """Return the styles, the options and the masks from what the page sends besides the content."""
        rest, parts = iter(values), self.parts
        styles = [upload(sent) for sent in islice(rest, len(parts.styles))]
        weights = [weight for style, weight in zip(styles, list(islice(rest, len(parts.weights)))) if style]
        masks: dict[str, list[Upload | None]] = {}
        for (name, _), sent in zip(parts.masks, list(islice(rest, len(parts.masks)))):
            masks.setdefault(name, []).append(upload(sent))
        return styles, form.weighed(dict(zip(parts.fields, rest)), weights), masks

    def go_on(self, request: gr.Request, key: str | None) -> Iterator[Changes]:
        """Queue a stopped painting again, and show it until it ends."""
        try:
            painting = self.desk.studio.go_on(key)
        except OptionError as error:
            yield {
                self.parts.status: view.mistake(in_words(str(error))),
                self.parts.go_on: gr.update(interactive=False),
            }
            return
        yield self._begin(painting)
        yield from self._follow(painting, request.session_hash)

    def stop(self, key: str | None) -> Changes:
        """Stop a painting; whoever watches it sees it end."""
        try:
            self.desk.studio.stop(key)
        except OptionError as error:
            return {self.parts.status: view.mistake(str(error)), self.parts.stop: gr.update(interactive=False)}
        return {self.parts.stop: gr.update(interactive=False)}

    def open(self, request: gr.Request, key: str | None) -> Iterator[Changes]:
        """Show the gallery in a new page, and the visitor's painting if it is active or can be continued."""
        yield self._gallery()
        try:
            painting = self.desk.studio.find(key)
        except OptionError:
            return
        if painting.is_active or painting.can_go_on:
            yield self._begin(painting)
            yield from self._follow(painting, request.session_hash)

    def choose(self, names: list[str], event: gr.SelectData) -> Changes:
        """Show a picture that was chosen in the gallery."""
        parts = self.parts
        try:
            item = self.desk.gallery.find(names[event.index])
            large = shown(item.path, LARGE, self.desk.own)
            taken = self._files(item, parts.chosen_files)
        except (NeuralartError, OSError, IndexError, TypeError) as error:
            return {parts.chosen: gr.update(visible=True), parts.large: view.mistake(str(error))}
        picture = (
            f'<figure class="large"><img src="gradio_api/file={quote(str(large))}" alt="{escape(item.caption)}">'
            f"<figcaption>{escape(item.name)}: {escape(item.caption)}</figcaption></figure>"
        )
        return {parts.chosen: gr.update(visible=True), parts.large: picture, parts.chosen_name: item.name} | taken

    def reuse(self, name: str) -> Changes:
        """Copy the chosen picture's settings to the form."""
        try:
            record = self.desk.gallery.find(name).record
        except OptionError as error:
            return {self.parts.status: view.mistake(str(error))}
        values = form.values(record, self.desk.fixed)
        status = f'<div class="status"><p role="status">The form has the settings of {escape(name)}.</p></div>'
        return {self.parts.status: status} | self._filled(values)

    def fill(self, name: str) -> Changes:
        """Fill in the form's fields with a preset, and say what it is good for."""
        chosen = {
            button: gr.update(variant="primary" if other == name else "secondary")
            for other, button in self.parts.presets.items()
        }
        changes = self._filled(form.preset(name, self.desk.fixed))
        return chosen | changes | {self.parts.preset: view.preset(name)}

    def _filled(self, values: Mapping[str, Any]) -> Changes:
        """Fill in the fields that have a value here."""
        return {
            self.parts.fields[entry.name]: as_shown(entry, values[entry.name])
            for entry in self.entries
            if entry.name in values
        }

    def _begin(self, painting: Painting) -> Changes:
        parts, hidden = self.parts, gr.update(visible=False)
        return {
            parts.key: painting.key,
            parts.slider: hidden,
            parts.live: gr.update(visible=True),
            **self._busy(painting),
        } | dict.fromkeys(parts.files, hidden)

    def _busy(self, painting: Painting) -> Changes:
        """Return the state of the buttons while a painting is active."""
        return {
            self.parts.paint: gr.update(interactive=False),
            self.parts.stop: gr.update(interactive=painting.wanted_end is None),
            self.parts.go_on: gr.update(interactive=False),
        }

    def _follow(self, painting: Painting, session: str | None) -> Iterator[Changes]:
        """Show the painting whenever it changes, as long as that costs little, then its result."""
        studio, parts, last = self.desk.studio, self.parts, None
        for _ in self.desk.watch(painting, session):
            # Only this thread's time: on a busy machine, wall-clock time would include the painting's own work.
            began, step = time.thread_time(), painting.step
            changes: Changes = {parts.status: view.status(painting, studio.ahead(painting))}
            if step is not None and step is not last:
                changes |= {parts.live: view.live(step), parts.curve: painting.curve.svg(painting.iterations)}
                last = step
            if painting.is_active:
                # Answers may overtake each other: what an earlier click returns may come after Go on.
                changes |= self._busy(painting)
            # Measured before the yield: the code after it may run on another thread, with another clock.
            cost = time.thread_time() - began
            yield changes
            if painting.is_active:
                time.sleep(max(QUICKEST, SHARE * cost))
        yield self._end(painting)

    def _end(self, painting: Painting) -> Changes:
        parts = self.parts
        changes: Changes = {
            parts.paint: gr.update(interactive=True),
            parts.stop: gr.update(interactive=False),
            parts.go_on: gr.update(interactive=painting.can_go_on),
            parts.curve: painting.curve.svg(painting.iterations),
        }
        if painting.saved is None or painting.record is None:
            return changes
        try:
            item = Item(painting.saved, painting.record)
            if painting.content is not None:
                before, after = (shown(path, LARGE, self.desk.own) for path in (painting.content.path, painting.saved))
                changes[parts.slider] = gr.update(value=(str(before), str(after)), visible=True)
                changes[parts.live] = gr.update(visible=False)
            changes |= self._files(item, parts.files) | self._gallery()
        except (NeuralartError, OSError) as error:
            changes[parts.status] = view.mistake(str(error))
        return changes

    def _files(self, item: Item, buttons: tuple[Any, Any, Any]) -> Changes:
        """Return the changes that put picture, animation and record behind their buttons."""
        made = files(item, self.desk.own).values()
        return {
            button: gr.update(value=str(file), visible=True) if file else gr.update(visible=False)
            for button, file in zip(buttons, made)
        }

    def _gallery(self) -> Changes:
        items, thumbnails = [], []
        for item in self.desk.gallery.items(NEWEST):
            try:
                thumbnails.append((str(shown(item.path, SMALL, self.desk.own)), item.caption))
                items.append(item.name)
            except (NeuralartError, OSError):
                continue  # removed or damaged in the meantime; it is no longer in the gallery
        return {self.parts.thumbnails: thumbnails, self.parts.names: items}


def upload(sent: Any) -> Upload | None:
    """Return the upload that Gradio reports for a picture that was dropped in."""
    if sent is None or not sent.path:
        return None
    path = Path(sent.path)
    return Upload(path, Path(sent.orig_name or path.name).name)
