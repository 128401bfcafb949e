"""Refuses content and styles that are not there, before PyTorch is imported, which takes seconds. Imports no torch."""

from __future__ import annotations

import os

from neuralart.errors import PictureError
from neuralart.image.paintings import resolved
from neuralart.options import Options
from neuralart.together import STREAM, is_none


def refuse_missing(options: Options) -> None:
    """Raise PictureError if the content or a style is not there, or a folder.

    Of several processes that paint together, each has its own files, and none may leave before it has told the others.
    """
    if os.environ.get("WORLD_SIZE", "1") != "1":
        return
    from neuralart.image.source import absent  # numpy, for which --help does not wait

    content = options.content
    names = [] if content is None or is_none(content) else [content]
    for name in (*names, *map(resolved, options.style or ())):
        if os.fspath(name) != STREAM and (reason := absent(name)):
            raise PictureError(reason)
