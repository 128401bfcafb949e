"""neuralart watch: paints every picture that comes into a folder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuralart.cli import own, parser
from neuralart.cli.batch import Patience, of_all, retry_option
from neuralart.cli.engines import workers_option
from neuralart.cli.inputs import refuse_missing
from neuralart.cli.interrupt import Interrupted, exit_code, heard
from neuralart.cli.tally import Tally
from neuralart.errors import NeuralartError, OptionError, escaped, suggest
from neuralart.facts import Text
from neuralart.options import Options, option
from neuralart.values import check_all

if TYPE_CHECKING:
    from neuralart.jobs.engine import Engine
    from neuralart.jobs.job import Job, Result
    from neuralart.jobs.manifest import Manifest

log = logging.getLogger(__name__)

USAGE = """\
neuralart watch FOLDER --style PAINTING --output FOLDER [options]

Paint every picture that is in a folder or comes into it, until Ctrl-C, which ends after the pictures under way; twice
ends at once. What is painted already is not painted again, unless the picture has changed. --output is a folder, for
'out/{content}.png', or a name with the fields of neuralart batch --help. All options of neuralart --help apply that say
what to paint and how."""

SETTLED = 1.0  # seconds without a change after which a file counts as whole
ASKED = 500  # milliseconds between two checks whether to end
BATCH = 10**6  # pictures: enough that as many processes are started as allowed


@dataclass(frozen=True, kw_only=True)
class WatchOptions:
    """The command's own options, besides those of paintings."""

    manifest: str | None = option(
        None,
        "Watch",
        "what has become of every picture, as JSON lines",
        unset="watch.manifest.jsonl in the watched folder",
        shown="FILE",
        text=Text.OUTPUT,
    )
    workers: int | None = workers_option("Watch")
    retry: int = retry_option("Watch")

    def __post_init__(self) -> None:
        check_all(self)


def run(words: list[str]) -> int:
    """Watch until a signal comes; return the exit code. Raises OptionError."""
    made = own.build(WatchOptions, "neuralart watch", USAGE)
    if parser.asks_for_help(words):
        print(made.format_help(), end="")
        return 0
    if not words or words[0].startswith("-"):
        raise OptionError("neuralart watch needs a folder: neuralart watch in/ --style PAINTING --output out/")
    folder = Path(words[0])
    settings, rest = own.take(made, WatchOptions, words[1:])
    common, quiet = of_all(rest)
    common["output"] = template(folder, common)
    if "style" not in common:
        raise OptionError("--style PAINTING is missing; see neuralart watch --help")
    if "content" in common:
        raise OptionError("--content is what comes into the folder; leave it out")
    if find_spec("watchfiles") is None:
        raise OptionError('neuralart watch needs watchfiles; install it with: pip install "neuralart[watch]"')
    return watch(settings, folder, common, quiet=quiet)


def template(folder: Path, common: dict[str, Any]) -> str:
    """Return the template of output names. Raises OptionError if it lies in the watched folder, or is missing."""
    if not folder.is_dir():
        siblings = folder.parent.iterdir() if folder.parent.is_dir() else ()
        near = suggest(folder.name, [one.name for one in siblings if one.is_dir()])
        raise OptionError(f"there is no folder '{folder}'{near or '; make it first'}")
    from neuralart.image.write import FORMATS

    given = common.get("output")
    if not given:
        raise OptionError("--output out/ is missing; it says where the pictures go")
    if "{" not in given:
        if Path(given).suffix.lower() in FORMATS and not Path(given).is_dir() and not given.endswith("/"):
            raise OptionError(f"--output '{given}' is one file, and many pictures come; give a folder, such as out/")
        given = str(Path(given) / f"{{content}}.{common.get('format', 'png')}")
    if Path(given).parent.resolve() == folder.resolve():
        raise OptionError(f"--output '{given}' lies in the folder that is watched; give another folder")
    return str(given)


def watch(settings: WatchOptions, folder: Path, common: dict[str, Any], *, quiet: bool) -> int:
    """Paint what is there and what comes; return the exit code."""
    refuse_missing(Options(style=common["style"]))
    from watchfiles import watch as changes

    from neuralart.jobs.manifest import Manifest

    manifest = Manifest(Path(settings.manifest) if settings.manifest else folder / "watch.manifest.jsonl")
    tell = Lines(0, 0, quiet)
    stopped: KeyboardInterrupt = Interrupted()
    with manifest.held(alone=True), heard() as ear, ear.later(), ExitStack() as stack:
        manifest.refresh()
        patience = Patience(ear, tell.note if not quiet else lambda line: None)
        room = Room(settings, common, manifest, stack, patience.stops)
        try:
            tell.note(f"{folder}: painted as pictures come; Ctrl-C ends it")
            # Look for existing pictures only once changes are reported, so that none in between is missed.
            for found in changes(folder, recursive=False, rust_timeout=ASKED, yield_on_timeout=True, debounce=200):
                if patience.stops():
                    break
                if found or room.waits:
                    room.take(folder, tell)
        except KeyboardInterrupt as reason:
            stopped = reason
        stopped = Interrupted(ear.number) if ear.number else stopped
    tell.end(manifest, stopped=False)
    return exit_code(stopped)


class Lines(Tally):
    """Prints a line for every picture: how many will come is unknown."""

    def done(self, result: Result) -> None:
        """Report a painted picture."""
        if not self.quiet:
            print(f"{result.output}: {result.seconds:.1f} seconds", flush=True)

    def note(self, line: str) -> None:
        """Report something else at once, unless quiet."""
        if not self.quiet:
            super().note(line)


class Room:
    """Paints what has come, in processes that stay for what comes next.

    Attributes:
        waits: Whether there are pictures that have not been looked at, or may not be whole yet.
    """

    def __init__(
        self,
        settings: WatchOptions,
        common: dict[str, Any],
        manifest: Manifest,
        stack: ExitStack,
        stops: Callable[[], bool],
    ) -> None:
        """Create the room; stack: closes the engine at the end."""
        self.settings, self.common, self.manifest, self.stack, self.stops = settings, common, manifest, stack, stops
        self.waits = True
        self.engine: Engine | None = None
        self._ended: dict[str, tuple[int, int]] = {}  # each picture's size and time when it was painted or failed
        self._outputs: dict[str, str] = {}
        self._number = 0

    def take(self, folder: Path, tell: Tally) -> None:
        """Paint what has come or changed."""
        from neuralart.jobs.processes import on_this_machine
        from neuralart.jobs.run import Batch

        todo = list(self._new(folder, tell))
        if not todo:
            return
        if self.engine is None:
            made = on_this_machine(todo[0].options, BATCH, self.settings.workers)
            self.engine = self.stack.enter_context(made)
        work = Batch(todo, self.manifest, self.settings.retry, download=True, stops=self.stops)
        for result in work.painted(todo, self.engine):
            tell(result)

    def _new(self, folder: Path, tell: Tally) -> Iterator[Job]:
        import time

        from neuralart.jobs.products import pictures

        self.waits = False
        for name in pictures(folder):
            try:
                status = Path(name).stat()
            except OSError:  # gone again
                continue
            now = (status.st_size, status.st_mtime_ns)
            if self._ended.get(name) == now:
                continue
            if 0 <= time.time() - status.st_mtime < SETTLED:
                self.waits = True
                continue
            self._ended[name] = now
            try:
                yield from self._job(name)
            except NeuralartError as error:
                tell.warn(f"{name}: {escaped(str(error))}")

    def _job(self, name: str) -> list[Job]:
        """Return a picture's job, or none if its painting is there. Raises NeuralartError if it cannot be painted."""
        from neuralart.jobs.check import Checker
        from neuralart.jobs.plan import plan
        from neuralart.jobs.table import Row

        self._number += 1
        (job,) = Checker(self.common, name).checked([Row(0, {"content": name})])
        if (other := self._outputs.setdefault(job.output, name)) != name:
            raise OptionError(f"--output is '{job.output}', and so is that of '{other}'; rename one of them")
        return [one._replace(number=self._number) for one in plan([job], self.manifest).todo]
