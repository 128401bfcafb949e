"""One painting: the order, its progress, and its run, which stops when nobody reads its steps, and can be continued."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from neuralart import api
from neuralart.app.curve import Curve
from neuralart.app.gallery import Gallery
from neuralart.app.job import Bar, Job
from neuralart.app.upload import Upload
from neuralart.errors import NeuralartError
from neuralart.image.picture import Picture
from neuralart.options import Options
from neuralart.recipes.regions import Masks
from neuralart.run.step import Step
from neuralart.together import NONE
from neuralart.video.animate import Animation
from neuralart.watch.progress import clock
from neuralart.watch.speed import Speed
from neuralart.watch.watchers import Watchers
from neuralart.weights.download import Progress


class Painting(Job):
    """A visitor's painting."""

    words: ClassVar = {
        "preparing": "Preparing: loading pictures and network",
        "finishing": "Finishing: writing picture and animation",
    }
    noun = "picture"

    def __init__(
        self,
        content: Upload | None,
        styles: Sequence[Upload],
        options: Options,
        folder: Path,
        masks: Mapping[str, Sequence[Upload | None]] = MappingProxyType({}),
    ) -> None:
        """Make a painting that has not started.

        Args:
            content: The photograph; None for a texture.
            styles: The styles.
            options: The options.
            folder: Where the film is written, until it is moved to the gallery.
            masks: The masks by option.
        """
        super().__init__()
        self.content, self.styles, self.options, self.masks = content, tuple(styles), options, masks
        self.iterations = options.num_iters
        self.curve, self.speed = Curve(), Speed()
        self.film: Animation | None = None
        self.watchers = Watchers()
        self.folder = folder
        self.run: api.PreparedRun | None = None
        self.steps: Iterator[Step] | None = None
        self.idle, self.paused_at = 0.0, 0.0  # seconds between turns, which count neither for the speed nor the record

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """All pictures that it is painted from."""
        masks = (mask for several in self.masks.values() for mask in several if mask)
        return (*self._inputs, *masks)

    @property
    def _inputs(self) -> tuple[Upload, ...]:
        return (*((self.content,) if self.content else ()), *self.styles)

    @property
    def name(self) -> str:
        """The name: photo-painting, from the names of the files; painting-texture if there is no photograph."""
        stems = [upload.stem for upload in self._inputs]
        return "-".join(stems if self.content else [*stems, "texture"])

    @property
    def seen(self) -> str:
        """The painting."""
        return "The painting"

    @property
    def bar(self) -> Bar | None:
        """The iterations."""
        return Bar(self.step.iteration, self.step.iterations, "Iterations") if self.step else None

    def prepare(self, notify: Callable[[Job], object]) -> None:
        """Read the pictures, load the network and check everything, once. Raises what `api.prepare` raises."""
        self.speed = Speed()
        if self.run is None:
            self.run = self.prepared(self.fetching(notify), download=True)
            self.steps = self.run.steps()
            film = self.folder / f"{self.key}{'.gif' if find_spec('av') is None else '.mp4'}"
            self.film = Animation(film, self.options.animation_size, self.options.animation_seconds)
            self.watchers = Watchers([self.curve.add, self.film])
        else:
            self.idle += time.perf_counter() - self.paused_at
        self.fetched = None
        self.enter("painting")

    def prepared(self, fetching: Progress | None = None, *, download: bool) -> api.PreparedRun:
        """Return its run, from its pictures. Raises what `api.prepare` raises; `download` and `fetching` as there."""
        content: Picture | str = self.content.read() if self.content else NONE
        styles = [style.read() for style in self.styles]
        read = lambda several: [mask and mask.read() for mask in several]
        masks = Masks.of({name: read(several) for name, several in self.masks.items()})
        return api.prepare(content, styles, self.options, fetching, masks=masks, download=download)

    def rehearse(self) -> Iterator[Step]:
        """Yield the steps of a run of its own. Weights that are not here yet are not fetched for it."""
        return self.prepared(download=False).steps()

    def paint(self, check: Callable[[], str | None]) -> str | None:
        """Read the run's steps until it ends or `check` returns a reason to stop. Return that reason."""
        assert self.steps is not None
        try:
            for step in self.steps:
                step = replace(step, seconds=step.seconds - self.idle)
                self.speed.update(step)
                self.watchers(step)
                self.notes += [f"iteration {step.iteration}: {note}" for note in step.notes]
                self.step, self.iterations = step, step.iterations
                reason = check()
                if reason is not None and not step.is_last:
                    return reason
            return None
        finally:
            self.paused_at = time.perf_counter()

    def keep(self, gallery: Gallery) -> None:
        """Write the picture and its film to the gallery; they replace an earlier state of the same painting.

        Raises PictureError if the picture cannot be written. A film that fails is only a note.
        """
        if self.run is None or self.film is None or self.step is None or self.step.total is None:
            return
        picture = self.run.picture(self.step)
        self.saved = gallery.keep(picture, self.name, self.options.bits, self.saved)
        self.record = picture.record
        try:
            self.film.write()
            gallery.join(self.saved, Path(self.film.path))
        except (NeuralartError, OSError) as error:
            self.notes.append(f"there is no animation: {error}")

    def let_go(self) -> None:
        """Drop the run, and everything that watches it."""
        self.run = self.steps = self.film = None
        self.watchers = Watchers()

    def told(self, step: Step) -> str:
        """Return iteration, size and time."""
        width, height = step.size
        where = f"iteration {step.iteration} of {step.iterations}, {width} × {height} pixels"
        if step.scales > 1:
            where += f" (scale {step.scale} of {step.scales})"
        if self.state == "painting":
            pace = f", {self.speed}, {clock(self.speed.left(step))} left" if self.speed.rate else ""
            return f"Painting: {where}{pace}"
        return f"{self.state.capitalize()}: {where}, {clock(step.seconds)} of painting"
