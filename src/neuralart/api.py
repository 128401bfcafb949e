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
from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.networks.provide import Provision
from neuralart.options import Options, from_mapping
from neuralart.recipes.recipe import Settings
from neuralart.run.loop import paint
from neuralart.run.stages import Stage
from neuralart.run.step import Step
from neuralart.version import VERSION
from neuralart.weights.download import Progress

log = logging.getLogger(__name__)

PictureLike = str | os.PathLike[str] | Picture | np.ndarray
Watcher = Callable[[Step], object]

# What only the command line does, and what to do instead.
ELSEWHERE = {
    "output": "save the picture that is returned: picture.save(path)",
    "bits": "say so when saving: picture.save(path, bits=16)",
    "quality": "say so when saving: picture.save(path, quality=90)",
    "output_dir": "pass watchers=[neuralart.watch.frames.Frames(folder)]",
    "log": "use neuralart.watch.log.Log(path) as a context manager and pass it in watchers",
    "display_interval": "show step.picture() from a watcher",
    "quiet": "nothing is printed anyway; set the level of logging.getLogger('neuralart')",
}


def stylize(content: PictureLike, style: PictureLike, *, watchers: Sequence[Watcher] = (), **options: Any) -> Picture:
    """Repaint the content in the style of another picture.

    content, style: a path, a Picture, or an array [H, W, 3] (uint8, or floats 0..255). options: those of the command
    line that say what to paint and how, by the same names with underscores: size=512, model="vgg", num_iters=200.
    watchers: called with every Step.
    Returns the picture, with the content's alpha and the record of how it was made. Raises OptionError, PictureError,
    WeightsError, FetchError or PaintError, each with a message that says what to do.
    """
    run = prepare(content, style, chosen(options))
    step = None
    for step in run.steps():
        for watch in watchers:
            watch(step)
    assert step is not None
    return run.picture(step)


def iterate(content: PictureLike, style: PictureLike, **options: Any) -> Iterator[Step]:
    """The same, step by step: yields a Step before the first iteration and after each. Stop by ceasing to read."""
    return prepare(content, style, chosen(options)).steps()


def chosen(keywords: dict[str, Any]) -> Options:
    """Options from Python keywords. Raises OptionError for one that would have no effect, saying what to do instead."""
    for name in keywords:
        if name in ELSEWHERE:
            raise OptionError(f"'{name}' belongs to the command line; in Python {ELSEWHERE[name]}")
    return from_mapping(keywords)


def prepare(
    content: PictureLike, style: PictureLike, options: Options, progress: Progress | None = None
) -> PreparedRun:
    """Everything that can fail for a reason of the user's fails here, before the first evaluation."""
    photograph, painting = as_picture(content, "content"), as_picture(style, "style")
    provision = build.provision(options, progress)
    settings = build.settings(options, provision.network.architecture)
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

    def steps(self) -> Iterator[Step]:
        """Paint: which sizes, from which first image, by which optimiser, step by step."""
        recipe, network, stages = build.recipe(self.options), self.provision.network, self.stages()
        first = next(stage for stage in stages if stage.iterations)
        start = recipe.start(self.content, network, self.settings, first.size)
        return paint(start, stages, recipe.optimiser(network, self.settings))

    def picture(self, step: Step) -> Picture:
        """A step's image as a picture: clamped, with the content's alpha and profile, and the record of its making."""
        return replace(self.content.with_pixels(step.image.clamp(0, 255)), record=self.record(step))

    def record(self, step: Step) -> dict[str, Any]:
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
            "result": {
                "iterations": step.iteration,
                "evaluations": step.evaluations,
                "total": step.total,
                "terms": step.terms,
                "size": list(step.size),
                "seconds": round(step.seconds, 3),
            },
        }


def as_picture(given: PictureLike, role: str) -> Picture:
    """A path, a Picture or an array as a Picture. Raises OptionError for anything else, PictureError for bad files."""
    if isinstance(given, Picture):
        return given
    if isinstance(given, str | os.PathLike):
        return read(given)
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
