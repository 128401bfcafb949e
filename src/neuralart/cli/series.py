"""The paintings of a sweep: prepared together, painted one after the other, identified by what they are."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from neuralart import api, build
from neuralart.cli.alternatives import Axis, Combination
from neuralart.cli.fetching import Bar
from neuralart.cli.names import free_name, same_file
from neuralart.cli.painting import follow
from neuralart.errors import NeuralartError, OptionError, PictureError, UserError
from neuralart.facts import Text
from neuralart.figures import text
from neuralart.figures.labels import of_the_picture, spoken
from neuralart.figures.sheet import Tile, tile
from neuralart.first import first_of
from neuralart.image.limits import Reading
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.image.record import read_record, styles_in
from neuralart.image.write import check_writable, write
from neuralart.networks.provide import Provision
from neuralart.options import Options, declared, files
from neuralart.run.step import Step
from neuralart.together import NONE, is_texture

log = logging.getLogger(__name__)

KEY = 8  # digits of the digest that ends a file's name
LONGEST = 120  # characters of a file's name before its key


class Series:
    """All combinations of a sweep, and their results.

    Networks and inputs are read once, however many combinations share them. If a network cannot be downloaded, only the
    combinations that need it fail.

    Raises:
        OptionError, PictureError, WeightsError: For a combination that cannot be painted, naming it.
    """

    def __init__(self, folder: Path, axes: Sequence[Axis], combinations: Sequence[Combination]) -> None:
        self.folder, self.combinations = folder, combinations
        self.swept = {axis.name for axis in axes}
        self.quiet = combinations[0].options.quiet
        self.pictures: dict[tuple[str, Reading, int | None], Picture] = {}
        self.provisions: dict[tuple[Any, ...], Provision] = {}
        self.runs: dict[Combination, api.PreparedRun] = {}
        self.painted: dict[Combination, Path] = {}
        self.failures: dict[Combination, str] = {}
        self.earlier = 0
        with Bar(self.quiet) as fetching:
            for one in combinations:
                try:
                    self.runs[one] = self._prepared(one.options, fetching)
                except UserError as error:
                    raise type(error)(f"{one.title}: {error}") from None
                except NeuralartError as error:
                    self._fail(one, error)

    def check(self, output: Path) -> None:
        """Raise OptionError or PictureError unless folder and sheet can be written; creates the folder."""
        text.check_font()
        for name, *_ in self.pictures:
            if same_file(str(output), name):
                raise OptionError(f"--output '{output}' would overwrite an input; give another name")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OptionError(
                f"cannot make the folder '{self.folder}' ({error.strerror or error}); give another --folder"
            ) from None
        check_writable(output)
        check_writable(self.folder / "picture.png")

    def paint(self) -> KeyboardInterrupt | None:
        """Paint the missing pictures in order; a failure is logged and does not affect the others.

        Returns:
            What stopped the series before its end, if anything did.
        """
        for number, (one, run) in enumerate(self.runs.items(), 1):
            place = self.place(one)
            if earlier := self._earlier(place, one):
                self.painted[one] = earlier
                self.earlier += 1
                continue
            # Without a progress bar, one line per picture is enough.
            options = one.options if sys.stderr.isatty() else replace(one.options, quiet=True)
            last, stopped = follow(run, options)
            if isinstance(stopped, KeyboardInterrupt):
                return stopped
            try:
                if stopped or last is None:
                    raise stopped or RuntimeError("a run without steps")
                self._keep(one, run, last, place)
            except NeuralartError as error:
                self._fail(one, error)
            else:
                if not self.quiet:
                    print(f"{number}/{len(self.runs)} {one.title}: {self.painted[one]}, {last.seconds:.1f} seconds")
        return None

    def place(self, one: Combination) -> Path:
        """Return the file of a combination, named by its inputs, the swept values, and a digest of everything."""
        inputs = [Path(place).stem for role, place in files(one.options, Text.INPUT) if role in INPUTS]
        words = [f"{name.replace('_', '-')}-{spoken(value)}" for name, value in one.chosen if name not in INPUTS]
        name = re.sub(r"[^\w.+-]+", "-", "-".join([*inputs, *words]))[:LONGEST]
        key = hashlib.sha256(json.dumps(self._identity(one)).encode()).hexdigest()[:KEY]
        return self.folder / f"{name}-{key}.png"

    def tile(self, one: Combination, title: str, edge: int) -> Tile:
        """Return the picture for the sheet, or the reason why there is none."""
        if one in self.painted:
            try:
                return tile(read(self.painted[one], 2 * edge), title, edge=edge)
            except PictureError as error:  # removed or damaged since then; the others still get their sheet
                del self.painted[one]
                self._fail(one, error)
        return Tile(None, title, self.failures.get(one, "not painted yet"))

    def summary(self, stopped: KeyboardInterrupt | None) -> str:
        """Return a line about how the series went."""
        words = [f"{len(self.painted) - self.earlier} painted"]
        if self.earlier:
            words.append(f"{self.earlier} already there")
        if self.failures:
            words.append(f"{len(self.failures)} failed")
        missing = len(self.combinations) - len(self.painted) - len(self.failures)
        return ", ".join(words) + (f"; {missing} to go: the same command continues" if stopped else "")

    def _prepared(self, options: Options, fetching: Bar) -> api.PreparedRun:
        content = self._content(options)
        enough = build.style_edge(options, content)
        styles = [self._picture(name, "style", options, enough) for name in options.style or ()]
        wanted = tuple(getattr(options, name) for name in _of_the_network())
        if wanted not in self.provisions:
            self.provisions[wanted] = build.provision(options, fetching)
        return api.prepare(content, styles, options, provision=self.provisions[wanted])

    def _content(self, options: Options) -> Picture:
        if is_texture(options):
            return api.as_content(NONE, options)[0]
        return self._picture(str(options.content), "content", options)

    def _picture(self, name: str, role: str, options: Options, enough: int | None = None) -> Picture:
        reading = build.reading(options)
        for known in ((name, reading, None), (name, reading, enough)):
            if known in self.pictures:
                return self.pictures[known]
        result = api.as_picture(name, role, reading, enough)
        # A picture that was read in full can be used at every size.
        is_reduced = enough is not None and max(result.size) == 2 * enough
        self.pictures[name, reading, enough if is_reduced else None] = result
        return result

    def _keep(self, one: Combination, run: api.PreparedRun, last: Step, place: Path) -> None:
        picture = run.picture(last)
        # Another file of this name belongs to somebody else.
        self.painted[one] = free_name(place)
        try:
            write(picture, self.painted[one], bits=one.options.bits, strip=one.options.strip)
        except PictureError:
            del self.painted[one]
            raise

    def _fail(self, one: Combination, error: NeuralartError) -> None:
        self.failures[one] = str(error)
        log.warning("neuralart: %s: %s", one.title, error)

    def _earlier(self, place: Path, one: Combination) -> Path | None:
        """Return the file with this painting, finished; a sweep over other options may have named it differently."""
        for result in sorted(self.folder.glob(f"*{place.stem[-KEY - 1 :]}*.png")):
            try:
                record = read_record(result)
            except PictureError:
                continue
            if (
                record is not None
                and record.get("result", {}).get("iterations") == one.options.num_iters
                and _identity_in(record) == self._identity(one)
            ):
                return result
        return None

    def _identity(self, one: Combination) -> dict[str, Any]:
        run = self.runs[one]
        styles = [style.picture.digest for style in run.styles]
        first = run.first.digest if run.first else None
        return _identity(one.options.record(), run.content.digest, styles, run.provision.record(), first)


INPUTS = ("content", "style")


def _identity(
    options: Mapping[str, Any],
    content: str | None,
    styles: Sequence[str | None],
    network: Mapping[str, Any],
    first: str | None = None,
) -> dict[str, Any]:
    """Return everything that determines a painting; inputs count by their contents, not by their names."""
    chosen = {name: value for name, value in of_the_picture(options).items() if name not in INPUTS}
    result = {"options": chosen, "content": content, "styles": list(styles), "network": dict(network)}
    if first:
        begun = first_of(chosen["init"])
        result |= {"first": first, "options": chosen | {"init": str(begun.renamed("a file"))}}
    return result


def _identity_in(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the same from a picture's record; None if the record is not ours."""
    try:
        styles = [style["sha256"] for style in styles_in(record)]
        first = record.get("first", {}).get("sha256")
        return _identity(record["options"], record["content"]["sha256"], styles, record["network"], first)
    except (KeyError, TypeError, AttributeError):
        return None


def _of_the_network() -> list[str]:
    """Return the options that `build.provision` reads."""
    return [name for name, (facts, _) in declared().items() if facts.network]
