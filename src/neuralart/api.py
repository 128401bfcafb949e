"""The whole program on one page: a photograph and a painting go in, a picture comes out.

picture = stylize("photo.jpg", "painting.jpg", size=512)
picture.save("out.png")

for step in iterate("photo.jpg", "painting.jpg", size=512):
    print(step.iteration, step.total)
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch

from neuralart import build
from neuralart.distributed.group import ALONE, Group
from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.image.take import PictureLike as PictureLike
from neuralart.image.take import as_picture as as_picture
from neuralart.networks.provide import Provision
from neuralart.options import Options, declared, from_mapping
from neuralart.recipes.recipe import Settings
from neuralart.run.loop import paint
from neuralart.run.reached import Reached
from neuralart.run.shared import Looked, always, band, shared_stages, shared_steps
from neuralart.run.stages import Stage
from neuralart.run.step import Step
from neuralart.version import VERSION
from neuralart.watch.display.choose import displayed, shown
from neuralart.weights.download import Progress

if TYPE_CHECKING:
    from typing_extensions import Unpack  # of typing itself from Python 3.11 on

    from neuralart.keywords import Keywords

Watcher = Callable[[Step], object]


def stylize(
    content: PictureLike,
    style: PictureLike,
    *,
    watchers: Sequence[Watcher] = (),
    options: Options | None = None,
    download: bool = False,
    **keywords: Unpack[Keywords],
) -> Picture:
    """Repaint the content in the style of another picture.

    Args:
        content: A path, a `Picture`, a PIL image, the bytes of a file, an array or a tensor, see `as_picture`.
        style: The same.
        watchers: Called with every Step.
        options: Choices made before; the keywords take their place.
        download: Whether weights of `model="auto"` may be downloaded. Without this, VGG-19 is taken where its weights
            are at hand, else the network that ships.
        **keywords: The options of the command line that say what to paint and how, by the same names with underscores:
            size=512, model="vgg", num_iters=200. `display`: in a notebook the painting is shown below its cell as it
            emerges, unless this is "off"; elsewhere it is shown only if an option that begins with `display` is given.

    Returns:
        The picture, with the content's alpha and the record of how it was made.

    Raises:
        OptionError: For an option's value, and for what is no picture.
        PictureError: For a file that cannot be read.
        WeightsError: For a file of weights that will not do.
        FetchError: Where weights can be fetched from nowhere.
        PaintError: Where the numbers break down.
    """
    wanted = chosen(keywords, options)
    with displayed(wanted, asked_to_show(keywords, options)) as display:
        run = prepare(content, style, wanted, download=download)
        readers: list[Watcher] = [*watchers, *display]
        step = None
        for step in run.steps():
            for watch in readers:
                watch(step)
    assert step is not None
    return run.picture(step)


def iterate(
    content: PictureLike,
    style: PictureLike,
    *,
    options: Options | None = None,
    download: bool = False,
    **keywords: Unpack[Keywords],
) -> Iterator[Step]:
    """The same, step by step: yields a Step before the first iteration and after each. Stop by ceasing to read.

    Shows nothing by itself, in a notebook either, unless one of the options that begin with `display` is given.
    Arguments and errors are those of `stylize`.
    """
    wanted = chosen(keywords, options)
    run = prepare(content, style, wanted, download=download)
    return shown(run.steps(), wanted) if asked_to_show(keywords, options) else run.steps()


def asked_to_show(keywords: Mapping[str, Any], options: Options | None = None) -> bool:
    """Whether an option of showing the painting while it emerges is given."""
    return any(name.startswith("display") for name in {**_given(options), **keywords})


def chosen(keywords: Mapping[str, Any], options: Options | None = None) -> Options:
    """Options from Python keywords, in the place of those of an `Options` object.

    Raises:
        OptionError: For a value that makes no sense, and for an option that would have no effect, saying what to do
            instead.
    """
    known, wanted = declared(), {**_given(options), **keywords}
    for name in [name for name in wanted if name in known]:
        facts = known[name][0]
        if facts.python:
            raise OptionError(f"'{name}' belongs to the command line; in Python {facts.python}")
        if facts.argument and name in keywords:
            raise OptionError(f"'{name}' is an argument of its own, and no option here")
    return from_mapping(
        {name: value for name, value in wanted.items() if name not in known or known[name][0].is_keyword}
    )


def _given(options: Options | None) -> dict[str, Any]:
    """What an `Options` object has beyond the defaults."""
    if options is None:
        return {}
    if not isinstance(options, Options):
        raise OptionError(f"options is a {type(options).__name__}; give neuralart.Options(size=512), or keywords")
    values = {name: (getattr(options, name), default) for name, (_, default) in declared().items()}
    return {name: value for name, (value, default) in values.items() if value != default}


def prepare(
    content: PictureLike,
    style: PictureLike,
    options: Options,
    progress: Progress | None = None,
    provision: Provision | None = None,
    group: Group = ALONE,
    *,
    download: bool = False,
) -> PreparedRun:
    """Everything that can fail for a reason of the user's fails here, before the first evaluation.

    As `drafted`, made to fit into memory.
    """
    run = drafted(content, style, options, progress, provision, group, download=download)
    found, settings = build.fitted(options, run.provision, run.settings, run.content, run.style)
    return replace(run, provision=found, settings=settings)


def drafted(
    content: PictureLike,
    style: PictureLike,
    options: Options,
    progress: Progress | None = None,
    provision: Provision | None = None,
    group: Group = ALONE,
    *,
    download: bool = False,
) -> PreparedRun:
    """The run with everything read and checked but whether it fits into memory.

    provision: the network, where `build.provision` has already made it of these options; else it is loaded here.
    group: the processes that share the image, each of which calls this. download: as for `stylize`.
    """
    with group.together():
        photograph, painting = as_picture(content, "content"), as_picture(style, "style")
        provision = provision or build.provision(options, progress, download=download)
        settings = build.settings(options, provision.network.architecture, group)
        provision.network.check([*settings.style_layers, *settings.content_layers])
        run = PreparedRun(photograph, painting, provision, settings, options)
        build.check_sizes(photograph, painting, provision.network, settings, run.stages())
    return run


@dataclass(frozen=True)
class PreparedRun:
    """A run that is ready to start: pictures read, network loaded, choices made."""

    content: Picture
    style: Picture
    provision: Provision
    settings: Settings
    options: Options

    def stages(self) -> list[Stage]:
        """The scales to paint, smallest first."""
        return build.recipe(self.options).stages(self.content, self.style, self.provision.network, self.settings)

    def steps(self, start: Reached | None = None, looked: Looked = always) -> Iterator[Step]:
        """Paint: which sizes, from which first image, by which optimiser, step by step.

        start: where to go on from, instead of the beginning. looked: where several processes share the image, at which
        steps it is wanted whole, see `shared_steps`.
        """
        recipe, network, stages = build.recipe(self.options), self.provision.network, self.stages()
        if start is None:
            first = next(stage for stage in stages if stage.iterations)
            image = recipe.start(self.content, network, self.settings, first.size)
        else:
            stages, image = start.left(stages), start.image.to(network.device)
        settings, group = self.settings, self.settings.group
        optimiser, scales = recipe.optimiser(network, settings), stages
        if group.count > 1:
            image, scales = (
                band(image, settings.owned(network), group),
                shared_stages(stages, settings.owned(network), group),
            )
        steps = paint(image, scales, optimiser, group.total, self.options.tolerance)
        steps = start.counted(steps) if start else steps
        return shared_steps(steps, stages, group, looked) if group.count > 1 else steps

    def picture(self, step: Step) -> Picture:
        """A step's image as a picture: clamped, with the content's alpha and profile, and the record of its making."""
        picture = self.content.with_pixels(step.image)
        picture.pixels.clamp_(0, 255)  # its own copy: at a hundred megapixels another would be a gigabyte
        return replace(picture, record=self.record(step))

    def record(self, step: Step) -> dict[str, Any]:
        """Everything that it takes to make the picture again, and what was reached."""
        return self.facts() | {
            "result": {
                "iterations": step.iteration,
                "evaluations": step.evaluations,
                "total": step.total,
                "terms": step.terms,
                "size": list(step.size),
                "seconds": round(step.seconds, 3),
            }
        }

    def facts(self) -> dict[str, Any]:
        """Everything that it takes to make the picture again: options, versions, digests."""
        names = [picture.source.name if picture.source else "a picture" for picture in (self.content, self.style)]
        return {
            "program": f"neuralart {VERSION}",
            "description": f"{names[0]} in the style of {names[1]}",
            "options": self.options.record(),
            "content": _origin(self.content),
            "style": _origin(self.style),
            "network": self.provision.record(),
            "versions": {
                "neuralart": VERSION,
                "python": platform.python_version(),
                "torch": torch.__version__,
                "system": f"{platform.system()} {platform.machine()}",
                "device": str(self.provision.network.device),
            },
        }


def one_style(named: Sequence[str]) -> str:
    """The style that is named. Raises OptionError where there are several."""
    if len(named) > 1:
        raise OptionError(f"--style names {len(named)} pictures; one style is taken so far, give one of them")
    return named[0]


def _origin(picture: Picture) -> dict[str, Any]:
    return {
        "path": str(picture.source) if picture.source else None,
        "sha256": picture.digest,
        "size": list(picture.size),
    }
