"""The other files that are made with the picture: a film, a plot of the terms, a sheet."""

from __future__ import annotations

import logging
from pathlib import Path

from neuralart import api
from neuralart.errors import NeuralartError
from neuralart.figures import text
from neuralart.figures.plot import LossPlot
from neuralart.figures.plot import check as check_plot
from neuralart.figures.sheet import EDGE, side_by_side
from neuralart.image.write import check_writable
from neuralart.options import Options
from neuralart.run.step import Step
from neuralart.together import is_texture
from neuralart.video.animate import Animation
from neuralart.video.encode import check as check_film

log = logging.getLogger(__name__)


def check(options: Options) -> None:
    """Raise PictureError or OptionError for a file that could not be written."""
    if options.animation:
        check_film(options.animation)
    if options.plot:
        check_plot(options.plot)
    if options.sheet:
        check_writable(options.sheet)
        text.check_font()


class Beside:
    """The watchers that these files need; the files are written with the picture."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.watchers: list[Animation | LossPlot] = []
        if options.animation:
            size, seconds = options.animation_size, options.animation_seconds
            self.watchers.append(Animation(options.animation, size, seconds))
        if options.plot:
            self.watchers.append(LossPlot(options.plot, _title(options)))

    def write(self, run: api.PreparedRun, last: Step) -> bool:
        """Write all files, and report them; a failure is logged, does not affect the others, and returns False."""
        works = [watcher.write for watcher in self.watchers]
        if self.options.sheet:
            works.append(lambda: self._sheet(run, last))
        whole = True
        for work in works:
            try:
                message = work()
            except Exception as error:  # the picture itself is already written
                is_known = isinstance(error, NeuralartError | OSError | MemoryError)
                log.warning("neuralart: %s", error, exc_info=None if is_known else error)
                whole = False
            else:
                if not self.options.quiet:
                    print(message)
        return whole

    def _sheet(self, run: api.PreparedRun, last: Step) -> str:
        options = self.options
        assert options.sheet
        names = [Path(str(place)).name for place in (options.content, *(options.style or ()), options.output)]
        content = None if is_texture(options) else run.content
        # A style at several scales appears once.
        styles = dict.fromkeys(style.picture for style in run.styles)
        sheet = side_by_side(content, *styles, last.picture(2 * EDGE), names=names)
        sheet.save(options.sheet)
        shown = "style and result" if content is None else "content, style and result"
        return f"{options.sheet}: {shown}, {sheet.width} x {sheet.height} pixels"


def _title(options: Options) -> str:
    styles = " and ".join(Path(name).name for name in options.style or ())
    content = "texture" if is_texture(options) else Path(str(options.content)).name
    return f"{content} in the style of {styles}"
