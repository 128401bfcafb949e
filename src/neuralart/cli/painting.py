"""The main command: prepare, paint, watch, write; whatever happens, the picture reached so far is kept."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from neuralart import api
from neuralart.cli import INTERRUPTED
from neuralart.cli.fetching import Bar
from neuralart.errors import NeuralartError, OptionError, PaintError, PictureError
from neuralart.image.picture import Picture
from neuralart.image.sizes import fit
from neuralart.image.write import check_writable, write
from neuralart.options import Options
from neuralart.run.step import Step
from neuralart.watch.frames import Frames
from neuralart.watch.log import Log
from neuralart.watch.preview import preview
from neuralart.watch.progress import reporter


def paint(options: Options) -> int:
    """Paint one picture from options that name content and style. Returns the exit code."""
    options = with_places(options)
    assert options.content and options.style and options.output
    # Whatever cannot be read or written is found out now, not after hours of work, and before anything is made.
    content, style = api.as_picture(options.content, "content"), api.as_picture(options.style, "style")
    check_places(options, fit(content.width, content.height, options.size))
    with Bar(options.quiet) as fetching:
        run = api.prepare(content, style, options, fetching)
    last, stopped = follow(run, options)
    if last is None or (last.total is None and isinstance(stopped, NeuralartError)):
        raise stopped or KeyboardInterrupt
    save(run, last, options)
    reached = f"after {last.iteration} of {last.iterations} iterations"
    if isinstance(stopped, NeuralartError):
        raise type(stopped)(f"{stopped}; the picture reached {reached} is {options.output}")
    if not options.quiet:
        where = f" {reached}" if stopped else ""
        print(f"{options.output}: {last.size[0]} x {last.size[1]} pixels, {last.seconds:.1f} seconds{where}")
    return INTERRUPTED if stopped else 0


def follow(run: api.PreparedRun, options: Options) -> tuple[Step | None, NeuralartError | KeyboardInterrupt | None]:
    """Paint and watch: the last step that was reached, and what stopped the run before its end."""
    last = None
    try:
        with ExitStack() as open_until_done:
            watchers = readers(options, open_until_done)
            for last in run.steps():
                for watch in watchers:
                    watch(last)
    except (NeuralartError, KeyboardInterrupt) as reason:
        return last, reason
    except (MemoryError, RuntimeError) as error:
        # PyTorch has an error class of its own for a GPU that is full, but none for the CPU.
        if isinstance(error, RuntimeError) and "memory" not in str(error):
            raise
        return last, PaintError("there is not enough memory for a picture of this size; give a smaller --size")
    return last, None


def readers(options: Options, open_until_done: ExitStack) -> list[api.Watcher]:
    """Everything that watches the run, as the options ask."""
    watchers: list[api.Watcher] = []
    if options.log:
        watchers.append(open_until_done.enter_context(Log(options.log)))
    if options.output_dir:
        watchers.append(Frames(options.output_dir, options.recipe))
    if not options.quiet:
        report = open_until_done.enter_context(reporter())
        watchers.append(report)
        if options.display_interval and (shown := preview(options.display_interval, report.console, report.show)):
            watchers.append(shown)
    return watchers


def with_places(options: Options) -> Options:
    """The options with every file and folder named that will be written."""
    assert options.content and options.style
    output = options.output or str(free_name(Path(f"{Path(options.content).stem}-{Path(options.style).stem}.png")))
    frames = options.output_dir or ("frames" if options.recipe == "original" else None)
    return replace(options, output=output, output_dir=frames)


def free_name(wanted: Path) -> Path:
    """The name itself, or with -2, -3, ... before its suffix: the first that no file has."""
    name, count = wanted, 1
    while os.path.lexists(name):
        count += 1
        name = wanted.with_stem(f"{wanted.stem}-{count}")
    return name


def check_places(options: Options, size: tuple[int, int]) -> None:
    """Raise PictureError or OptionError unless everything can be written, and no input would be overwritten."""
    assert options.output
    for name in filter(None, (options.content, options.style, options.weights)):
        for place, option in ((options.output, "--output"), (options.log, "--log")):
            if place and same_file(place, name):
                raise OptionError(f"{option} '{place}' would overwrite an input; give another name")
        if options.output_dir and Frames.is_one(name, options.output_dir):
            raise OptionError(f"frames in '{options.output_dir}' could overwrite '{name}'; give another --output-dir")
    if options.log and same_file(options.log, options.output):
        raise OptionError(f"--log and --output are both '{options.output}'; give two names")
    check_writable(options.output, size)
    if options.output_dir:
        Frames.check(options.output_dir)
    if options.log:
        Log.check(options.log)


def same_file(one: str, other: str) -> bool:
    """Whether two names mean the same file, links followed; a file that is not there yet is one, too."""
    # os.path, which says no where pathlib raises, as for a name that is too long.
    if os.path.exists(one) and os.path.exists(other):  # noqa: PTH110
        return Path(one).samefile(other)
    return os.path.realpath(one) == os.path.realpath(other)


def save(run: api.PreparedRun, step: Step, options: Options) -> None:
    """Write the picture; should its place have become unwritable meanwhile, write it where there is room and say so."""
    assert options.output
    picture: Picture = run.picture(step)
    try:
        write(picture, options.output, bits=options.bits, quality=options.quality, record=picture.record)
    except (PictureError, OSError) as error:
        rescue = Path(tempfile.mkdtemp(prefix="neuralart-")) / "picture.png"
        write(picture, rescue, record=picture.record)
        raise PictureError(f"{error}; the picture was saved as {rescue}") from None
