"""Films the painting as it emerges, by reading steps.

with Animation("film.mp4") as film:
    neuralart.stylize("photo.jpg", "painting.jpg", watchers=[film])
"""

from __future__ import annotations

import logging
import os
from types import TracebackType

from neuralart.errors import PictureError
from neuralart.image.source import first_line, quoted
from neuralart.image.transparency import named
from neuralart.run.finish import Finish
from neuralart.run.step import Step
from neuralart.video.encode import check, encode
from neuralart.video.reel import Reel
from neuralart.watch.frames import due

log = logging.getLogger(__name__)

SIZE = 480  # pixels: the long edge, unless another is asked for or the picture is smaller
SECONDS = 8.0


class Animation:
    """Films a run as GIF, WebP, MP4 or WebM, according to the suffix of `path`.

    Stills follow the original program's schedule, starting again at every scale: one after each of the first 20
    iterations, then one after every fifth. The film is timed so that every second shows as much change as any other,
    and it rests on the last picture for two more seconds. size: the long edge in pixels (default: 480, or the picture's
    if that is less; a GIF then shrinks below 5 MB). seconds: the length without the pause at the end. Films have no
    alpha: a transparent picture is laid on the background of the step's finish, and a message says so.

    Errors while filming are logged and never end the run. `write` makes the file, and so does leaving the context,
    even if the run was stopped or failed: the film then shows the run so far.
    """

    def __init__(self, path: str | os.PathLike[str], size: int | None = None, seconds: float = SECONDS) -> None:
        """Raises PictureError if the place or suffix will not do, OptionError if the encoder is missing."""
        check(path)
        self.path, self.size, self.seconds = path, size, seconds
        self.reel = Reel()
        self.scale, self.count = 0, 0
        self.unfilmed: Step | None = None
        self.trouble = ""

    def needs(self, step: Step) -> bool:
        """Return whether this step is to be filmed."""
        return not self.trouble and (due(self._count(step)) or step.is_last)

    def __call__(self, step: Step) -> None:
        if self.trouble:
            return
        is_due, self.scale, self.count = self.needs(step), step.scale, self._count(step)
        self.unfilmed = step if step.has_image else self.unfilmed
        if is_due:
            self._film()

    def write(self) -> str:
        """Write the film; return one line that says what was written. Raises PictureError."""
        self._film()
        if not self.reel.stills:
            raise PictureError(f"cannot write {quoted(self.path)}: {self.trouble or 'no step was filmed'}")
        return encode(self.reel, self.path, self.size, SIZE, self.seconds)

    def __enter__(self) -> Animation:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            log.info(self.write())
        elif self.reel.stills:
            try:
                log.info(self.write())
            except PictureError as another:  # the first error matters more
                log.warning("%s", another)

    def _count(self, step: Step) -> int:
        """Return the step's number within its scale."""
        return self.count + 1 if step.scale == self.scale else min(step.iteration, 1)

    def _film(self) -> None:
        """Add the newest step, unless that has been done."""
        step, self.unfilmed = self.unfilmed, None
        if step is None:
            return
        try:
            self._tell_ground(step.finish)
            self.reel.add(step.preview(self.size or SIZE))
        except Exception as error:  # a film is not worth a painting
            self.trouble = f"filming failed after iteration {step.iteration} ({first_line(error)})"
            log.warning("%s: %s; the painting goes on", self.path, self.trouble)

    def _tell_ground(self, finish: Finish) -> None:
        """Say once what a transparent picture is laid on."""
        if finish.alpha is not None and not self.reel.stills:
            log.info("%s: films have no transparency; the picture is laid on %s", self.path, named(finish.background))
