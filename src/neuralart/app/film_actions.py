"""What the tab of films shows: how long it will take, every frame as it is painted, and the film."""

from __future__ import annotations

import gradio as gr

from neuralart.app import shelf, view
from neuralart.app.actions import Actions, Changes
from neuralart.app.gallery import Item
from neuralart.app.job import Job
from neuralart.app.previews import Preview
from neuralart.run.step import Step


class FilmActions(Actions):
    """The handlers of the tab of films."""

    kind, empty = "film", view.NO_FILM

    def awaited(self, preview: Preview | None) -> Changes:
        """Say that the time is being estimated, or will be."""
        told = view.estimating(is_busy=self.desk.studio.is_busy) if preview else ""
        return {self.parts.own["forecast"]: told}

    def previewed(self, preview: Preview) -> Changes:
        """Say how long the film would take."""
        return {self.parts.own["forecast"]: view.forecast(preview.step)}

    def growing(self, job: Job, step: Step) -> Changes:
        """Show nothing besides the frame."""
        return {}

    def result(self, job: Job, item: Item) -> Changes:
        """Show the film."""
        return {self.parts.live: gr.update(value=shelf.larger(self.desk, item), visible=True)}

    def cleared(self) -> Changes:
        """Leave everything."""
        return {}
