"""What the tab of films shows: how long it will take, every frame as it is painted, and the film."""

from __future__ import annotations

import gradio as gr

from neuralart.app import shelf, view
from neuralart.app.actions import Actions, Changes, kept
from neuralart.app.job import Job


class FilmActions(Actions):
    """The handlers of the tab of films."""

    kind, empty = "film", view.NO_FILM

    def result(self, job: Job) -> Changes:
        """Show the film."""
        item = kept(job)
        if item is None:
            return {}
        player = gr.update(value=shelf.larger(self.desk, item), visible=True)
        return shelf.taken(self.desk, item, self.parts.files) | {self.parts.live: player}
