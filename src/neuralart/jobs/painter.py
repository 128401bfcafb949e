"""Paints one picture after another and keeps what the next one can use: network, styles, targets, plans."""

from __future__ import annotations

import platform
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch

from neuralart import api, build
from neuralart.errors import OptionError, PaintError, out_of_memory
from neuralart.facts import Bears
from neuralart.image.ground import colour_of
from neuralart.image.paintings import resolved
from neuralart.image.picture import Picture
from neuralart.image.place import sweep
from neuralart.image.write import write
from neuralart.jobs.engine import Made
from neuralart.jobs.manifest import Input
from neuralart.jobs.plan import digests_in, read_by, seen
from neuralart.networks.precision import at_least_float32
from neuralart.networks.provide import Provision
from neuralart.objective.plan import WHOLE
from neuralart.objective.targets import Targets
from neuralart.options import Options, declared
from neuralart.prepared import PreparedRun
from neuralart.recipes.recipe import Size
from neuralart.run.step import Step
from neuralart.together import NONE, is_texture
from neuralart.weights.digest import sha256
from neuralart.weights.download import Progress

NETWORKS, STYLES, RUNS = 2, 4, 4  # how many of each are kept
ALONE = ("content", "init", "seed")  # options in which pictures may differ and still share their targets

Value = TypeVar("Value")


class Latest(Generic[Value]):
    """A cache of the values that were used last."""

    def __init__(self, most: int) -> None:
        self.most, self._kept = most, OrderedDict[Hashable, Value]()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of this key; make it if it is not in the cache."""
        if key not in self._kept:
            value = make()
            while len(self._kept) >= self.most:
                self._kept.popitem(last=False)
            self._kept[key] = value
        self._kept.move_to_end(key)
        return self._kept[key]


class Painter:
    """Paints pictures and keeps what they share.

    Attributes:
        counts: How often a network was loaded, a style read, and a run fitted into memory for later ones to share.
    """

    def __init__(self) -> None:
        self.counts = {"networks": 0, "styles": 0, "runs": 0}
        self._networks = Latest[Provision](NETWORKS)
        self._styles = Latest[Picture](STYLES)
        self._runs = Latest[PreparedRun](RUNS)
        self._swept: set[Path] = set()

    def paint(
        self,
        options: Options,
        *,
        download: bool = False,
        names: Mapping[str, str] | None = None,
        known: Mapping[Size, Targets] | None = None,
    ) -> Made:
        """Paint a picture and write it to its output.

        Args:
            options: Content, style, output and everything else.
            download: Whether weights may be fetched.
            names: What the record calls files, by their names on this machine, if those differ.
            known: The style's targets by size, if another process has computed them.

        Raises:
            NeuralartError: As `neuralart.stylize`, and if the picture cannot be written.
        """
        before = [seen(name, path, "") for name, path in read_by(options)]
        run = self.prepared(options, download=download)
        for size, targets in (known or {}).items():
            if size not in run.known:
                run.known[size] = moved(targets, run.network.device)
        picture, last = finished(run)
        if names:
            picture = replace(picture, record=renamed(picture.record, names))
        assert options.output
        place = Path(options.output)
        self._ready(place.parent)
        write(picture, place, pyramid=options.pyramid, format=options.format, **finish(options))
        return made(picture, last, before, sha256(place))

    def targets(self, options: Options, *, download: bool = False) -> dict[Size, Targets]:
        """Return the style's targets by size, on the CPU; none if no other picture can use them. Raises as `paint`."""
        run = self.prepared(options, download=download)
        if options.colors != "style" or not run.regions.is_whole:
            return {}
        for scale in (scale for scale in run.schedule if scale.iterations):
            own = run.network
            network = own.to(own.device, at_least_float32(own.dtype)) if scale.exact else own
            run.style_targets(scale.size, network, run.plans.get(scale.size, WHOLE))
        return {size: moved(targets, torch.device("cpu")) for size, targets in run.known.items()}

    def prepared(self, options: Options, *, download: bool = False) -> PreparedRun:
        """Return the run, with everything that it can share with earlier ones. Raises as `paint` does."""
        reading = build.reading(options)
        content, _ = api.as_content(NONE if is_texture(options) else str(options.content), options, reading)
        enough = build.style_edge(options, content)
        styles = [self._style(str(resolved(name)), options, enough) for name in options.style or ()]
        return self.fitted(content, styles, options, download=download)

    def fitted(
        self, content: Picture, styles: Sequence[Picture], options: Options, *, download: bool = False
    ) -> PreparedRun:
        """Return the run of pictures that have been read, with everything that it can share with earlier ones.

        Raises as `paint` does.
        """
        run = api.drafted(content, styles, options, provision=self.network(options, download=download))
        if not run.regions.is_whole:  # masks belong to one picture
            return build.fitted(run)
        looks = tuple(style.digest for style in styles)
        key = (shared(options), looks, run.schedule)
        earlier = self._runs.get(key, lambda: self._counted("runs", lambda: build.fitted(run)))
        return replace(
            run,
            provision=earlier.provision,
            plans=earlier.plans,
            history=earlier.history,
            # With other choices, the style's colours depend on the photograph.
            known=earlier.known if options.colors == "style" else {},
        )

    def network(self, options: Options, fetching: Progress | None = None, *, download: bool = False) -> Provision:
        """Return the network that the options choose. Raises WeightsError or FetchError.

        Args:
            options: What is painted.
            fetching: Called with the progress of downloads.
            download: Whether weights may be fetched.
        """
        wanted = tuple(getattr(options, name) for name, (facts, _) in declared().items() if facts.network)
        make = lambda: build.provision(options, fetching, download=download)
        return self._networks.get(wanted, lambda: self._counted("networks", make))

    def _style(self, name: str, options: Options, enough: int | None) -> Picture:
        now, reading = seen("style", name, ""), build.reading(options)
        make = lambda: api.as_picture(name, "style", reading, enough)
        return self._styles.get((now, reading, enough), lambda: self._counted("styles", make))

    def _counted(self, what: str, make: Callable[[], Value]) -> Value:
        self.counts[what] += 1
        return make()

    def _ready(self, folder: Path) -> None:
        """Make the folder, and remove what killed processes left there."""
        if folder not in self._swept:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise OptionError(f"cannot make the folder '{folder}' ({error.strerror or error})") from None
            sweep(folder)
            self._swept.add(folder)


def finished(run: PreparedRun) -> tuple[Picture, Step]:
    """Paint; return the picture and the last step. Raises PaintError if numbers break down or memory runs out."""
    last = None
    try:
        for step in run.steps():
            last = step
        assert last is not None
        return run.picture(last), last
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        raise PaintError("there is not enough memory for a picture of this size; give a smaller --size") from None


def finish(options: Options) -> dict[str, Any]:
    """Return how to write the picture, apart from its format."""
    background = colour_of(options.background)
    return {"bits": options.bits, "quality": options.quality, "strip": options.strip, "background": background}


def made(picture: Picture, last: Step, before: Sequence[Input], digest: str) -> Made:
    """Return the facts about a picture that was written.

    before: The files that it was made from, without digests. digest: That of the picture's own file.
    """
    record = picture.record or {}
    found, taken = digests_in(record), dict[str, int]()
    found["style"] = [style["sha256"] for style in record["styles"]]  # even if two are the same
    inputs = []
    for one in before:
        at = taken[one.option] = taken.get(one.option, -1) + 1
        inputs.append(one._replace(sha256=found[one.option][at]))
    return Made(digest, last.size, tuple(inputs), record["network"], platform.node())


def moved(targets: Targets, device: torch.device) -> dict[str, Any]:
    """Return the targets on another device."""
    return {name: target.to(device) for name, target in targets.items()}


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Return a record with files renamed; names: new names by old ones."""
    if isinstance(value, dict):
        return {key: renamed(one, names) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [renamed(one, names) for one in value]
    if isinstance(value, str):
        for here, there in names.items():
            value = value.replace(here, there)
    return value


def shared(options: Options) -> tuple[Any, ...]:
    """Return the options that targets and plans depend on: all that affect the picture, place or memory."""
    bears = (Bears.PICTURE, Bears.NUMBERS, Bears.ROOM)
    return tuple(
        getattr(options, name) for name, (facts, _) in declared().items() if facts.bears in bears and name not in ALONE
    )
