"""Paints a film from the command line: prepares it, has its frames painted and writes it; no frame is lost."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock

from neuralart.cli.engines import engine
from neuralart.cli.fetching import Bar
from neuralart.cli.frames import Told
from neuralart.cli.interrupt import exit_code, heard
from neuralart.cli.video_options import VideoOptions
from neuralart.errors import NeuralartError, PaintError, counted, out_of_memory
from neuralart.jobs.folder import GONE
from neuralart.jobs.manifest import Manifest
from neuralart.options import Options
from neuralart.run.step import Step
from neuralart.video import save, spread
from neuralart.video.kept import Kept, known
from neuralart.video.prepared_film import PreparedFilm
from neuralart.video.repaint import facts, prepare
from neuralart.video.target import Target, codec_of
from neuralart.watch.display.choose import opened
from neuralart.watch.display.viewer import Display
from neuralart.watch.watchers import Watchers

if TYPE_CHECKING:
    from neuralart.jobs.engine import Engine

TURN = 1.0  # seconds between two tries to be the one that writes the film


@dataclass(frozen=True)
class Painting:
    """A film to paint and write. folder: Where to keep frames meanwhile."""

    film: str
    settings: VideoOptions
    options: Options
    folder: Path

    @property
    def kept(self) -> Kept:
        """The painted frames."""
        return Kept(self.folder)

    def follow(self, given: Mapping[str, Any]) -> int:
        """Paint and write the film; return the exit code. given: What resuming needs."""
        begun, options, kept = time.perf_counter(), self.options, self.kept
        codec = codec_of(str(options.output), self.settings.codec)
        with heard() as ear, ear.at_once():
            with opened(options) as viewer, Bar(options.quiet) as fetching:
                made = prepare(self.film, options.style or (), self.settings.choices, options, fetching, download=True)
                target = made.target(Path(str(options.output)), codec)
                if made.has_sound and codec is None and not options.quiet:
                    print(f"{target.path}: without the film's sound, which only a film's file holds")
                save.check(target)
                own = {} if kept.folder.exists() else {"survey": made.survey.plain(), "threads": spread.threads(made)}
                kept.begun({**facts(made, given), **own})
            told = Told(made, options.quiet)
            ear.rescue = lambda stopped: interrupted(stopped, kept)
            manifest = Manifest(kept.folder / spread.MANIFEST)
            with manifest.held(alone=self.settings.engine != "folder"):
                try:
                    with Watchers([told]) as watchers, told:
                        if viewer:
                            watchers.open(Display(viewer, options.display_interval))
                        self._paint(made, manifest, told, watchers)
                    with ear.later():
                        is_ours = self._write(made, target)
                except KeyboardInterrupt as stopped:
                    ear.ending()
                    return interrupted(stopped, kept)
                except NeuralartError as error:
                    raise type(error)(f"{error}; {way_on(kept)}") from error
                except (MemoryError, RuntimeError) as error:
                    if not out_of_memory(error):
                        raise
                    raise PaintError(f"there is not enough memory for frames of this size; {way_on(kept)}") from error
        if not options.quiet:
            print(self._told(made, target, time.perf_counter() - begun, is_ours=is_ours))
        return 0

    def _paint(self, made: PreparedFilm, manifest: Manifest, told: Told, watch: Callable[[Step], object]) -> None:
        """Paint all passes, in this process or through the engine."""
        kept, settings = self.kept, self.settings
        each = known(kept.folder).get("threads") or spread.threads(made)
        count = settings.workers or spread.workers(made)
        is_alone = settings.engine == "processes" and count == 1
        at_work: Engine | None = None
        with ExitStack() as stack:
            for turn in made.turns(kept):
                threads = settings.ray_cores if settings.engine == "ray" else each[min(turn, 1)]
                if is_alone or (settings.engine == "processes" and len(spread.jobs(made, kept, turn)) <= 1):
                    for done in spread.here(made, kept, turn, threads, watch):
                        told.done(done)
                    continue
                if at_work is None:
                    at_work = stack.enter_context(self._engine(made, count, manifest))
                with told.looking(kept, turn):
                    for _ in spread.spread(made, kept, turn, threads=threads, engine=at_work, manifest=manifest):
                        pass
                if not kept.about.exists():  # another process has finished the film
                    return

    def _engine(self, made: PreparedFilm, count: int, manifest: Manifest) -> Engine:
        """Return the engine for so many stretches at once, unless GPUs or a cluster decide that."""
        is_cpu = made.run.network.device.type == "cpu" and self.settings.engine != "ray"
        settings = replace(self.settings, workers=count) if is_cpu else self.settings
        return engine(settings, made.run.options, len(made.survey.moments), manifest)

    def _write(self, made: PreparedFilm, target: Target) -> bool:
        """Write the film and remove the frames; return False if another process has."""
        kept = self.kept
        lock = filelock.FileLock(kept.folder / "film.lock")
        while kept.about.exists():
            try:
                with lock.acquire(timeout=TURN):
                    if kept.about.exists():
                        save.save(target, made.finished(kept))
                        kept.remove()
                        return True
            except (filelock.Timeout, *GONE):
                continue
        kept.remove()  # a lock may have made the folder again
        return False

    def _told(self, made: PreparedFilm, target: Target, seconds: float, *, is_ours: bool) -> str:
        """Return the line that says what was made."""
        if not is_ours:
            return f"{target.path}: another process has written it"
        width, height = save.size(target, made.size)
        frames = counted(len(made.survey.moments), "frame")
        return f"{target.path}: {frames}, {width} x {height} pixels, {seconds:.1f} seconds"


def way_on(kept: Kept) -> str:
    """Return a message that says how to continue."""
    return f"what is painted is kept in {kept.folder}: go on with neuralart resume {kept.folder}"


def interrupted(stopped: KeyboardInterrupt, kept: Kept) -> int:
    """Say what is kept; return the exit code."""
    print(f"interrupted: {way_on(kept)}", file=sys.stderr)
    return exit_code(stopped)
