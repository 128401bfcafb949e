"""Plots every term and the total over the iterations, from a run or from its log.

with LossPlot("losses.svg") as plot:
    neuralart.stylize("photo.jpg", "painting.jpg", watchers=[plot])
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

from neuralart.errors import OptionError, PictureError
from neuralart.figures.point import Point
from neuralart.image.place import check_place, named_format, replacing
from neuralart.image.source import cannot_read, first_line, quoted, sayable
from neuralart.run.step import Step

log = logging.getLogger(__name__)

FORMATS = {".svg": "SVG", ".png": "PNG", ".pdf": "PDF"}
MOST = 4000  # points to keep: more than a plot has pixels across


class LossPlot:
    """Records the terms of every step, and draws them as SVG, PNG or PDF, by the suffix of `path`.

    `write` makes the file, and so does leaving the context, even if the run was stopped or failed. A very long run does
    not keep every iteration, but always more than the plot can show.
    """

    def __init__(self, path: str | os.PathLike[str], title: str = "") -> None:
        """Plot to a file.

        Args:
            path: The file to write.
            title: The title of the plot.

        Raises:
            PictureError: The folder or the suffix of the path cannot be used.
            OptionError: Matplotlib is not installed.
        """
        check(path)
        self.path, self.title = path, title
        self.points: list[Point] = []
        self.every = 1

    def needs(self, step: Step) -> bool:
        """Return False, since it only reads numbers."""
        return False

    def __call__(self, step: Step) -> None:
        if step.total is None:
            return
        if step.iteration % self.every == 0 or step.is_last:
            self.points.append(Point(step.iteration, step.scale, step.size, step.total, dict(step.terms)))
        if len(self.points) > MOST:
            self.every *= 2
            self.points = [point for point in self.points if point.iteration % self.every == 0]

    def write(self) -> str:
        """Write the file, and return a line that says so. Raises PictureError."""
        if not self.points:
            raise PictureError(
                f"cannot write {quoted(self.path)}: no iteration has finished, so there is nothing to draw"
            )
        draw(self.points, self.path, self.title)
        return f"{self.path}: the terms of {self.points[-1].iteration} iterations"

    def __enter__(self) -> LossPlot:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if error is None or self.points:
                log.info(self.write())
        except PictureError as another:
            if error is None:
                raise
            log.warning("%s", another)  # the first error is the one to raise


def check(path: str | os.PathLike[str]) -> None:
    """Raise PictureError for a path that cannot be used, OptionError if Matplotlib is not installed."""
    named_format(Path(path).suffix, FORMATS, quoted(path))
    if find_spec("matplotlib") is None:
        raise OptionError('plots need Matplotlib, which is not installed: pip install "neuralart[plot]"')
    check_place(path)


def draw(points: Iterable[Point], path: str | os.PathLike[str], title: str = "") -> None:
    """Draw the points, which are in the order of their iterations, to a file. Raises PictureError."""
    from neuralart.figures.curves import curves, save

    with replacing(path) as spare:
        try:
            save(curves(list(points), sayable(title)), spare, FORMATS[Path(path).suffix.lower()].lower())
        except OSError:
            raise
        except Exception as error:  # whatever Matplotlib raises
            raise PictureError(f"cannot write {quoted(path)}: drawing failed ({first_line(error)})") from error


def read_log(path: str | os.PathLike[str]) -> list[Point]:
    """Return the points of a log written by `watch.log`, without an incomplete last line.

    Raises:
        OptionError: The file is not such a log; the message names the line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise OptionError(cannot_read(path, error, folder="name a file that --log wrote")) from None
    except ValueError:
        raise OptionError(f"cannot read {quoted(path)}: it is not text; name a file that --log wrote") from None
    read = [_point(path, number, line, len(lines)) for number, line in enumerate(lines, 1) if line.strip()]
    points = [point for point in read if point is not None]
    if not points:
        raise OptionError(f"the log {quoted(path)} has no finished iteration, so there is nothing to draw")
    return points


def _point(path: str | os.PathLike[str], number: int, line: str, last: int) -> Point | None:
    """Return the point of a log's line; None for a step without a total, and for an incomplete last line."""
    try:
        entry: dict[str, Any] = json.loads(line)
        if entry["total"] is None:
            return None
        terms = {str(name): float(value) for name, value in entry["terms"].items()}
        width, height = entry["size"]
        return Point(int(entry["iteration"]), int(entry["scale"]), (width, height), float(entry["total"]), terms)
    except (ValueError, TypeError, KeyError, AttributeError):
        if number == last > 1:
            return None
        raise OptionError(
            f"line {number} of {quoted(path)} is not what --log writes; name the log of a run (run.jsonl)"
        ) from None
