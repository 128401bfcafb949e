"""What the tab of many pictures shows: how long they will take, each as it is painted, and all of them to take home."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from neuralart.app import archive, view
from neuralart.app.actions import Actions, Changes, upload
from neuralart.app.batching import Batching, Piece, number
from neuralart.app.gallery import LARGE, SMALL, handed_out, shown
from neuralart.app.job import Job
from neuralart.app.order import Order
from neuralart.errors import NeuralartError
from neuralart.run.step import Step


class BatchActions(Actions):
    """The handlers of the tab of many pictures."""

    kind, empty = "batch", view.NO_BATCH

    def ordered(self, content: Any, values: Sequence[Any]) -> Order:
        """Return the order from what the page sends: the photographs, the styles, and the values of the form."""
        styles, *rest = values
        contents = [one for one in map(upload, sent(content)) if one]
        return Order(None, list(map(upload, sent(styles))), dict(zip(self.parts.fields, rest)), {}, self.kind, contents)

    def growing(self, job: Job, step: Step) -> Changes:
        """Show the picture that is being painted beside the latest that is finished, and all that are."""
        assert isinstance(job, Batching)
        now = view.figure(view.live(job, step), f"{job.seen}: {job.piece.about}")
        latest = self._latest(job)
        beside = f'<div class="pair">{latest}{now}</div>' if latest else now
        return {self.parts.live: gr.update(value=beside, visible=True)} | self._there(job)

    def result(self, job: Job) -> Changes:
        """Show the latest picture, and all of them."""
        if not isinstance(job, Batching) or not (job.painted or job.failed):
            return {}
        latest = gr.update(value=self._latest(job) or view.NO_BATCH, visible=True)
        return {self.parts.live: latest} | self._there(job)

    def cleared(self) -> Changes:
        """Remove the pictures of an earlier batch."""
        return {self.parts.own["there"]: "", self.parts.own["take"]: ""}

    def is_found(self, job: Job) -> bool:
        """Return True: a batch can be taken home as long as it is remembered."""
        return True

    def _latest(self, job: Batching) -> str:
        """Return the picture that was finished last; nothing if there is none."""
        for piece, path in reversed(job.painted):
            with suppress(OSError, NeuralartError):  # removed from the gallery since
                return view.figure(
                    f'<div class="live">{self._picture(piece, path, LARGE)}</div>', f"Latest: {piece.about}"
                )
        return ""

    def _there(self, job: Batching) -> Changes:
        """Return the changes that list what is painted, newest first, and what failed, and offer all of it."""
        painted = []
        for piece, path in reversed(job.painted):
            with suppress(OSError, NeuralartError):
                whole = view.served(handed_out(path, self.desk.own))
                painted.append((whole, self._picture(piece, path, SMALL), piece.name))
        failed = [piece.failure for piece in job.failed]
        text = f"Download {number(len(job.painted))} as one ZIP"
        take = view.taking(archive.address(job.key), text) if job.painted else ""
        return {self.parts.own["there"]: view.there(painted, failed), self.parts.own["take"]: take}

    def _picture(self, piece: Piece, path: Path, long_edge: int) -> str:
        return f'<img src="{view.served(shown(path, long_edge, self.desk.own))}" alt="{escape(piece.about)}">'


def sent(files: Any) -> list[Any]:
    """Return the files that Gradio reports for a place for several."""
    return list(files.root) if files else []
