"""How a painting ends: whatever happens, the picture reached so far is written, and it is said where."""

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
from neuralart.image.picture import Picture
from neuralart.image.write import encode, write
from neuralart.options import Options
from neuralart.run.step import Step
from neuralart.together import STREAM, suffix_of
from neuralart.values import colour_of
from neuralart.watch.checkpoint import Checkpoint

Stopped = NeuralartError | KeyboardInterrupt | None


class Ending:
    """Watches the run for the last step that was reached, and writes it, with what belongs to it.

    Attributes:
        beside: What is made beside the picture.
        checkpoints: The checkpoint, if there is to be one.
        last: The last step that was reached.
    """

    def __init__(self, run: api.PreparedRun, options: Options, checkpoints: Sequence[Checkpoint] = ()) -> None:
        self.run, self.options, self.checkpoints = run, options, checkpoints
        self.beside = Beside(options)
        self.last: Step | None = None

    def needs(self, step: Step) -> bool:
        """The first step, the last, and that of a stop have their image by themselves."""
        return False

    def __call__(self, step: Step) -> None:
        self.last = step

    def end(self, stopped: Stopped, ear: Ear) -> int:
        """Write everything, and say so; returns the exit code. stopped: what ended the run before its time, if it was.

        Raises what stopped the run where no picture was reached; an error is raised with what is kept in its words.
        """
        last = self.last
        if last is not None and not last.has_image:
            return ended(stopped, self.options)
        if last is None or (last.total is None and isinstance(stopped, NeuralartError)):
            raise stopped or KeyboardInterrupt
        ear.ending()
        return self._write(last, stopped, ear)

    def rescue(self, stopped: Interrupted) -> int:
        """The same, while the painting's own thread does not come to it. Returns the exit code."""
        if self.last is None:
            return nothing_kept(stopped)
        # The painting's own threads keep every core busy; more of ours would only wait for one another.
        torch.set_num_threads(1)
        try:
            return self._write(self.last, stopped, Ear())
        except NeuralartError as error:
            print(f"neuralart: {escaped(str(error))}", file=sys.stderr)
            return exit_code(stopped)

    def _write(self, last: Step, stopped: Stopped, ear: Ear) -> int:
        options, reached = self.options, f"after {last.iteration} of {last.iterations} iterations"
        try:
            with ear.later():  # a second signal may be impatient; the picture is worth more
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
                print(f"{checkpoint.path}: go on from here with neuralart resume {checkpoint.path}")


def ended(stopped: Stopped, options: Options) -> int:
    """The end of a process that has no picture: of one among others, or of a run that broke off."""
    if isinstance(stopped, NeuralartError):
        nothing = "nothing was kept: next time let --checkpoint FILE keep what is reached"
        raise type(stopped)(f"{stopped}; {_way_on(options) or nothing}")
    return exit_code(stopped) if stopped else 0


def nothing_kept(stopped: Interrupted) -> int:
    """A signal came before there was anything to keep. Returns the exit code."""
    print("neuralart: interrupted", file=sys.stderr)
    return exit_code(stopped)


def _way_on(options: Options) -> str:
    """How to go on, where there is a checkpoint; else nothing."""
    if not options.checkpoint or not Path(options.checkpoint).exists():
        return ""
    return f"the last checkpoint is {options.checkpoint}, go on from it with neuralart resume {options.checkpoint}"


def save(run: api.PreparedRun, step: Step, options: Options) -> None:
    """Write the picture; should its place have become unwritable meanwhile, write it where there is room and say so."""
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
    """Folders where a picture may lie that fits nowhere else, of different disks if there are such."""
    seen = set()
    with suppress(OSError):  # no folder for temporary files can be written to
        seen.add(Path(tempfile.gettempdir()))
        yield Path(tempfile.gettempdir())
    for folder in ("/var/tmp", "/dev/shm"):
        if Path(folder).is_dir() and Path(folder) not in seen:
            yield Path(folder)
    for find in (Path.cwd, Path.home):
        with suppress(OSError, RuntimeError):  # the folder is gone, or nobody's
            yield find()


def _refuge(picture: Picture, folder: Path, *, strip: bool) -> Path | None:
    """Where the picture lies in a folder of its own below this one; None if there is no room, which leaves nothing."""
    with suppress(OSError):
        own = Path(tempfile.mkdtemp(prefix="neuralart-", dir=folder))
        try:
            write(picture, own / "picture.png", strip=strip)
        except (PictureError, OSError):
            own.rmdir()
        else:
            return own / "picture.png"
    return None
