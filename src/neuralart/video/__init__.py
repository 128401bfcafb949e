"""Films: a painting filmed as it emerges, and films repainted.

    Animation (a reader of steps) -> Reel (stills, and how much each changes) -> encode -> GIF, WebP, MP4 or WebM

    opened (a film, frame by frame) -> surveyed (scenes) -> PreparedFilm (painted frames, kept) -> save -> a film

`timing` and `moments` are arithmetic only. Importing this package loads neither torch nor an encoder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuralart.video.choices import FilmOptions as FilmOptions
    from neuralart.video.repaint import Frame as Frame
    from neuralart.video.repaint import stylize as stylize

_HOMES = {
    "FilmOptions": "neuralart.video.choices",
    "Frame": "neuralart.video.repaint",
    "stylize": "neuralart.video.repaint",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'neuralart.video' has no attribute '{name}'")
