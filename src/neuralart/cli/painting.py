"""The main command: prepare, paint, watch, write; whatever happens, the picture reached so far is kept."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import accumulate, combinations
from pathlib import Path
from typing import TYPE_CHECKING

from neuralart import api, build
from neuralart.cli import INTERRUPTED
from neuralart.cli.beside import Beside
from neuralart.cli.beside import check as check_beside
from neuralart.cli.fetching import Bar
from neuralart.cli.interrupt import heard
from neuralart.cli.stream import aside, check_output_stream, put_out
from neuralart.cli.together import looked, may_read, silenced
from neuralart.distributed.group import ALONE, Group
from neuralart.distributed.join import joined, world
from neuralart.errors import NeuralartError, OptionError, PaintError, PictureError, out_of_memory
from neuralart.image.sizes import fit
from neuralart.image.transparency import ground
from neuralart.image.write import check_writable, encode, write
from neuralart.options import Options, flag
from neuralart.run.reached import Reached
from neuralart.run.step import Step
from neuralart.together import STREAM, suffix_of
from neuralart.values import colour_of
from neuralart.watch.checkpoint import Checkpoint
from neuralart.watch.display.choose import opened
from neuralart.watch.display.viewer import Display, Viewer
from neuralart.watch.frames import Frames
from neuralart.watch.log import Log
from neuralart.watch.progress import reporter

if TYPE_CHECKING:
    from neuralart.cli.resumed import Resumed


def paint(options: Options, resumed: Resumed | None = None) -> int:
    """Paint one picture from options that name content and style; together with the processes that torchrun started.

    resumed: what to go on from. Returns the exit code.
    """
    if world() == 1:
        with aside(options):
            return _paint(with_places(options), ALONE, resumed)
    with joined(build.device(options)) as group:
        return _paint(with_places(options), group, resumed)


def _paint(named: Options, group: Group, resumed: Resumed | None) -> int:
    options, start = silenced(named, group), resumed.reached if resumed else None
    run, viewer = _prepared(options, group, resumed)
    beside = Beside(options, ground(run.content.alpha, colour_of(options.background)))
    checkpoints = keepers(run, options)
    last, stopped = follow(run, options, viewer, [*beside.watchers, *checkpoints], start)
    for checkpoint in checkpoints:
        if stopped and last and last.iteration and not last.image.is_meta:
            checkpoint.keep(last)
    if group.count > 1 and (last is None or last.image.is_meta):
        return ended(stopped, named)
    if last is None or (last.total is None and isinstance(stopped, NeuralartError)):
        raise stopped or KeyboardInterrupt
    code = _finish(run, last, stopped, options, beside)
    for checkpoint in checkpoints:
        if not stopped:
            checkpoint.remove()
        elif not options.quiet and checkpoint.kept is not None:
            print(f"{checkpoint.path}: go on from here with neuralart resume {checkpoint.path}")
    return code


def _prepared(options: Options, group: Group, resumed: Resumed | None) -> tuple[api.PreparedRun, Viewer | None]:
    """Whatever cannot be read or written is found out now, not after hours of work, and before anything is made."""
    assert options.content and options.style and options.output
    with ExitStack() as opening:
        with group.together():
            reading = build.reading(options)
            content = api.as_picture(options.content, "content", reading)
            style = api.as_picture(options.style, "style", reading)
            if group.is_first:
                check_places(options, fit(content.width, content.height, options.size), resumed=resumed is not None)
            viewer = opening.enter_context(opened(options))
            fetching = opening.enter_context(Bar(options.quiet))
        run = api.prepare(content, style, options, fetching, group=group)
        with group.together():
            if resumed:
                resumed.check(run)
    return run, viewer


def keepers(run: api.PreparedRun, options: Options) -> list[Checkpoint]:
    """The checkpoint that the options ask for, if any."""
    if not options.checkpoint:
        return []
    ends = accumulate(stage.iterations for stage in run.stages())
    return [Checkpoint(options.checkpoint, options.checkpoint_interval, run.facts(), set(ends))]


def ended(stopped: NeuralartError | KeyboardInterrupt | None, options: Options) -> int:
    """The end of a process that has no picture: of one among others, or of a run that broke off."""
    if isinstance(stopped, NeuralartError):
        nothing = "nothing was kept: next time let --checkpoint FILE keep what is reached"
        raise type(stopped)(f"{stopped}; {_way_on(options) or nothing}")
    return INTERRUPTED if stopped else 0


def _way_on(options: Options) -> str:
    """How to go on, where there is a checkpoint; else nothing."""
    if not options.checkpoint or not Path(options.checkpoint).exists():
        return ""
    return f"the last checkpoint is {options.checkpoint}, go on from it with neuralart resume {options.checkpoint}"


def _finish(
    run: api.PreparedRun,
    last: Step,
    stopped: NeuralartError | KeyboardInterrupt | None,
    options: Options,
    beside: Beside,
) -> int:
    """Write the picture and what belongs to it, and say so. Returns the exit code."""
    reached = f"after {last.iteration} of {last.iterations} iterations"
    try:
        save(run, last, options)
        if not options.quiet and not isinstance(stopped, NeuralartError):
            where = f" {reached}" if stopped else ""
            print(f"{options.output}: {last.size[0]} x {last.size[1]} pixels, {last.seconds:.1f} seconds{where}")
    finally:
        is_whole = beside.write(run, last)
    if isinstance(stopped, NeuralartError):
        on = _way_on(options)
        raise type(stopped)(f"{stopped}; the picture reached {reached} is {options.output}{on and '; ' + on}")
    return INTERRUPTED if stopped else 0 if is_whole else 1


def follow(
    run: api.PreparedRun,
    options: Options,
    viewer: Viewer | None = None,
    others: Sequence[api.Watcher] = (),
    start: Reached | None = None,
) -> tuple[Step | None, NeuralartError | KeyboardInterrupt | None]:
    """Paint and watch: the last step that was reached, and what stopped the run before its end.

    others: what watches beside the readers that the options ask for. start: what to go on from.
    """
    last = None
    try:
        with heard() as ear, ExitStack() as open_until_done:
            watchers = [*readers(options, viewer, open_until_done), *others]
            for step in run.steps(start, looked(watchers)):
                # Shown to all of them or to none, and the last one only then, also if Ctrl-C comes in between.
                with ear.later():
                    last = step
                    for watch in watchers:
                        if may_read(watch, step):
                            watch(step)
                ear.check()
    except (NeuralartError, KeyboardInterrupt) as reason:
        return last, reason
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        return last, PaintError("there is not enough memory for a picture of this size; give a smaller --size")
    return last, None


def readers(options: Options, viewer: Viewer | None, open_until_done: ExitStack) -> list[api.Watcher]:
    """Everything that watches the run, as the options ask."""
    watchers: list[api.Watcher] = []
    if options.log:
        watchers.append(open_until_done.enter_context(Log(options.log)))
    if options.output_dir:
        watchers.append(Frames(options.output_dir, options.recipe))
    if not options.quiet:
        report = open_until_done.enter_context(reporter())
        watchers.append(report)
        if viewer and report.above:
            viewer.share(report.above)
    if viewer:
        watchers.append(open_until_done.enter_context(Display(viewer, options.display_interval)))
    return watchers


def with_places(options: Options) -> Options:
    """The options with every file and folder named that will be written."""
    assert options.content and options.style
    suffix = "." + (options.format or ("tif" if options.pyramid else "png"))
    stems = ["input" if name == STREAM else Path(name).stem for name in (options.content, options.style)]
    output = options.output or str(free_name(Path("-".join(stems) + suffix)))
    frames = options.output_dir or ("frames" if options.recipe == "original" else None)
    return replace(options, output=output, output_dir=frames)


def free_name(wanted: Path) -> Path:
    """The name itself, or with -2, -3, ... before its suffix: the first that no file has."""
    name, count = wanted, 1
    while os.path.lexists(name):
        count += 1
        name = wanted.with_stem(f"{wanted.stem}-{count}")
    return name


def check_places(options: Options, size: tuple[int, int], *, resumed: bool = False) -> None:
    """Raise PictureError or OptionError unless everything can be written, and no input would be overwritten."""
    assert options.output
    named = ("output", "log", "plot", "animation", "sheet", "checkpoint")
    places = [(flag(name), place) for name in named if (place := getattr(options, name)) and place != STREAM]
    for name in filter(None, (options.content, options.style, options.weights)):
        for option, place in places:
            if same_file(place, name):
                raise OptionError(f"{option} '{place}' would overwrite an input; give another name")
        if options.output_dir and Frames.is_one(name, options.output_dir):
            raise OptionError(f"frames in '{options.output_dir}' could overwrite '{name}'; give another --output-dir")
    for (option, place), (other, taken) in combinations(reversed(places), 2):
        if same_file(place, taken):
            raise OptionError(f"{option} and {other} are both '{taken}'; give two names")
    if options.output == STREAM:
        check_output_stream()
    else:
        check_writable(options.output, size, options.format)
    if options.output_dir:
        Frames.check(options.output_dir)
    if options.log:
        Log.check(options.log)
    if options.checkpoint:
        Checkpoint.check(options.checkpoint, resumed=resumed)
    check_beside(options)


def same_file(one: str, other: str) -> bool:
    """Whether two names mean the same file, links followed; a file that is not there yet is one, too."""
    # os.path, which says no where pathlib raises, as for a name that is too long.
    if os.path.exists(one) and os.path.exists(other):  # noqa: PTH110
        return Path(one).samefile(other)
    return os.path.realpath(one) == os.path.realpath(other)


def save(run: api.PreparedRun, step: Step, options: Options) -> None:
    """Write the picture; should its place have become unwritable meanwhile, write it where there is room and say so."""
    assert options.output
    picture, background = run.picture(step), colour_of(options.background)
    try:
        if options.output == STREAM:
            suffix, bits, quality = f".{suffix_of(options)}", options.bits, options.quality
            record, strip = picture.record, options.strip
            data = encode(
                picture, suffix, bits=bits, quality=quality, record=record, background=background, strip=strip
            )
            put_out(data)
            return
        write(
            picture,
            options.output,
            bits=options.bits,
            quality=options.quality,
            record=picture.record,
            pyramid=options.pyramid,
            format=options.format,
            background=background,
            strip=options.strip,
        )
    except (PictureError, OSError) as error:
        rescue = Path(tempfile.mkdtemp(prefix="neuralart-")) / "picture.png"
        write(picture, rescue, record=picture.record)
        raise PictureError(f"{error}; the picture was saved as {rescue}") from None
