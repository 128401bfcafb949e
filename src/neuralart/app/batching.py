"""Many pictures at one go: every photograph in every style, one after another; each is kept as soon as it is painted.

Pictures share the network and the targets of a style, as in `neuralart batch`. One that fails is passed over.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import ClassVar, NamedTuple

import torch

from neuralart import build, forecast
from neuralart.app.gallery import Gallery, plain
from neuralart.app.job import Bar, Job, reason
from neuralart.app.upload import Upload
from neuralart.errors import NeuralartError, PaintError
from neuralart.image.picture import Picture
from neuralart.image.sizes import fit
from neuralart.image.source import quoted
from neuralart.jobs.painter import Painter
from neuralart.options import Options
from neuralart.prepared import PreparedRun
from neuralart.run.step import Step
from neuralart.together import long_edge
from neuralart.watch.progress import clock
from neuralart.watch.speed import Speed

SHAPES = 5  # of photographs whose work is foretold; for the others their average is taken


class Forecast(NamedTuple):
    """What a batch would be: its photographs and styles, and the seconds to paint it; None if not known yet."""

    photographs: int
    styles: int
    seconds: float | None

    @property
    def what(self) -> str:
        """What would be painted."""
        count = self.photographs * self.styles
        if self.styles == 1:
            return number(count)
        return f"{number(count)}: {number(self.photographs, 'photograph')} in {self.styles} styles"


@dataclass
class Piece:
    """One picture of a batch.

    Attributes:
        content, style: What it is painted from.
        name: Its name, which no other picture of the batch has, without suffix.
        pixels: Its size.
        saved: Where it lies in the gallery, once it is painted.
        error: Why it could not be painted.
    """

    content: Upload
    style: Upload
    name: str
    pixels: int
    saved: Path | None = None
    error: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is still to be painted."""
        return self.saved is None and not self.error

    @property
    def about(self) -> str:
        """What it shows, in words."""
        return f"{self.content.name} in the style of {self.style.name}"

    @property
    def failure(self) -> str:
        """What could not be painted, and why."""
        return f"{quoted(self.content.name)} in the style of {quoted(self.style.name)}: {self.error}"


class Batching(Job):
    """A visitor's batch."""

    words: ClassVar = {"preparing": "Preparing: loading the network", "finishing": "Finishing"}
    noun = "picture"

    def __init__(
        self,
        contents: Sequence[tuple[Upload, tuple[int, int]]],
        styles: Sequence[Upload],
        options: Options,
        gallery: Gallery,
    ) -> None:
        """Make a batch that has not started.

        Args:
            contents: The photographs, each with its (width, height).
            styles: The styles.
            options: The options of every picture.
            gallery: Where each picture is kept once it is painted.
        """
        super().__init__()
        self.sizes, self.styles, self.options, self.gallery = dict(contents), tuple(styles), options, gallery
        self.pieces = pieces(contents, styles, long_edge(options))
        self.piece, self.is_begun = self.pieces[0], False  # whether `step` is one of this picture's
        self.painter: Painter | None = None
        self.run: PreparedRun | None = None
        self.steps: Iterator[Step] | None = None
        self.style: tuple[Upload, Picture] | None = None  # the one that was read last
        self.speed, self.idle, self.paused_at = Speed(), 0.0, 0.0
        self.seconds = 0.0  # of painting
        self.timed, self.pixels = 0.0, 0  # seconds and pixels of the pictures that are finished

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """The photographs and the styles."""
        return (*self.sizes, *self.styles)

    @property
    def painted(self) -> list[tuple[Piece, Path]]:
        """The pictures that are there, in the order in which they were painted, each with its place."""
        return [(piece, piece.saved) for piece in self.pieces if piece.saved is not None]

    @property
    def failed(self) -> list[Piece]:
        """The pictures that could not be painted."""
        return [piece for piece in self.pieces if piece.error]

    @property
    def seen(self) -> str:
        """The picture that is being painted."""
        return f"Picture {self._number} of {len(self.pieces)}"

    @property
    def bar(self) -> Bar | None:
        """The pictures, in hundredths."""
        done, step = len(self.painted) + len(self.failed), self.step
        part = step.iteration / step.iterations if step and self.is_begun and self.piece.is_open else 0
        return Bar(round(100 * (done + part)), 100 * len(self.pieces), "Pictures")

    def prepare(self, notify: Callable[[Job], object]) -> None:
        """Load the network, once. Raises WeightsError or FetchError."""
        if self.painter is None:
            self.painter = Painter()
            self.painter.network(self.options, self.fetching(notify), download=True)
        self.fetched = None
        self.enter("painting")

    def paint(self, check: Callable[[], str | None]) -> str | None:
        """Paint what is open until `check` returns a reason to stop. Return that reason.

        Raises PaintError if nothing at all could be painted.
        """
        begun = time.perf_counter()
        try:
            for piece in self.pieces:
                if piece.is_open and (ended := self._painted(piece, check)) is not None:
                    return ended
        finally:
            self.paused_at = time.perf_counter()
            self.seconds += self.paused_at - begun
        if not self.painted:
            reasons = {piece.error for piece in self.failed}
            raise PaintError(reasons.pop() if len(reasons) == 1 else "none of the pictures could be painted")
        return None

    def keep(self, gallery: Gallery) -> None:
        """Do nothing: every picture was kept when it was painted."""

    def rehearse(self) -> Iterator[Forecast]:
        """Yield how many pictures there are, and then, better and better, how long they take. Nothing is fetched."""
        known = Forecast(len(self.sizes), len(self.styles), None)
        yield known
        for seconds in self._foretold():
            yield known._replace(seconds=seconds)

    def let_go(self) -> None:
        """Drop the run, and everything that pictures share."""
        self.painter = self.run = self.steps = self.style = None

    def told(self, step: Step) -> str:
        """Return picture, iteration, size and time."""
        if self.state != "painting":
            failed = f", {len(self.failed)} failed" if self.failed else ""
            there = f"{len(self.painted)} of {number(len(self.pieces))}{failed}"
            return f"{self.state.capitalize()}: {there}, {clock(self.seconds)} of painting"
        where = f"Painting: picture {self._number} of {len(self.pieces)}"
        if not self.is_begun:
            return where
        width, height = step.size
        left = f", {clock(self._left(step))} left" if self.speed.rate else ""
        return f"{where}, iteration {step.iteration} of {step.iterations}, {width} × {height} pixels{left}"

    @property
    def _number(self) -> int:
        return self.pieces.index(self.piece) + 1

    def _painted(self, piece: Piece, check: Callable[[], str | None]) -> str | None:
        """Paint a picture, or go on with it, until `check` returns a reason to stop. Return that reason."""
        ended = None
        try:
            for step in self._steps(piece):
                step = replace(step, seconds=step.seconds - self.idle)
                self.speed.update(step)
                self.step, self.is_begun = step, True
                self.notes += [f"{piece.name}: {note}" for note in step.notes]
                ended = check()
                if ended is not None and not step.is_last:
                    return ended
            assert self.run is not None and self.step is not None
            piece.saved = self.gallery.keep(self.run.picture(self.step), piece.name, self.options.bits)
            self.timed, self.pixels = self.timed + self.step.seconds, self.pixels + piece.pixels
        except Exception as error:  # one picture does not cost the others
            piece.error = reason(error, self.noun)
        self.run = self.steps = None
        return ended if any(other.is_open for other in self.pieces) else None

    def _steps(self, piece: Piece) -> Iterator[Step]:
        """Return the steps of a picture: all, or those after the last one that was read."""
        if self.steps is not None and self.piece is piece:
            self.idle += time.perf_counter() - self.paused_at
            return self.steps
        self.piece, self.is_begun, self.speed, self.idle = piece, False, Speed(), 0.0
        assert self.painter is not None
        self.run = self.painter.fitted(piece.content.read(), [self._style(piece.style)], self.options, download=True)
        self.steps = self.run.steps()
        return self.steps

    def _style(self, style: Upload) -> Picture:
        """Read a style, unless it was the last one."""
        if self.style is None or self.style[0] != style:
            self.style = style, style.read()
        return self.style[1]

    def _left(self, step: Step) -> float:
        """Estimate how long the rest takes: this picture at its pace, the others by their pixels."""
        own = self.speed.left(step)
        rest = sum(piece.pixels for piece in self.pieces if piece.is_open and piece is not self.piece)
        seconds, pixels = (self.timed, self.pixels) if self.pixels else (step.seconds + own, self.piece.pixels)
        return own + rest * seconds / pixels

    def _foretold(self) -> Iterator[float]:
        """Yield after every shape an estimate of how long all of it takes, from evaluations timed now."""
        painter, style = Painter(), self.styles[0].read()
        shapes, timed, count, pace = Counter(self.sizes.values()), 0.0, 0, 0.0
        for (width, height), often in shapes.most_common(SHAPES):
            # One number for all pixels takes no memory, and the work depends on the shape alone.
            grey = Picture(torch.full((1, 1, 1, 1), 127.5).expand(1, 3, height, width))
            try:
                run = painter.fitted(grey, [style], self.options)
            except NeuralartError:  # painting will report it
                continue
            wishes = build.wishes(run)
            choice = wishes.fitted(build.limit(run.options, run.network)[0])
            if choice is None:
                continue
            pace = pace or forecast.rate(run, wishes, choice)
            timed, count = timed + often * pace * forecast.multiplications(run, wishes, choice), count + often
            yield timed / count * len(self.pieces)


def pieces(contents: Sequence[tuple[Upload, tuple[int, int]]], styles: Sequence[Upload], edge: int) -> list[Piece]:
    """Return a picture for every photograph in every style, one style after another, so that its targets are shared.

    No two have the same name, not even where names do not tell capitals from small letters. edge: Their long edge.
    """
    made, taken = [], set[str]()
    for style, (content, size) in product(styles, contents):
        width, height = fit(*size, edge)
        stem = name = plain(f"{content.stem}-{style.stem}")
        count = 1
        while name.casefold() in taken:
            count += 1
            name = f"{stem}-{count}"
        taken.add(name.casefold())
        made.append(Piece(content, style, name, width * height))
    return made


def number(count: int, noun: str = "picture") -> str:
    """Return a count with its noun.

    >>> number(1), number(3, "photograph")
    ('1 picture', '3 photographs')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"
