"""Which way of showing the painting is taken: the one that is asked for, or what suits the place."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from neuralart.errors import OptionError
from neuralart.options import Options
from neuralart.run.step import Step
from neuralart.watch.display.frame import Frame
from neuralart.watch.display.notebook import Notebook, in_notebook
from neuralart.watch.display.terminal import Terminal, is_colourful
from neuralart.watch.display.viewer import Display, Viewer, ViewerClosedError
from neuralart.watch.display.window import Window, has_desktop
from neuralart.watch.watchers import Watchers

log = logging.getLogger(__name__)

HOW = "--display browser"


class Hidden(Viewer):
    """Nothing is shown here, and a line says so when the painting begins: nobody had asked for anything."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def begin(self) -> None:
        """Say why, and how to see it."""
        how = "" if HOW in self.reason else f"; {HOW} shows the painting on a local page while it emerges"
        log.info("%s%s", self.reason, how)

    def show(self, frame: Frame) -> float:
        """Nobody sees it."""
        raise ViewerClosedError


def choose(options: Options) -> Viewer | None:
    """The viewer that the options ask for, ready; None for none.

    Raises OptionError for one that cannot work here, which is therefore asked for before the painting begins.
    """
    if options.display == "off" or not options.display_interval:
        return None
    if options.display == "window":
        return Window()
    if options.display == "browser" or options.display_port is not None:
        from neuralart.watch.display.browser import Browser

        return Browser(options.display_port, options.quiet)
    if options.display == "terminal":
        return Terminal()
    if in_notebook():
        return Notebook()
    return None if options.quiet else automatic()


def automatic() -> Viewer:
    """A window on a desktop, pictures in a terminal with 24-bit colours, or what says how to see them elsewhere."""
    reason = "there is no desktop here, nor a terminal with 24-bit colours"
    if has_desktop():
        try:
            return Window()
        except OptionError as error:
            reason = str(error)
    return Terminal() if is_colourful() else Hidden(reason)


@contextmanager
def opened(options: Options) -> Iterator[Viewer | None]:
    """The viewer that is chosen, see `choose`, while a run is prepared; it is closed here only if that fails."""
    viewer = choose(options)
    try:
        yield viewer
    except BaseException:
        if viewer:
            viewer.close(finished=False)
        raise
    if viewer:
        viewer.begin()


def shown(steps: Iterator[Step], options: Options) -> Iterator[Step]:
    """The same steps, shown while they are read. The viewer is opened at once, see `choose`."""
    with opened(options) as viewer:
        return _shown(steps, viewer, options.display_interval) if viewer else steps


def _shown(steps: Iterator[Step], viewer: Viewer, interval: int) -> Iterator[Step]:
    with Watchers() as watchers:
        watchers.open(Display(viewer, interval))
        for step in steps:
            watchers(step)
            yield step


@contextmanager
def displayed(options: Options, asked: bool) -> Iterator[list[Display]]:
    """For Python: what shows steps while this is open. Unasked it shows in a notebook only: scripts stay silent."""
    viewer = choose(options) if asked or in_notebook() else None
    if viewer is None:
        yield []
        return
    viewer.begin()
    with Display(viewer, options.display_interval) as display:
        yield [display]
