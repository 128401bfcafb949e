"""Chooses how to show the painting: as requested, or whatever works here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from neuralart.errors import OptionError
from neuralart.options import Options
from neuralart.run.step import Step
from neuralart.watch.display.desktop import has_desktop
from neuralart.watch.display.frame import Frame
from neuralart.watch.display.notebook import Notebook, in_notebook
from neuralart.watch.display.terminal import Terminal, is_colourful
from neuralart.watch.display.viewer import Display, Viewer, ViewerClosedError
from neuralart.watch.display.window import Window
from neuralart.watch.watchers import Watchers

log = logging.getLogger(__name__)

HOW = "--display browser"


class Hidden(Viewer):
    """Shows nothing, and says so in one line when the painting begins, since nobody asked for a display."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def begin(self) -> None:
        """Say why nothing is shown, and how to see the painting."""
        how = "" if HOW in self.reason else f"; {HOW} shows the painting on a local page as it emerges"
        log.info("%s%s", self.reason, how)

    def show(self, frame: Frame) -> float:
        """Raise ViewerClosedError, so that no more frames are taken."""
        raise ViewerClosedError


def choose(options: Options) -> Viewer | None:
    """Return the viewer that the options ask for, ready to use; None for none.

    It is called before the painting begins.

    Raises:
        OptionError: For a viewer that cannot work here.
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
    """Return a window on a desktop, pictures in a terminal with 24-bit colours, or a hint about other ways."""
    reason = "there is neither a desktop nor a terminal with 24-bit colours here"
    if has_desktop():
        try:
            return Window()
        except OptionError as error:
            reason = str(error)
    return Terminal() if is_colourful() else Hidden(reason)


@contextmanager
def opened(options: Options) -> Iterator[Viewer | None]:
    """Open the viewer (see `choose`) while a run is prepared; close it only if that fails."""
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
    """Return the same steps, shown while they are read. The viewer is opened at once, see `choose`."""
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
    """Yield the display for Python. Unless the user asked for one, it only shows in a notebook; scripts stay silent."""
    viewer = choose(options) if asked or in_notebook() else None
    if viewer is None:
        yield []
        return
    viewer.begin()
    with Display(viewer, options.display_interval) as display:
        yield [display]
