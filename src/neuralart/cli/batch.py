"""neuralart batch: many pictures, from a list or from every content with every style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuralart.cli import own, parser
from neuralart.cli.engines import (
    check_ray,
    engine,
    engine_option,
    need_ray,
    ray_address_option,
    ray_cores_option,
    workers_option,
)
from neuralart.cli.interrupt import Ear, Interrupted, exit_code, heard
from neuralart.errors import OptionError
from neuralart.facts import Text
from neuralart.options import flag, option
from neuralart.values import check_all

if TYPE_CHECKING:
    from neuralart.jobs.plan import Plan
    from neuralart.jobs.run import Batch
    from neuralart.jobs.table import BadRow, Row

USAGE = """\
neuralart batch JOBS [options]
       neuralart batch --content 'in/*.jpg' --style 'styles/*' --output 'out/{content}-{style}.png' [options]

Paint many pictures. JOBS is a list, .csv, .jsonl or .toml, with a row for every picture, whose columns are options of
neuralart --help: content, style, output, size, seed. The highest 'priority', which is a column, too, is painted
first. Options that are given here hold for every row that does not say otherwise. Without a list every content is
painted in every style; patterns are quoted for the shell, and a folder stands for the pictures in it.

Everything is checked before anything is painted. What becomes of each picture is written into the manifest; the same
command again paints what is missing or has changed, and nothing else. Ctrl-C ends after the pictures under way, twice
at once.

Fields of --output: {content} and {style}, the files' names without folder and suffix; {folder}, the content's folder
below that of its pattern; {number} or {number:04}, the job's place in the list; every option by its name: {size}."""


def retry_option(group: str) -> Any:
    """Declare how often a failed picture is tried again, in this group of a command's help."""
    return option(0, group, "how often a picture that fails is tried again", int, least=0, most=100)


@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """The command's own options, besides those of paintings."""

    content: tuple[str, ...] | None = option(
        None,
        "Batch",
        "the photographs: files, patterns such as 'in/**/*.jpg', or folders",
        shown="PATTERN",
        text=Text.INPUT,
        many=True,
    )
    pair: bool = option(
        False, "Batch", "the first content in the first style, the second in the second, and so on", bool
    )
    manifest: str | None = option(
        None,
        "Batch",
        "what has become of every job, as JSON lines",
        unset="JOBS.manifest.jsonl; without a list, batch.manifest.jsonl beside the first picture",
        shown="FILE",
        text=Text.OUTPUT,
    )
    workers: int | None = workers_option("Batch")
    retry: int = retry_option("Batch")
    limit: int | None = option(None, "Batch", "paint so many pictures at most", int, least=1, unset="all")
    keep_going: str = option(
        "yes", "Batch", "whether the others are painted when one has failed", choices=("yes", "no")
    )
    engine: str = engine_option("Batch", "this folder")
    ray_address: str | None = ray_address_option("Batch")
    ray_cores: int = ray_cores_option("Batch", "picture")
    carry: bool = option(
        False, "Batch", "send files through Ray's store; else all its machines see them by the same paths", bool
    )
    dry_run: bool = option(False, "Batch", "say what would be painted, and how long it would take", bool)

    def __post_init__(self) -> None:
        check_all(self)
        check_ray(self)


def run(words: list[str]) -> int:
    """Paint what the words ask for. Return the exit code: 1 if something failed."""
    made = own.build(BatchOptions, "neuralart batch", USAGE)
    if parser.asks_for_help(words):
        print(made.format_help(), end="")
        return 0
    path = Path(words[0]) if words and not words[0].startswith("-") else None
    settings, rest = own.take(made, BatchOptions, words[1:] if path else words)
    common, quiet = of_all(rest)
    return batch(settings, path, common, quiet=quiet)


def of_all(words: Sequence[str]) -> tuple[dict[str, Any], bool]:
    """Return the options of all paintings, and whether to be quiet. Raises OptionError."""
    given = parser.values(words)
    if given.get("display") == "off":  # nothing is shown anyway, so this is allowed
        del given["display"]
    return given, bool(given.pop("quiet", False))


def batch(settings: BatchOptions, path: Path | None, common: dict[str, Any], *, quiet: bool) -> int:
    """Check, plan and paint; return the exit code."""
    need_ray(settings)
    from neuralart.jobs.check import Checker
    from neuralart.jobs.manifest import Manifest
    from neuralart.jobs.run import Batch, usual_place

    found, common = rows(settings, path, common)
    jobs = Checker(common, str(path) if path else "the list").checked(found)
    manifest = Manifest(Path(settings.manifest) if settings.manifest else usual_place(jobs, path))
    keeps_going = settings.keep_going == "yes"
    work = Batch(jobs, manifest, settings.retry, settings.limit, keeps_going, download=True)
    if settings.dry_run:
        from neuralart.cli.dry import tell

        return tell(work.planned())
    with manifest.held(alone=settings.engine != "folder"):
        planned = work.planned()
        return paint(work, planned, settings, quiet=quiet)


def rows(
    settings: BatchOptions, path: Path | None, common: dict[str, Any]
) -> tuple[Iterator[Row | BadRow], dict[str, Any]]:
    """Return the rows, and the options of all of them. Raises OptionError and JobsError."""
    from neuralart.jobs import products, table

    if path is not None:
        if settings.pair:
            raise OptionError("--pair is for patterns, and there is a list; leave one of them out")
        if settings.content and len(settings.content) > 1:
            raise OptionError("--content has several values, and the list says which; give one, or none")
        own_content = {"content": settings.content[0]} if settings.content else {}
        return table.rows(path), common | own_content
    for name, example in (
        ("content", "'in/*.jpg'"),
        ("style", "'styles/*'"),
        ("output", "'out/{content}-{style}.png'"),
    ):
        if not (settings.content if name == "content" else common.get(name)):
            raise OptionError(f"{flag(name)} {example} is missing; give it, or a list: neuralart batch JOBS.csv")
    styles = common.pop("style")
    return products.rows(settings.content or (), styles, {}, pair=settings.pair), common


def paint(work: Batch, planned: Plan, settings: BatchOptions, *, quiet: bool) -> int:
    """Paint what is planned and report it; return the exit code."""
    from neuralart.cli.tally import tally

    if not planned.todo:
        if not quiet:
            print(f"{work.manifest.path}: {len(planned.there)} already there, nothing to paint")
        return 0
    stopped: KeyboardInterrupt | None = None
    with heard() as ear, ear.later(), tally(len(planned.todo), len(planned.there), quiet=quiet) as tell:
        work.stops = Patience(ear, tell.note).stops
        try:
            with engine(settings, planned.todo[0].options, len(planned.todo), work.manifest) as at_work:
                for result in work.painted(planned.todo, at_work):
                    tell(result)
        except KeyboardInterrupt as reason:
            stopped = reason
        if ear.number:
            stopped = stopped or Interrupted(ear.number)
    tell.end(work.manifest, stopped=stopped is not None)
    return exit_code(stopped) if stopped else 1 if tell.failures or work.manifest.failure else 0


class Patience:
    """Ends the work on a signal: after the pictures under way on Ctrl-C, at once on any other."""

    def __init__(self, ear: Ear, tell: Any) -> None:
        self.ear, self.tell, self.is_told = ear, tell, False

    def stops(self) -> bool:
        """Return whether to begin no further picture. Raises Interrupted if those under way are not to be finished."""
        import signal

        if self.ear.number and self.ear.number != signal.SIGINT:
            raise Interrupted(self.ear.number)
        if self.ear.number and not self.is_told:
            self.is_told = True
            self.tell("Ctrl-C: ends after the pictures under way; once more ends at once")
        return bool(self.ear.number)
