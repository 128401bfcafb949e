"""The main command: prepare, paint, watch, write; whatever happens, the picture reached so far is kept."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from neuralart import api
from neuralart.cli import INTERRUPTED
from neuralart.cli.fetching import Bar
from neuralart.errors import OptionError, PictureError
from neuralart.image.picture import Picture
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
    with ExitStack() as open_until_done:
        # Whatever cannot be written is found out now, not after hours of work.
        check_places(options)
        watchers: list[api.Watcher] = []
        if options.log:
            watchers.append(open_until_done.enter_context(Log(options.log)))
        with Bar(options.quiet) as fetching:
            run = api.prepare(options.content, options.style, options, fetching)
        if options.output_dir:
            watchers.append(Frames(options.output_dir, run.content, options.recipe))
        if not options.quiet:
            report = open_until_done.enter_context(reporter())
            watchers.append(report)
            if options.display_interval and (shown := preview(options.display_interval, report.console)):
                watchers.append(shown)
        last, interrupted = None, False
        try:
            for last in run.steps():
                for watch in watchers:
                    watch(last)
        except KeyboardInterrupt:
            interrupted = True
    if last is None:
        return INTERRUPTED
    save(run, last, options)
    if not options.quiet:
        where = f" after {last.iteration} of {last.iterations} iterations" if interrupted else ""
        print(f"{options.output}: {last.size[0]} x {last.size[1]} pixels, {last.seconds:.1f} seconds{where}")
    return INTERRUPTED if interrupted else 0


def with_places(options: Options) -> Options:
    """The options with every file and folder named that will be written."""
    assert options.content and options.style
    output = options.output or str(free_name(Path(f"{Path(options.content).stem}-{Path(options.style).stem}.png")))
    frames = options.output_dir or ("frames" if options.recipe == "original" else None)
    return replace(options, output=output, output_dir=frames)


def free_name(wanted: Path) -> Path:
    """The name itself, or with -2, -3, ... before its suffix: the first that no file has."""
    name, count = wanted, 1
    while name.exists() or name.is_symlink():
        count += 1
        name = wanted.with_stem(f"{wanted.stem}-{count}")
    return name


def check_places(options: Options) -> None:
    """Raise PictureError or OptionError unless everything can be written, and no input would be overwritten."""
    assert options.content and options.style and options.output
    for name in (options.content, options.style):
        if Path(options.output).exists() and Path(name).exists() and Path(options.output).samefile(name):
            raise OptionError(f"--output '{options.output}' would overwrite an input; give another name")
    check_writable(options.output)
    if options.output_dir:
        Frames.check(options.output_dir)


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
