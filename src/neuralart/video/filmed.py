"""The frames to paint, as they were filmed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from neuralart.errors import PictureError
from neuralart.image.picture import Picture
from neuralart.image.source import quoted
from neuralart.prepared import PreparedRun
from neuralart.values import colour_of
from neuralart.video import flow
from neuralart.video.film import Film, Shot
from neuralart.video.flow import Grey
from neuralart.video.survey import Survey

RECENT = 2  # frames that stay at hand, so that a frame's neighbours are decoded once


@dataclass(frozen=True, eq=False)
class Filmed:
    """A frame as it was filmed. pixels: [1, 3, H, W], what painting works from, at the painting's size."""

    index: int
    content: Picture
    pixels: torch.Tensor
    grey: Grey


class Frames:
    """Reads the frames to paint by their index. Frames that are asked for in order are decoded once."""

    def __init__(self, film: Film, survey: Survey, run: PreparedRun) -> None:
        self.film, self.run = film, run
        self.numbers = [moment.number for moment in survey.moments]
        self._shots: Iterator[Shot] = iter(())
        self._next: int | None = None  # the film's number of the next shot; None before the first
        self._recent: deque[Filmed] = deque(maxlen=RECENT)

    def between(self, begin: int, end: int) -> Iterator[Filmed]:
        """Yield the frames from `begin` to before `end`. Raises PictureError, see `at`."""
        for index in range(begin, end):
            yield self.at(index)

    def at(self, index: int) -> Filmed:
        """Return a frame. Raises PictureError if the film has become shorter."""
        recent = next((one for one in self._recent if one.index == index), None)
        if recent:
            return recent
        content = as_content(self._shot(self.numbers[index]).picture(), self.run)
        size, network = self.run.schedule[-1].size, self.run.network
        pixels = self.run.colours.painted(self.run.recipe.pixels(content, size, network)).cpu()
        made = Filmed(index, content, pixels.float(), flow.grey(pixels))
        self._recent.append(made)
        return made

    def _shot(self, number: int) -> Shot:
        if self._next is None or self._next > number:
            self._shots, self._next = self.film.shots(), 0
        for shot in self._shots:
            self._next += 1
            if self._next > number:
                return shot
        raise PictureError(f"cannot read {quoted(self.film.path)}: frame {number + 1} has gone; was the file changed?")


def as_content(picture: Picture, run: PreparedRun) -> Picture:
    """Return a frame as a content of the run: opaque, and as large as the first one."""
    flat = picture.flattened(colour_of(run.options.background))
    flat = flat if flat.size == run.content.size else flat.resized(run.content.size)
    return replace(flat, source=run.content.source)
