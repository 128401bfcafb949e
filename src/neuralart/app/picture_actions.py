"""What the tab of pictures shows: the painting as it grows, its curve, and before and after."""

from __future__ import annotations

import gradio as gr

from neuralart.app import shelf, view
from neuralart.app.actions import Actions, Changes, kept
from neuralart.app.gallery import LARGE, shown
from neuralart.app.job import Job
from neuralart.app.painting import Painting
from neuralart.app.previews import Preview
from neuralart.run.step import Step


class PictureActions(Actions):
    """The handlers of the tab of pictures."""

    kind, empty = "picture", view.EMPTY

    def awaited(self, preview: Preview | None, refusal: str = "") -> Changes:
        """Leave what is there until the preview has begun."""
        return {}

    def previewed(self, preview: Preview) -> Changes:
        """Show the small painting in the place of the large one."""
        picture = gr.update(value=view.preview(preview.step), visible=True)
        return {self.parts.live: picture, self.parts.own["slider"]: gr.update(visible=False)}

    def growing(self, job: Job, step: Step) -> Changes:
        """Show the picture, and draw the curve."""
        return super().growing(job, step) | {self.parts.own["curve"]: self._curve(job)}

    def result(self, job: Job) -> Changes:
        """Show before and after, and the whole curve."""
        item = kept(job)
        if item is None:
            return {}
        changes = shelf.taken(self.desk, item, self.parts.files) | {self.parts.own["curve"]: self._curve(job)}
        if isinstance(job, Painting) and job.content is not None:
            before, after = (shown(path, LARGE, self.desk.own) for path in (job.content.path, item.path))
            changes[self.parts.own["slider"]] = gr.update(value=(str(before), str(after)), visible=True)
            changes[self.parts.live] = gr.update(visible=False)
        return changes

    def cleared(self) -> Changes:
        """Remove the curve, and before and after."""
        return {self.parts.own["curve"]: "", self.parts.own["slider"]: gr.update(visible=False)}

    def _curve(self, job: Job) -> str:
        return job.curve.svg(job.iterations) if isinstance(job, Painting) else ""
