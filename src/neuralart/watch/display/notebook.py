"""Shows the painting below a notebook's cell, updated in place."""

from __future__ import annotations

import sys
from typing import Any

from neuralart.image.sizes import shrink
from neuralart.watch.display.frame import Frame, encoded, resized
from neuralart.watch.display.viewer import Viewer

LARGEST = 640  # pixels; a long edge that suits a column of text


def in_notebook() -> bool:
    """Whether this runs in a kernel, whose output can show pictures, unlike IPython in a terminal."""
    # In a notebook, this module is always imported already.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


class Notebook(Viewer):
    """Two outputs of the running cell: a line of text, and the picture."""

    def __init__(self) -> None:
        from IPython.display import display

        self.line = display({"text/plain": "preparing"}, raw=True, display_id=True)
        self.picture: Any = None

    def show(self, frame: Frame) -> float:
        """Show the frame in place of the previous one."""
        from IPython.display import display

        self.line.update({"text/plain": frame.caption}, raw=True)
        height, width = frame.pixels.shape[:2]
        data = encoded(resized(frame.pixels, shrink(width, height, LARGEST)), ".jpg")
        bundle = {"image/jpeg": data, "text/plain": f"the painting after {frame.caption}"}
        if self.picture is None:
            self.picture = display(bundle, raw=True, display_id=True)
        else:
            self.picture.update(bundle, raw=True)
        return 0.0
