"""Shows how far the painting of a film is, frame by frame, whoever paints it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from neuralart.run.step import Step
from neuralart.video.forecast import Course
from neuralart.video.kept import Kept
from neuralart.video.prepared_film import Done, PreparedFilm
from neuralart.watch.progress import clock, summary

EACH = 0.5  # seconds between two looks into the folder of painted frames


class Told:
    """Shows progress by frame, with the time left: a bar on a terminal, else a line for every frame."""

    def __init__(self, made: PreparedFilm, quiet: bool) -> None:
        self.made, self.quiet, self.course = made, quiet, Course(made)
        self.bar: Progress | None = None
        if sys.stderr.isatty() and not quiet:
            columns = (TextColumn("frame"), BarColumn(bar_width=None), TextColumn("{task.description}"))
            self.bar = Progress(*columns, console=Console(stderr=True), expand=True, auto_refresh=False)
            self.task = self.bar.add_task("", total=self.course.whole)

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
        self._note(done.frame.index, done.turn, summary(done.step) if done.step else "", is_new=bool(done.step))

    @contextmanager
    def looking(self, kept: Kept, turn: int) -> Iterator[None]:
        """Report the frames of a pass that appear in the folder, whoever paints them."""
        over = threading.Event()
        for index in sorted(kept.painted(turn)):
            self._note(index, turn, "", is_new=False)
        thread = threading.Thread(target=self._look, args=(kept, turn, over), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _look(self, kept: Kept, turn: int, over: threading.Event) -> None:
        is_last = False
        while not is_last:
            is_last = over.wait(EACH)
            for index in sorted(kept.painted(turn) - self.course.there[turn]):
                self._note(index, turn, "painted", is_new=True)

    def _note(self, index: int, turn: int, words: str, *, is_new: bool) -> None:
        self.course.add(index, turn, is_new=is_new)
        if self.quiet:
            return
        line = self.line(index, turn, words or "painted before")
        if self.bar:
            self.bar.update(self.task, completed=self.course.whole - self.course.left, description=line)
            self.bar.refresh()
        elif is_new or index + 1 == self.course.frames:
            self._print(f"frame {line}")

    def line(self, index: int, turn: int, words: str) -> str:
        """Return a line that says how far the film is."""
        scenes = self.made.survey.scenes
        parts = [f"{index + 1}/{self.course.frames}"]
        if self.course.turns > 1:
            parts.append(f"pass {turn + 1}/{self.course.turns}")
        if len(scenes) > 1:
            parts.append(f"scene {self.made.survey.scene_of(index) + 1}/{len(scenes)}")
        parts.append(words)
        if (seconds := self.course.seconds) is not None:
            parts.append(f"{clock(seconds)} left")
        return "  ".join(parts)

    def _print(self, line: str) -> None:
        if self.bar:
            self.bar.console.print(line)
        elif not self.quiet:
            print(line, flush=True)
