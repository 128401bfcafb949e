"""The main command: prepare, paint, watch, write. Whatever happens, the picture painted so far is kept."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from dataclasses import replace
from itertools import accumulate, combinations
from pathlib import Path
from typing import TYPE_CHECKING

from neuralart import api, build, collector
from neuralart.cli.beside import check as check_beside
from neuralart.cli.ending import Ending, Stopped, nothing_kept
from neuralart.cli.fetching import Bar
from neuralart.cli.interrupt import Ear, heard
from neuralart.cli.names import check_name, free_name, same_file
from neuralart.cli.stream import aside, check_output_stream
from neuralart.cli.together import silenced
from neuralart.distributed.group import ALONE, Group
from neuralart.distributed.join import joined, world
from neuralart.errors import NeuralartError, OptionError, PaintError, out_of_memory
from neuralart.facts import Text
from neuralart.image.ground import colour_of
from neuralart.image.sizes import fit
from neuralart.image.write import check_writable
from neuralart.options import Options, files, flag
from neuralart.run.reached import Reached
from neuralart.run.step import Step
from neuralart.together import STREAM, is_texture, long_edge
from neuralart.watch.checkpoint import Checkpoint
from neuralart.watch.display.choose import opened
from neuralart.watch.display.viewer import Display, Viewer
from neuralart.watch.frames import Frames
from neuralart.watch.log import Log
from neuralart.watch.progress import reporter
from neuralart.watch.watchers import Watchers

if TYPE_CHECKING:
    from neuralart.cli.resumed import Resumed

LONG = 600.0  # seconds; a run that takes longer keeps a checkpoint even if the user did not ask for one


def paint(options: Options, resumed: Resumed | None = None) -> int:
    """Paint one picture from options that name content and style, together with the processes that torchrun started.

    Args:
        options: The user's choices.
        resumed: What to continue from.

    Returns:
        The exit code.
    """
    if world() == 1:
        with aside(options):
            return _paint(options, ALONE, resumed)
    with joined(build.device(options)) as group:
        return _paint(options, group, resumed)


def _paint(given: Options, group: Group, resumed: Resumed | None) -> int:
    options, start = silenced(with_places(given), group), resumed.reached if resumed else None
    with heard(alone=group.count == 1) as ear:
        ear.rescue = nothing_kept
        run, viewer = _prepared(options, group, resumed)
        collector.begin()
        ending = Ending(run, options, keepers(run, options, resumed, asked=given.checkpoint is not None))
        ear.rescue = ending.rescue
        watchers = Watchers([ending, *ending.beside.watchers, *ending.checkpoints])
        with ear.later():  # no interruption between the last step and writing it
            _, stopped = follow(run, options, viewer, watchers, start, ear)
            return ending.end(stopped, ear) or int(watchers.failed)


def _prepared(options: Options, group: Group, resumed: Resumed | None) -> tuple[api.PreparedRun, Viewer | None]:
    """Prepare the run, and find out now, not after hours of work, whether everything can be read and written."""
    assert options.content and options.style and options.output
    with ExitStack() as opening:
        with group.together():
            reading = build.reading(options)
            content, _ = api.as_content(options.content, options, reading)
            styles = api.as_styles(options.style, reading, build.style_edge(options, content))
            if group.is_first:
                check_places(
                    options, fit(content.width, content.height, long_edge(options)), resumed=resumed is not None
                )
            viewer = opening.enter_context(opened(options))
            fetching = opening.enter_context(Bar(options.quiet))
        run = api.prepare(content, styles, options, fetching, group=group, download=True)
        with group.together():
            if resumed:
                resumed.check(run)
                run = resumed.as_before(run)
    return run, viewer


def keepers(run: api.PreparedRun, options: Options, resumed: Resumed | None, *, asked: bool) -> list[Checkpoint]:
    """The checkpoint, if there is to be one. asked: whether somebody asked for it, however short the run is."""
    if not options.checkpoint:
        return []
    facts, ends = {**run.facts(), "computed": run.computed()}, set(accumulate(one.iterations for one in run.schedule))
    after = 0.0 if asked else LONG
    keeper = Checkpoint(options.checkpoint, options.checkpoint_interval, facts, ends, options.checkpoint_history, after)
    if resumed and same_file(options.checkpoint, str(resumed.path)):
        keeper.kept = resumed.reached.iteration
    return [keeper]


def follow(
    run: api.PreparedRun,
    options: Options,
    viewer: Viewer | None = None,
    watchers: Watchers | None = None,
    start: Reached | None = None,
    ear: Ear | None = None,
) -> tuple[Step | None, Stopped]:
    """Paint and watch.

    Args:
        run: The run.
        options: The user's choices.
        viewer: The display, if there is one.
        watchers: Watchers in addition to those that the options ask for.
        start: What to continue from.
        ear: The listener for signals, if it is open already.

    Returns:
        The last step that was reached, and what stopped the run before its end.
    """
    last = None
    try:
        with nullcontext(ear) if ear else heard() as ear, watchers or Watchers() as watchers:
            open_readers(options, viewer, watchers)
            with ear.at_once():
                for step in run.steps(start, watchers.needs):
                    # Even with Ctrl-C in between, all watchers get a step or none do, and `last` agrees with that.
                    with ear.later():
                        last = step
                        watchers(step)
                    ear.check()
    except (NeuralartError, KeyboardInterrupt) as reason:
        return last, reason
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        return last, PaintError("there is not enough memory for a picture of this size; give a smaller --size")
    return last, None


def open_readers(options: Options, viewer: Viewer | None, watchers: Watchers) -> None:
    """Add everything that watches the run, as the options ask."""
    if options.log:
        watchers.open(Log(options.log))
    if options.output_dir:
        jpeg = {**build.recipe(options).jpeg, "background": colour_of(options.background), "strip": options.strip}
        watchers.add(Frames(options.output_dir, jpeg))
    if not options.quiet:
        report = watchers.open(reporter())
        if viewer and report.above:
            viewer.share(report.above)
    if viewer:
        watchers.open(Display(viewer, options.display_interval))


def with_places(options: Options) -> Options:
    """Fill in the names of all files and folders that will be written."""
    assert options.content and options.style
    suffix = "." + (options.format or ("tif" if options.pyramid else "png"))
    inputs = (*options.style, "texture") if is_texture(options) else (options.content, *options.style)
    stems = ["input" if name == STREAM else Path(name).stem for name in inputs]
    output = options.output or str(free_name(Path("-".join(stems) + suffix)))
    check_name(output)
    frames = options.output_dir or build.recipe(options).frames
    checkpoint = options.checkpoint
    if checkpoint is None and output != STREAM:
        checkpoint = str(free_name(Path(output).with_suffix(".checkpoint")))
    return replace(options, output=output, output_dir=frames, checkpoint=None if checkpoint == "none" else checkpoint)


def check_places(options: Options, size: tuple[int, int], *, resumed: bool = False) -> None:
    """Raise PictureError or OptionError unless everything can be written, and no input would be overwritten."""
    assert options.output
    named = [(flag(name), place) for name, place in files(options, Text.OUTPUT)]
    places = [(option, place) for option, place in named if place != STREAM]
    for option, place in named:
        if place == STREAM and option != "--output":
            raise OptionError(f"{option} is '-', and only the picture goes to standard output; give a file")
        if options.output_dir and Frames.is_one(place, options.output_dir):
            raise OptionError(f"{option} '{place}' has the name of a frame in --output-dir; give another name")
    for _, name in files(options, Text.INPUT):
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
