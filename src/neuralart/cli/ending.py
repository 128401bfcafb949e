"""How a painting ends: whatever happens, the picture painted so far is written, and a message says where."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from neuralart import api
from neuralart.cli.beside import Beside
from neuralart.cli.interrupt import Ear, Interrupted, exit_code
from neuralart.cli.stream import put_out
from neuralart.errors import NeuralartError, PictureError, escaped
from neuralart.image.ground import colour_of
from neuralart.image.picture import Picture
from neuralart.image.write import encode, write
from neuralart.options import Options
from neuralart.run.step import Step
from neuralart.together import STREAM, suffix_of
from neuralart.watch.checkpoint import Checkpoint

Stopped = NeuralartError | KeyboardInterrupt | None


class Ending:
    """Watches the run for its last step, and writes that step with everything that belongs to it.

    Attributes:
        run: The run.
        options: The user's choices.
        beside: The other files that are made with the picture.
        checkpoints: The checkpoint, if there is one.
        last: The last step so far.
    """

    def __init__(self, run: api.PreparedRun, options: Options, checkpoints: Sequence[Checkpoint] = ()) -> None:
        self.run, self.options, self.checkpoints = run, options, checkpoints
        self.beside = Beside(options)
        self.last: Step | None = None

    def needs(self, step: Step) -> bool:
        """Return False: the first step, the last, and that of a stop have their image anyway."""
        return False

    def __call__(self, step: Step) -> None:
        self.last = step

    def end(self, stopped: Stopped, ear: Ear) -> int:
        """Write everything, and report it.

        Args:
            stopped: What stopped the run before its end, if anything did.
            ear: The listener for signals.

        Returns:
            The exit code.

        Raises:
            NeuralartError: What stopped the run, with a message that says what was kept.
            KeyboardInterrupt: If there is no picture yet.
        """
        last = self.last
        if last is not None and not last.has_image:
            return ended(stopped, self.options)
        if last is None or (last.total is None and isinstance(stopped, NeuralartError)):
            raise stopped or KeyboardInterrupt
        ear.ending()
        return self._write(last, stopped, ear)

    def rescue(self, stopped: Interrupted) -> int:
        """Do the same on another thread, if the painting's thread is too busy. Returns the exit code."""
        if self.last is None:
            return nothing_kept(stopped)
        # The painting's threads keep every core busy; more threads would only wait for each other.
        torch.set_num_threads(1)
        try:
            return self._write(self.last, stopped, Ear())
        except NeuralartError as error:
            print(f"neuralart: {escaped(str(error))}", file=sys.stderr)
            return exit_code(stopped)

    def _write(self, last: Step, stopped: Stopped, ear: Ear) -> int:
        options, reached = self.options, f"after {last.iteration} of {last.iterations} iterations"
        try:
            with ear.later():  # the picture is worth more than an impatient second signal
                try:
                    save(self.run, last, options)
                finally:
                    for checkpoint in self.checkpoints if stopped and last.iteration else ():
                        if checkpoint.is_worth_it(last):
                            checkpoint.keep(last)
            if not options.quiet and not isinstance(stopped, NeuralartError):
                where = f" {reached}" if stopped else ""
                print(f"{options.output}: {last.size[0]} x {last.size[1]} pixels, {last.seconds:.1f} seconds{where}")
                self._point_out(stopped)
        finally:
            with ear.at_once():
                is_whole = self.beside.write(self.run, last)
        if isinstance(stopped, NeuralartError):
            on = _way_on(options)
            raise type(stopped)(f"{stopped}; the picture reached {reached} is {options.output}{on and '; ' + on}")
        for checkpoint in self.checkpoints if not stopped else ():
            checkpoint.remove()
        return exit_code(stopped) if stopped else 0 if is_whole else 1

    def _point_out(self, stopped: Stopped) -> None:
        for checkpoint in self.checkpoints:
            if stopped and checkpoint.kept is not None:
                print(f"{checkpoint.path}: continue from here with neuralart resume {checkpoint.path}")


def ended(stopped: Stopped, options: Options) -> int:
    """End a process that has no picture: one of several, or one whose run broke off. Returns the exit code."""
    if isinstance(stopped, NeuralartError):
        nothing = "nothing was kept; --checkpoint FILE keeps a checkpoint"
        raise type(stopped)(f"{stopped}; {_way_on(options) or nothing}")
    return exit_code(stopped) if stopped else 0


def nothing_kept(stopped: Interrupted) -> int:
    """End after a signal that came before there was anything to keep. Returns the exit code."""
    print("neuralart: interrupted", file=sys.stderr)
    return exit_code(stopped)


def _way_on(options: Options) -> str:
    """Say how to continue if there is a checkpoint; otherwise return nothing."""
    if not options.checkpoint or not Path(options.checkpoint).exists():
        return ""
    return f"the last checkpoint is {options.checkpoint}; continue with neuralart resume {options.checkpoint}"


def save(run: api.PreparedRun, step: Step, options: Options) -> None:
    """Write the picture; if its place has become unwritable, write it where there is room, and say so."""
    assert options.output
    picture: Picture = run.picture(step)
    try:
        _write(picture, options)
    except (PictureError, OSError) as error:
        for folder in refuges():
            if (place := _refuge(picture, folder, strip=options.strip)) is not None:
                raise PictureError(f"{error}; the picture was saved as {place}") from None
        tried = ", ".join(map(str, refuges()))
        on = _way_on(options)
        raise PictureError(f"{error}; there was no room in {tried} either{on and '; ' + on}") from None


def _write(picture: Picture, options: Options) -> None:
    assert options.output
    how: dict[str, Any] = {"bits": options.bits, "quality": options.quality, "strip": options.strip}
    how["background"] = colour_of(options.background)
    if options.output == STREAM:
        put_out(encode(picture, f".{suffix_of(options)}", **how))
    else:
        write(picture, options.output, pyramid=options.pyramid, format=options.format, **how)


def refuges() -> Iterator[Path]:
    """Yield folders for a picture that fits nowhere else, on different disks if possible."""
    tried = set()
    with suppress(OSError):  # no folder for temporary files is writable
        tried.add(Path(tempfile.gettempdir()))
        yield Path(tempfile.gettempdir())
    for folder in ("/var/tmp", "/dev/shm"):
        if Path(folder).is_dir() and Path(folder) not in tried:
            yield Path(folder)
    for find in (Path.cwd, Path.home):
        with suppress(OSError, RuntimeError):  # the folder is gone, or the user has none
            yield find()


def _refuge(picture: Picture, folder: Path, *, strip: bool) -> Path | None:
    """Write the picture into a new folder below this one and return its place; None, leaving nothing, without room."""
    with suppress(OSError):
        own = Path(tempfile.mkdtemp(prefix="neuralart-", dir=folder))
        try:
            write(picture, own / "picture.png", strip=strip)
        except (PictureError, OSError):
            own.rmdir()
        else:
            return own / "picture.png"
    return None
