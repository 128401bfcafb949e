"""The whole program on one page: a photograph and a painting go in, a picture comes out.

picture = stylize("photo.jpg", "painting.jpg", size=512)
picture.save("out.png")

for step in iterate("photo.jpg", "painting.jpg", size=512):
    print(step.iteration, step.total)
"""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from neuralart import build
from neuralart.distributed.group import ALONE, Group
from neuralart.errors import OptionError
from neuralart.image.limits import STRICT, Reading
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.networks.provide import Provision
from neuralart.options import Options, from_mapping
from neuralart.recipes.recipe import Settings
from neuralart.run.loop import paint
from neuralart.run.reached import Reached
from neuralart.run.shared import Looked, always, band, shared_stages, shared_steps
from neuralart.run.stages import Stage
from neuralart.run.step import Step
from neuralart.version import VERSION
from neuralart.watch.display.choose import displayed, shown
from neuralart.weights.download import Progress

log = logging.getLogger(__name__)

PictureLike = str | os.PathLike[str] | Picture | np.ndarray
Watcher = Callable[[Step], object]

# What only the command line does, and what to do instead.
ELSEWHERE = {
    "output": "save the picture that is returned: picture.save(path)",
    "bits": "say so when saving: picture.save(path, bits=16)",
    "pyramid": "say so when saving: picture.save(path, pyramid=True)",
    "quality": "say so when saving: picture.save(path, quality=90)",
    "output_dir": "pass watchers=[neuralart.watch.frames.Frames(folder)]",
    "log": "use neuralart.watch.log.Log(path) as a context manager and pass it in watchers",
    "plot": "use neuralart.figures.plot.LossPlot(path) as a context manager and pass it in watchers",
    "animation": "use neuralart.video.animate.Animation(path) as a context manager and pass it in watchers",
    "animation_size": "say so when filming: neuralart.video.animate.Animation(path, size=640)",
    "checkpoint": "pass watchers=[neuralart.watch.checkpoint.Checkpoint(path)]",
    "checkpoint_interval": "say so to the checkpoint: neuralart.watch.checkpoint.Checkpoint(path, 100)",
    "animation_seconds": "say so when filming: neuralart.video.animate.Animation(path, seconds=5)",
    "format": "say so when saving: picture.save(path, format='png')",
    "background": "say so when saving: picture.save(path, background=(255, 255, 255))",
    "strip": "say so when saving: picture.save(path, strip=True)",
    "overwrite": "nothing is refused in Python: picture.save(path) writes over what is there",
    "sheet": "neuralart.figures.sheet.side_by_side(content, style, result).save(path)",
    "quiet": "nothing is printed anyway; set the level of logging.getLogger('neuralart')",
}


def stylize(content: PictureLike, style: PictureLike, *, watchers: Sequence[Watcher] = (), **options: Any) -> Picture:
    """Repaint the content in the style of another picture.

    content, style: a path, a Picture, or an array [H, W, 3] (uint8, or floats 0..255). options: those of the command
    line that say what to paint and how, by the same names with underscores: size=512, model="vgg", num_iters=200.
    watchers: called with every Step. display: in a notebook the painting is shown below its cell as it emerges, unless
    this is "off"; elsewhere it is shown only if one of the options that begin with `display` is given.
    Returns the picture, with the content's alpha and the record of how it was made. Raises OptionError, PictureError,
    WeightsError, FetchError or PaintError, each with a message that says what to do.
    """
    wanted = chosen(options)
    with displayed(wanted, asked_to_show(options)) as display:
        run = prepare(content, style, wanted)
        readers: list[Watcher] = [*watchers, *display]
        step = None
        for step in run.steps():
            for watch in readers:
                watch(step)
    assert step is not None
    return run.picture(step)


def iterate(content: PictureLike, style: PictureLike, **options: Any) -> Iterator[Step]:
    """The same, step by step: yields a Step before the first iteration and after each. Stop by ceasing to read.

    Shows nothing by itself, in a notebook either, unless one of the options that begin with `display` is given.
    """
    wanted = chosen(options)
    run = prepare(content, style, wanted)
    return shown(run.steps(), wanted) if asked_to_show(options) else run.steps()


def asked_to_show(keywords: dict[str, Any]) -> bool:
    """Whether one of these keywords is of showing the painting while it emerges."""
    return any(name.startswith("display") for name in keywords)


def chosen(keywords: dict[str, Any]) -> Options:
    """Options from Python keywords. Raises OptionError for one that would have no effect, saying what to do instead."""
    for name in keywords:
        if name in ELSEWHERE:
            raise OptionError(f"'{name}' belongs to the command line; in Python {ELSEWHERE[name]}")
    return from_mapping(keywords)


def prepare(
    content: PictureLike,
    style: PictureLike,
    options: Options,
    progress: Progress | None = None,
    provision: Provision | None = None,
    group: Group = ALONE,
) -> PreparedRun:
    """Everything that can fail for a reason of the user's fails here, before the first evaluation.

    As `drafted`, made to fit into memory.
    """
    run = drafted(content, style, options, progress, provision, group)
    found, settings = build.fitted(options, run.provision, run.settings, run.content, run.style)
    return replace(run, provision=found, settings=settings)


def drafted(
    content: PictureLike,
    style: PictureLike,
    options: Options,
    progress: Progress | None = None,
    provision: Provision | None = None,
    group: Group = ALONE,
) -> PreparedRun:
    """The run with everything read and checked but whether it fits into memory.

    provision: the network, where `build.provision` has already made it of these options; else it is loaded here.
    group: the processes that share the image, each of which calls this.
    """
    with group.together():
        reading = build.reading(options)
        photograph, painting = as_picture(content, "content", reading), as_picture(style, "style", reading)
        if options.recipe == "balanced":  # the original took hidden colours for the picture's
            photograph, painting = photograph.filled(), painting.filled()
        provision = provision or build.provision(options, progress)
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


def as_picture(given: PictureLike, role: str, reading: Reading = STRICT) -> Picture:
    """A path, a Picture or an array as a Picture. Raises OptionError for anything else, PictureError for bad files."""
    if isinstance(given, Picture):
        return given
    if isinstance(given, str | os.PathLike):
        return read(given, reading=reading)
    if isinstance(given, np.ndarray) and given.ndim == 3 and given.shape[2] in (3, 4) and given.size:
        return _from_array(given, role)
    shape = f" of shape {given.shape}" if isinstance(given, np.ndarray) else ""
    raise OptionError(
        f"the {role} is a {type(given).__name__}{shape}; give a path, a Picture or an array [height, width, 3]"
    )


def _from_array(given: np.ndarray, role: str) -> Picture:
    low, high = (given.min(), given.max()) if given.dtype.kind in "uif" else (np.nan, np.nan)
    if not (low >= -1 and high <= 256):  # a resampling may overshoot a little; nan compares false
        raise OptionError(f"the {role} has values of {given.dtype} from {low} to {high}; give uint8, or floats 0..255")
    if given.dtype.kind == "f" and 0 < high <= 1:
        log.warning("the %s is almost black, with no value above 1; floats are meant to reach 255", role)
    planes = torch.from_numpy(given.astype(np.float32).clip(0, 255)).permute(2, 0, 1)[None]
    return Picture(planes[:, :3].contiguous(), planes[:, 3:].contiguous() if given.shape[2] == 4 else None)


def _origin(picture: Picture) -> dict[str, Any]:
    return {
        "path": str(picture.source) if picture.source else None,
        "sha256": picture.digest,
        "size": list(picture.size),
    }
