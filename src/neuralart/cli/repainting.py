"""Paints a film from the command line: prepares it, follows it frame by frame and writes it; no frame is lost."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from neuralart.cli.fetching import Bar
from neuralart.cli.interrupt import exit_code, heard
from neuralart.errors import NeuralartError, PaintError, out_of_memory
from neuralart.options import Options
from neuralart.run.step import Step
from neuralart.values import colour_of
from neuralart.video import save
from neuralart.video.choices import FilmOptions
from neuralart.video.kept import Kept
from neuralart.video.prepared_film import Done, PreparedFilm
from neuralart.video.repaint import facts, prepare
from neuralart.video.save import Target
from neuralart.watch.display.choose import opened
from neuralart.watch.display.viewer import Display
from neuralart.watch.progress import clock, summary
from neuralart.watch.watchers import Watchers


def follow(film: str, choices: FilmOptions, options: Options, folder: Path, given: Mapping[str, Any]) -> int:
    """Paint and write a film; return the exit code. folder: Where to keep frames meanwhile."""
    begun = time.perf_counter()
    kept = Kept(folder)
    codec = save.codec_of(str(options.output), choices.codec)
    with heard() as ear, ear.at_once():
        with opened(options) as viewer, Bar(options.quiet) as fetching:
            made = prepare(film, options.style or (), choices, options, fetching, download=True)
            target = target_of(made, options, codec)
            save.check(target)
            kept.begun(facts(made, given))
        told = Told(made, options.quiet)
        ear.rescue = lambda stopped: told.interrupted(stopped, kept)
        try:
            with Watchers([told]) as watchers, told:
                if viewer:
                    watchers.open(Display(viewer, options.display_interval))
                for done in made.paint(kept, watchers):
                    told.done(done)
            with ear.later():
                save.save(target, made.finished(kept))
        except KeyboardInterrupt as stopped:
            ear.ending()
            return told.interrupted(stopped, kept)
        except NeuralartError as error:
            raise type(error)(f"{error}; {way_on(kept)}") from error
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            raise PaintError(f"there is not enough memory for frames of this size; {way_on(kept)}") from error
        kept.remove()
    if not options.quiet:
        width, height = made.size
        count = len(made.survey.moments)
        print(f"{target.path}: {count} frames, {width} x {height} pixels, {time.perf_counter() - begun:.1f} seconds")
    return 0


def target_of(made: PreparedFilm, options: Options, codec: str | None) -> Target:
    """Return where to write the film, with the original's sound if it has any."""
    path = Path(str(options.output))
    has_sound = bool(getattr(made.film, "sounds", ()))
    if has_sound and codec is None and not options.quiet:
        print(f"{path}: without the film's sound, which only a film's file holds")
    sound = made.film.path if has_sound and codec else None
    choices = made.choices
    return Target(path, codec, sound, choices.begin, choices.end, colour_of(options.background))


def way_on(kept: Kept) -> str:
    """Return a message that says how to continue."""
    return f"what is painted is kept in {kept.folder}: go on with neuralart resume {kept.folder}"


class Told:
    """Shows progress by frame, with the time left: a bar on a terminal, else a line for every frame."""

    def __init__(self, made: PreparedFilm, quiet: bool) -> None:
        self.made, self.quiet, self.begun = made, quiet, time.perf_counter()
        self.frames, self.turns = len(made.survey.moments), made.choices.passes
        works = [[made.work(index, turn) for index in range(self.frames)] for turn in range(self.turns)]
        self.works, self.left = works, sum(map(sum, works))
        self.painted = 0
        self.bar: Progress | None = None
        if sys.stderr.isatty() and not quiet:
            columns = (TextColumn("frame"), BarColumn(bar_width=None), TextColumn("{task.description}"))
            self.bar = Progress(*columns, console=Console(stderr=True), expand=True, auto_refresh=False)
            self.task = self.bar.add_task("", total=self.left)

    def __enter__(self) -> Told:
        if self.bar:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.stop()

    def needs(self, step: Step) -> bool:
        """Return False: it reads only numbers."""
        return False

    def __call__(self, step: Step) -> None:
        for note in step.notes:
            self._print(note)

    def done(self, done: Done) -> None:
        """Report a frame that is painted now, or was before."""
        index, turn, step = done.frame.index, done.turn, done.step
        work = self.works[turn][index]
        self.left = sum(self.works[turn][index + 1 :]) + sum(map(sum, self.works[turn + 1 :]))
        self.painted += work if step else 0
        if self.quiet:
            return
        line = self.line(index, turn, step)
        if self.bar:
            self.bar.update(self.task, completed=sum(map(sum, self.works)) - self.left, description=line)
            self.bar.refresh()
        elif step or index + 1 == self.frames:
            self._print(f"frame {line}")

    def line(self, index: int, turn: int, step: Step | None) -> str:
        """Return a line that says how far the film is."""
        scenes = self.made.survey.scenes
        words = [f"{index + 1}/{self.frames}"]
        if self.turns > 1:
            words.append(f"pass {turn + 1}/{self.turns}")
        if len(scenes) > 1:
            words.append(f"scene {self.made.survey.scene_of(index) + 1}/{len(scenes)}")
        words.append(summary(step) if step else "painted before")
        if self.painted:
            seconds = (time.perf_counter() - self.begun) * self.left / self.painted
            words.append(f"{clock(seconds)} left")
        return "  ".join(words)

    def interrupted(self, stopped: KeyboardInterrupt, kept: Kept) -> int:
        """Say what is kept; return the exit code."""
        print(f"interrupted: {way_on(kept)}", file=sys.stderr)
        return exit_code(stopped)

    def _print(self, line: str) -> None:
        if self.bar:
            self.bar.console.print(line)
        elif not self.quiet:
            print(line, flush=True)
