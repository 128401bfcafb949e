"""The frames to paint, as they were filmed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from neuralart.image.ground import colour_of
from neuralart.image.picture import Picture
from neuralart.prepared import PreparedRun
from neuralart.recipes.regions import Regions
from neuralart.video.film import Cursor, Film
from neuralart.video.moving_masks import MovingMasks
from neuralart.video.survey import Survey

RECENT = 2  # frames that stay at hand, so that a frame's neighbours are decoded once


@dataclass(frozen=True, eq=False)
class Filmed:
    """A frame as it was filmed.

    Attributes:
        index: Its number among the frames to paint.
        content: It, as a photograph to paint.
        pixels: What painting works from, [1, 3, H, W], at the painting's size.
        regions: Where the styles are painted.
    """

    index: int
    content: Picture
    pixels: torch.Tensor
    regions: Regions


class Frames:
    """Reads the frames to paint by their index, with their masks. Frames asked for in order are decoded once."""

    def __init__(self, film: Film, survey: Survey, run: PreparedRun, masks: MovingMasks) -> None:
        self.film, self.run, self.masks = Cursor(film), run, masks
        self.numbers = [moment.number for moment in survey.moments]
        self._recent: deque[Filmed] = deque(maxlen=RECENT)

    def between(self, begin: int, end: int) -> Iterator[Filmed]:
        """Yield the frames from `begin` to before `end`. Raises as `at`."""
        for index in range(begin, end):
            yield self.at(index)

    def at(self, index: int) -> Filmed:
        """Return a frame. Raises PictureError if the film has become shorter, OptionError for an unfit mask."""
        recent = next((one for one in self._recent if one.index == index), None)
        if recent:
            return recent
        number = self.numbers[index]
        content = as_content(self.film.at(number).picture(), self.run)
        size, network = self.run.schedule[-1].size, self.run.network
        pixels = self.run.colours.painted(self.run.recipe.pixels(content, size, network)).cpu()
        regions = self.masks.at(number, self.run.regions, content, [style.picture for style in self.run.styles])
        made = Filmed(index, content, pixels.float(), regions)
        self._recent.append(made)
        return made


def as_content(picture: Picture, run: PreparedRun) -> Picture:
    """Return a frame as a content of the run: opaque, and as large as the first one."""
    flat = picture.flattened(colour_of(run.options.background))
    flat = flat if flat.size == run.content.size else flat.resized(run.content.size)
    return replace(flat, source=run.content.source)
