"""The handlers of a tab's buttons. Each yields {component: value} for everything that changes."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import gradio as gr

from neuralart.app import form, shelf, view
from neuralart.app.desk import Desk
from neuralart.app.fields import shown as as_shown
from neuralart.app.form import Entry
from neuralart.app.gallery import Item
from neuralart.app.job import Job
from neuralart.app.order import Kind, MissingError, Order
from neuralart.app.parts import Parts
from neuralart.app.previews import Preview
from neuralart.app.upload import Upload
from neuralart.errors import NeuralartError, OptionError
from neuralart.run.step import Step

QUICKEST = 0.3  # seconds between two updates
SHARE = 50  # showing the painting takes at most one part in so many of the time: 2 %

Changes = dict[Any, Any]


class Actions(ABC):
    """The handlers of one tab. Visitors share them; a visitor's own state stays in the visitor's browser."""

    kind: ClassVar[Kind]
    empty: ClassVar[str]  # what stands where nothing has been painted yet

    def __init__(self, desk: Desk, parts: Parts, entries: list[Entry]) -> None:
        self.desk, self.parts, self.entries = desk, parts, entries

    def awaited(self, preview: Preview | None, refusal: str = "") -> Changes:
        """Return the changes that say that a preview is on its way; None if there will be none. refusal: Why not."""
        told = view.estimating(is_busy=self.desk.studio.is_busy) if preview else view.refused(refusal)
        return {self.parts.own["forecast"]: told}

    def previewed(self, preview: Preview) -> Changes:
        """Return the changes that show what a preview has come to: usually how long it would take."""
        return {self.parts.own["forecast"]: view.forecast(preview.step)}

    def growing(self, job: Job, step: Step) -> Changes:
        """Return the changes that show a step, besides the progress. Raises OSError or NeuralartError."""
        return {self.parts.live: view.live(job, step)}

    @abstractmethod
    def result(self, job: Job) -> Changes:
        """Return the changes that show what has been painted, if anything. Raises OSError or NeuralartError."""

    def cleared(self) -> Changes:
        """Return the changes that remove what an earlier painting showed."""
        return {}

    def is_found(self, job: Job) -> bool:
        """Return whether a page that is loaded again shows what the visitor ordered earlier."""
        return job.is_active or job.can_go_on

    def paint(self, request: gr.Request, content: Any, *values: Any) -> Iterator[Changes]:
        """Queue a painting, and show it until it ends."""
        try:
            painting = self.desk.order(self.ordered(content, values))
        except NeuralartError as error:
            yield {self.parts.status: view.mistake(str(error))}
            return
        empty = gr.update(value=self.empty, visible=True)
        yield self._begin(painting) | {self.parts.live: empty}
        yield from self._follow(painting, request.session_hash)

    def preview(self, request: gr.Request, content: Any, *values: Any) -> Iterator[Changes]:
        """Show a preview of what Paint would order now, unless a painting of the visitor's is active."""
        preview, refusal = None, ""
        try:
            preview = self.desk.preview(request.session_hash, self.ordered(content, values))
        except MissingError:
            pass  # Paint tells what is missing, once the visitor has finished choosing
        except NeuralartError as error:
            refusal = str(error)
        changes = self.awaited(preview, refusal)
        if changes:
            yield changes
        if preview is None:
            return
        for _ in self.desk.watch_preview(preview):
            if preview.step is not None:
                changes = self.previewed(preview)
                yield changes
            time.sleep(QUICKEST)
        if preview.is_over and preview.step is not None:
            yield changes  # a late answer of the last preview may have overtaken this one's

    def ordered(self, content: Any, values: Sequence[Any]) -> Order:
        """Return the order from what the page sends: the content, and all the rest."""
        rest, parts = iter(values), self.parts
        styles = [upload(sent) for sent in islice(rest, len(parts.styles))]
        weights = [weight for style, weight in zip(styles, list(islice(rest, len(parts.weights)))) if style]
        masks: dict[str, list[Upload | None]] = {}
        for (name, _), sent in zip(parts.masks, list(islice(rest, len(parts.masks)))):
            masks.setdefault(name, []).append(upload(sent))
        chosen = form.weighed(dict(zip(parts.fields, rest)), weights)
        return Order(upload(content), styles, chosen, masks, self.kind)

    def go_on(self, request: gr.Request, key: str | None) -> Iterator[Changes]:
        """Queue a stopped painting again, and show it until it ends."""
        try:
            painting = self.desk.studio.go_on(key)
        except OptionError as error:
            yield {
                self.parts.status: view.mistake(str(error)),
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

    def find(self, key: str | None) -> Any:
        """Show this tab in a new page if what the visitor ordered in it is being painted."""
        try:
            return gr.update(selected=self.kind) if self.desk.studio.find(key).is_active else gr.skip()
        except OptionError:
            return gr.skip()

    def open(self, request: gr.Request, key: str | None) -> Iterator[Changes]:
        """Show the gallery in a new page, and the visitor's painting if it is active or can be continued."""
        yield shelf.everything(self.desk, self.parts.shelf)
        try:
            painting = self.desk.studio.find(key)
        except OptionError:
            return
        if self.is_found(painting):
            yield self._begin(painting)
            yield from self._follow(painting, request.session_hash)

    def fill(self, event: gr.EventData) -> Changes:
        """Fill in the form's fields with the preset whose button was pressed, and say what it is good for."""
        presets, pressed = self.parts.presets, event.target.elem_id
        name = next(name for name, button in presets.items() if button.elem_id == pressed)
        changes = self.filled(form.preset(name, self.desk.fixed))
        return changes | {presets[name]: gr.update(variant="primary"), self.parts.preset: view.preset(name)}

    def filled(self, values: Mapping[str, Any]) -> Changes:
        """Fill in the fields that have a value here; no preset is chosen any more."""
        parts = self.parts
        presets = {button: gr.update(variant="secondary") for button in parts.presets.values()} | {parts.preset: ""}
        return presets | {
            parts.fields[entry.name]: as_shown(entry, values[entry.name])
            for entry in self.entries
            if entry.name in values
        }

    def reused(self, record: Mapping[str, Any], values: Mapping[str, Any]) -> Changes:
        """Fill in the values of a picture with this record; the sliders take the weights of its styles if they can."""
        sliders = self.parts.weights
        weights = form.slid(record, values["style_weights"], len(sliders))
        return self.filled({**values, "style_weights": None} if weights else values) | (
            dict.fromkeys(sliders, 1) | dict(zip(sliders, weights))
        )

    def _begin(self, painting: Job) -> Changes:
        parts, hidden = self.parts, gr.update(visible=False)
        return {
            parts.key: painting.key,
            parts.live: gr.update(visible=True),
            **self._busy(painting),
            **self.cleared(),
        } | dict.fromkeys(parts.files, hidden)

    def _busy(self, painting: Job) -> Changes:
        """Return the state of the buttons while a painting is active."""
        return {
            self.parts.paint: gr.update(interactive=False),
            self.parts.stop: gr.update(interactive=painting.wanted_end is None),
            self.parts.go_on: gr.update(interactive=False),
        }

    def _follow(self, painting: Job, session: str | None) -> Iterator[Changes]:
        """Show the painting whenever it changes, as long as that costs little, then its result."""
        studio, parts, last = self.desk.studio, self.parts, None
        for _ in self.desk.watch(painting, session):
            # Only this thread's time: on a busy machine, wall-clock time would include the painting's own work.
            began, step = time.thread_time(), painting.step
            changes: Changes = {parts.status: view.status(painting, studio.ahead(painting))}
            if step is not None and step is not last:
                changes |= self.growing(painting, step)
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

    def _end(self, painting: Job) -> Changes:
        parts = self.parts
        changes: Changes = {
            parts.paint: gr.update(interactive=True),
            parts.stop: gr.update(interactive=False),
            parts.go_on: gr.update(interactive=painting.can_go_on),
        }
        try:
            if shown := self.result(painting):
                changes |= shown | shelf.everything(self.desk, parts.shelf)
        except (NeuralartError, OSError) as error:
            changes[parts.status] = view.mistake(str(error))
        return changes


def kept(job: Job) -> Item | None:
    """Return what the gallery has of a picture or a film; None if nothing was kept."""
    return None if job.saved is None or job.record is None else Item(job.saved, job.record)


def upload(sent: Any) -> Upload | None:
    """Return the upload that Gradio reports for a picture that was dropped in."""
    if sent is None or not sent.path:
        return None
    path = Path(sent.path)
    return Upload(path, Path(sent.orig_name or path.name).name)
