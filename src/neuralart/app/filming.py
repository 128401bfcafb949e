"""A film that is repainted, frame by frame; it can be stopped and continued, and the gallery gets what there is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import count, islice
from pathlib import Path
from typing import ClassVar, NamedTuple

from neuralart.app.films import refuse_longer
from neuralart.app.gallery import Gallery
from neuralart.app.job import Bar, Job
from neuralart.app.upload import Upload
from neuralart.errors import NeuralartError, PictureError
from neuralart.image.picture import Picture
from neuralart.options import Options
from neuralart.run.step import Step
from neuralart.video import repaint, save, spread
from neuralart.video.choices import FilmOptions
from neuralart.video.forecast import Course, seconds_here
from neuralart.video.kept import Kept
from neuralart.video.prepared_film import PreparedFilm
from neuralart.video.target import CODECS, Target
from neuralart.watch.progress import clock
from neuralart.weights.download import Progress

USUAL = "h264"  # the codec of neuralart video


class Forecast(NamedTuple):
    """What a film would be: its frames, their size in pixels, and the seconds to paint them; None if not known yet."""

    frames: int
    size: tuple[int, int]
    seconds: float | None

    @property
    def what(self) -> str:
        """What would be painted."""
        width, height = self.size
        return f"{self.frames} frame{'' if self.frames == 1 else 's'} of {width} × {height} pixels"


class _EndedError(Exception):
    """The painting is to end for a reason."""


class Filming(Job):
    """A visitor's film."""

    words: ClassVar = {
        "preparing": "Preparing: looking through the film, loading the network",
        "finishing": "Finishing: writing the film",
    }
    noun = "film"

    def __init__(
        self,
        film: Upload,
        styles: Sequence[Upload],
        choices: FilmOptions,
        options: Options,
        folder: Path,
        max_seconds: float,
    ) -> None:
        """Make a film that has not started.

        Args:
            film: The film.
            styles: The styles.
            choices: The film's own options.
            options: The options of the painting.
            folder: Where frames and film are kept until the film is moved to the gallery.
            max_seconds: The longest part of a film that is painted.
        """
        super().__init__()
        self.film, self.styles, self.choices, self.options = film, tuple(styles), choices, options
        self.folder, self.max_seconds = folder, max_seconds
        self.kept = Kept(folder / f"{self.key}.frames")
        self.made: PreparedFilm | None = None
        self.target: Target | None = None
        self.course: Course | None = None
        self.threads = [1]
        self.seconds, self.turn = 0.0, 0

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """The film and its styles."""
        return (self.film, *self.styles)

    @property
    def name(self) -> str:
        """The name: film-painting, from the names of the files."""
        return "-".join(upload.stem for upload in self.uploads)

    @property
    def frame(self) -> int:
        """The number, from 1, of the frame that is being painted."""
        return min(self._painted(self.course) + 1, self.course.frames) if self.course else 1

    @property
    def seen(self) -> str:
        """The frame that is being painted."""
        return f"Frame {self.frame} of the film"

    @property
    def bar(self) -> Bar | None:
        """The frames of all passes."""
        course = self.course
        if course is None:
            return None
        return Bar(self.turn * course.frames + self._painted(course), course.turns * course.frames, "Frames")

    def prepare(self, notify: Callable[[Job], object]) -> None:
        """Look through the film, load the network and check everything, once. Raises what `video.prepare` raises."""
        if self.made is None:
            self.made = self.prepared(self.fetching(notify), download=True)
            self.target = self._target(self.made)
            self.threads = spread.threads(self.made)
            self.kept.begun(repaint.facts(self.made))
        self.course = Course(self.made)
        for turn in range(self.choices.passes):
            for index in self.kept.painted(turn):
                self.course.add(index, turn, is_new=False)
        self.fetched = None
        self.enter("painting")

    def prepared(self, fetching: Progress | None = None, *, download: bool) -> PreparedFilm:
        """Return what is to be painted. Raises what `video.prepare` raises, and OptionError if the film is too long."""
        styles = [style.read() for style in self.styles]
        # Whatever the file says about its length, no more of it is decoded.
        latest = self.choices.begin + self.max_seconds + 1
        bounded = replace(self.choices, end=min(self.choices.end or latest, latest))
        try:
            made = repaint.prepare(self.film.path, styles, bounded, self.options, fetching, download=download)
        except PictureError as error:
            raise self.film.named(error) from None
        refuse_longer(self.film, float(made.survey.moments[-1].end), self.max_seconds)
        content = replace(made.run.content, source=Path(self.film.name))
        return replace(
            made, choices=replace(made.choices, end=self.choices.end), run=replace(made.run, content=content)
        )

    def rehearse(self) -> Iterator[Forecast]:
        """Yield how many frames there are, and then how long they take. Nothing is fetched for it."""
        made = self.prepared(download=False)
        known = Forecast(len(made.survey.moments), made.size, None)
        yield known
        yield known._replace(seconds=seconds_here(made))

    def paint(self, check: Callable[[], str | None]) -> str | None:
        """Paint the frames that are not painted yet until `check` returns a reason to stop. Return that reason."""
        assert self.made is not None and self.course is not None
        begun = time.perf_counter()

        def watch(step: Step) -> None:
            self.step = step
            self.notes += step.notes
            reason = check()
            if reason is not None and not step.is_last:
                raise _EndedError(reason)

        try:
            for turn in self.made.turns(self.kept):
                self.turn = turn
                for done in spread.here(self.made, self.kept, turn, self.threads[min(turn, 1)], watch):
                    self.course.add(done.frame.index, turn, is_new=done.step is not None)
            return None
        except _EndedError as ended:
            return str(ended)
        finally:
            self.seconds += time.perf_counter() - begun

    def keep(self, gallery: Gallery) -> None:
        """Write the film, as far as it is painted, to the gallery, with one of its frames as its picture.

        They replace an earlier state of the same film. Raises PictureError or OSError.
        """
        if self.made is None or self.target is None:
            return
        made, last, whole = self.made, self.choices.passes - 1, len(self.made.survey.moments)
        there = next(index for index in count() if index == whole or not self.kept.has(index, last))
        if not there:
            return
        target = self.target
        if there < whole:
            target = replace(target, end=self.choices.begin + float(made.survey.moments[there - 1].end))
        save.save(target, islice(made.finished(self.kept), there))
        poster = self._poster(made, there)
        self.saved = gallery.keep(poster, self.name, 8, self.saved)
        self.record = poster.record
        gallery.join(self.saved, target.path)

    def let_go(self) -> None:
        """Drop the run and the frames."""
        self.made = self.target = None
        self.kept.remove()

    def told(self, step: Step) -> str:
        """Return frame, iteration, size and time."""
        width, height = step.size
        size, course = f"{width} × {height} pixels", self.course
        if course is None:
            return self.state.capitalize()
        if self.state != "painting":
            frames = f"{self._painted(course)} of {course.frames} frame{'' if course.frames == 1 else 's'}"
            return f"{self.state.capitalize()}: {frames}, {size}, {clock(self.seconds)} of painting"
        parts = [f"frame {self.frame} of {course.frames}"]
        if course.turns > 1:
            parts.append(f"pass {self.turn + 1} of {course.turns}")
        parts += [f"iteration {step.iteration} of {step.iterations}", size]
        if (left := course.seconds) is not None:
            parts.append(f"{clock(left)} left")
        return f"Painting: {', '.join(parts)}"

    def _painted(self, course: Course) -> int:
        """Return how many frames of this pass are painted."""
        return len(course.there[self.turn])

    def _target(self, made: PreparedFilm) -> Target:
        """Return where the film is written: as `neuralart video` does, or in the next format that holds its sound."""
        codec = self.choices.codec or USUAL
        refused: NeuralartError | None = None
        for suffix in (suffix for suffix, codecs in CODECS.items() if codec in codecs):
            target = made.target(self.folder / f"{self.key}{suffix}", codec)
            try:
                save.check(target)
            except NeuralartError as error:
                refused = refused or error
            else:
                return target
        assert refused is not None
        raise self.film.named(refused)

    def _poster(self, made: PreparedFilm, there: int) -> Picture:
        """Return a frame from the middle of what is painted, with the film's record."""
        picture = made.picture(made.frames.at(there // 2), self.kept)
        film = {"frames": there, "of": len(made.survey.moments), "options": asdict(self.choices)}
        return replace(picture, record={**(picture.record or {}), "film": film})
