"""One painting: the order, its progress, and its run, which stops when nobody reads its steps, and can be continued."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from neuralart import api
from neuralart.app.curve import Curve
from neuralart.app.gallery import Gallery
from neuralart.errors import NeuralartError, PictureError
from neuralart.image.limits import Reading
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.image.source import open_file, quoted
from neuralart.options import Options
from neuralart.recipes.regions import Masks
from neuralart.run.step import Step
from neuralart.together import NONE
from neuralart.video.animate import Animation
from neuralart.watch.progress import clock
from neuralart.watch.speed import Speed
from neuralart.watch.watchers import Watchers
from neuralart.weights.download import Progress

ACTIVE = ("waiting", "preparing", "painting", "finishing")
WORDS = {
    "preparing": "Preparing: loading pictures and network",
    "finishing": "Finishing: writing picture and animation",
}

NEVER: Callable[[], bool] = lambda: False
SIZED = Reading(max_pixels=2**31)  # the app compares sizes with its own limit


@dataclass(frozen=True)
class Upload:
    """A picture that a visitor sent: its file, and the visitor's name for it."""

    path: Path
    name: str

    def size(self, max_megapixels: float) -> tuple[int, int]:
        """Return (width, height) in pixels, without decoding it. Raises PictureError if it cannot be accepted."""
        try:
            image = open_file(self.path, SIZED).image
        except PictureError as error:
            raise self._named(error) from None
        if image.width * image.height > max_megapixels * 1e6:
            raise PictureError(
                f"{quoted(self.name)} has {image.width} x {image.height} pixels, but this app accepts at most"
                f" {max_megapixels:g} million; make it smaller first"
            )
        return image.width, image.height

    def read(self) -> Picture:
        """Return the picture, under the visitor's name for it."""
        try:
            return replace(read(self.path, reading=SIZED), source=Path(self.name))
        except PictureError as error:
            raise self._named(error) from None

    def _named(self, error: PictureError) -> PictureError:
        return PictureError(str(error).replace(str(self.path), self.name))


class Painting:
    """A visitor's painting. Only that visitor knows `key`; `version` increases whenever there is something new."""

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
        self.key = secrets.token_urlsafe(16)
        self.content, self.styles, self.options, self.masks = content, tuple(styles), options, masks
        self.state, self.message, self.version = "new", "", 0
        self.wanted_end: str | None = None
        self.watched_at, self.is_watched = 0.0, NEVER
        self.visitor: str | None = None  # the session that watches it
        self.step: Step | None = None
        self.iterations = options.num_iters
        self.notes: list[str] = []
        self.curve, self.speed = Curve(), Speed()
        self.film: Animation | None = None
        self.watchers = Watchers()
        self.folder = folder
        self.saved: Path | None = None
        self.record: dict[str, Any] | None = None
        self.fetched: tuple[int, int | None] | None = None
        self.run: api.PreparedRun | None = None
        self.steps: Iterator[Step] | None = None
        self.is_released, self.reached = False, ""
        self.idle, self.paused_at = 0.0, 0.0  # seconds between turns, which count neither for the speed nor the record

    @property
    def is_active(self) -> bool:
        """Whether it waits or is in progress."""
        return self.state in ACTIVE

    @property
    def can_go_on(self) -> bool:
        """Whether it was stopped and is still in memory."""
        return self.state == "stopped" and not self.is_released

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
        stems = [Path(upload.name).stem for upload in self._inputs]
        return "-".join(stems if self.content else [*stems, "texture"])

    def enter(self, state: str, message: str = "") -> None:
        """Change state; the message is for the visitor."""
        self.state, self.message, self.version = state, message, self.version + 1

    def prepare(self, notify: Callable[[Painting], object]) -> None:
        """Read the pictures, load the network and check everything, once. Raises what `api.prepare` raises."""
        self.speed = Speed()
        if self.run is None:

            def fetching(here: int, total: int | None) -> None:
                self.fetched = here, total
                notify(self)

            self.run = self.prepared(fetching, download=True)
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

    def release(self) -> None:
        """Release everything that takes memory: pictures, network, targets, the optimiser's history."""
        self.reached = self.progress(0)
        self.run = self.steps = self.step = self.film = None
        self.watchers = Watchers()
        self.is_released = True

    def progress(self, ahead: int) -> str:
        """Return the progress in one line. `ahead` is the number of paintings before this one."""
        if self.state == "waiting":
            return f"Waiting: {ahead} painting{'' if ahead == 1 else 's'} before this one"
        if self.state == "preparing" and self.fetched is not None:
            here, total = self.fetched
            return f"Downloading the network's weights: {here / 1e6:.0f}{f' of {total / 1e6:.0f}' if total else ''} MB"
        if self.state in WORDS:
            return WORDS[self.state]
        step = self.step
        return self.reached or (self._progress(step) if step else self.state.capitalize())

    def _progress(self, step: Step) -> str:
        width, height = step.size
        where = f"iteration {step.iteration} of {step.iterations}, {width} × {height} pixels"
        if step.scales > 1:
            where += f" (scale {step.scale} of {step.scales})"
        if self.state == "painting":
            pace = f", {self.speed}, {clock(self.speed.left(step))} left" if self.speed.rate else ""
            return f"Painting: {where}{pace}"
        return f"{self.state.capitalize()}: {where}, {clock(step.seconds)} of painting"
