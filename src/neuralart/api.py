"""The whole program on one page: a photograph and a painting go in, a picture comes out.

picture = stylize("photo.jpg", "painting.jpg", size=512)
picture.save("out.png")

for step in iterate("photo.jpg", "painting.jpg", size=512):
    print(step.iteration, step.total)
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from neuralart import build
from neuralart.distributed.group import ALONE, Group
from neuralart.errors import OptionError
from neuralart.image import fork
from neuralart.image.picture import Picture
from neuralart.image.read import read
from neuralart.networks.network import Network
from neuralart.networks.provide import Provision
from neuralart.objective.objective import Term
from neuralart.options import Options, declared, from_mapping
from neuralart.prepared import PreparedRun as PreparedRun
from neuralart.recipes.style import Style
from neuralart.run.step import Step
from neuralart.watch.display.choose import displayed, shown
from neuralart.watch.watchers import Watcher, Watchers
from neuralart.weights.download import Progress

log = logging.getLogger(__name__)

PictureLike = str | os.PathLike[str] | Picture | np.ndarray
Styles = PictureLike | Style | Sequence[PictureLike | Style]

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
    "sheet": "neuralart.figures.sheet.side_by_side(content, style, result).save(path)",
    "quiet": "nothing is printed anyway; set the level of logging.getLogger('neuralart')",
}


def stylize(
    content: PictureLike,
    styles: Styles,
    *,
    terms: Sequence[Term] | None = None,
    network: Network | None = None,
    init: PictureLike | None = None,
    watchers: Sequence[Watcher] = (),
    **options: Any,
) -> Picture:
    """Repaint the content in the style of another picture, or of several.

    Args:
        content: A path, a Picture, or an array [H, W, 3] (uint8, or floats 0..255).
        styles: The same, or a `Style`, or a sequence of these.
        terms: What is summed up and minimised, in place of the recipe's content, style and smoothness.
        network: The network that compares, in place of the one that `model` names.
        init: The picture to begin with, or "image" for the content, or "random" for noise.
        watchers: Called with every Step. One that fails is told of and asked no more; the painting goes on.
        **options: Those of the command line that say what to paint and how, by the same names with underscores:
            size=512, model="vgg", num_iters=200. display: in a notebook the painting is shown below its cell as it
            emerges, unless this is "off"; elsewhere only if one of the options that begin with `display` is given.

    Returns:
        The picture, with the content's alpha and the record of how it was made.

    Raises:
        OptionError, PictureError, WeightsError, FetchError, PaintError: Each with a message that says what to do.
    """
    wanted, first = chosen(options, init)
    with displayed(wanted, asked_to_show(options)) as display:
        run = prepare(content, styles, wanted, terms=terms, network=network, first=first)
        watch, step = Watchers([*watchers, *display]), None
        for step in run.steps():
            watch(step)
    assert step is not None
    return run.picture(step)


def iterate(
    content: PictureLike,
    styles: Styles,
    *,
    terms: Sequence[Term] | None = None,
    network: Network | None = None,
    init: PictureLike | None = None,
    **options: Any,
) -> Iterator[Step]:
    """The same, step by step: yields a Step before the first iteration and after each. Stop by ceasing to read.

    Shows nothing by itself, in a notebook either, unless one of the options that begin with `display` is given.
    """
    wanted, first = chosen(options, init)
    run = prepare(content, styles, wanted, terms=terms, network=network, first=first)
    return shown(run.steps(), wanted) if asked_to_show(options) else run.steps()


def asked_to_show(keywords: dict[str, Any]) -> bool:
    """Whether one of these keywords is of showing the painting while it emerges."""
    return any(name.startswith("display") for name in keywords)


def chosen(keywords: dict[str, Any], init: PictureLike | None = None) -> tuple[Options, PictureLike | None]:
    """(options from Python keywords, the picture to begin with where `init` is one).

    Raises OptionError for a keyword that would have no effect, saying what to do instead.
    """
    for name in keywords:
        if name in ELSEWHERE:
            raise OptionError(f"'{name}' belongs to the command line; in Python {ELSEWHERE[name]}")
    named = init if isinstance(init, str) and init in (declared()["init"][0].choices or ()) else None
    return from_mapping(keywords | ({"init": named} if named else {})), None if named else init


def prepare(
    content: PictureLike,
    styles: Styles,
    options: Options,
    progress: Progress | None = None,
    provision: Provision | None = None,
    group: Group = ALONE,
    *,
    terms: Sequence[Term] | None = None,
    network: Network | None = None,
    first: PictureLike | None = None,
) -> PreparedRun:
    """Everything that can fail for a reason of the user's fails here, before the first evaluation.

    As `drafted`, made to fit into memory.
    """
    return build.fitted(
        drafted(content, styles, options, progress, provision, group, terms=terms, network=network, first=first)
    )


def drafted(
    content: PictureLike,
    styles: Styles,
    options: Options,
    progress: Progress | None = None,
    provision: Provision | None = None,
    group: Group = ALONE,
    *,
    terms: Sequence[Term] | None = None,
    network: Network | None = None,
    first: PictureLike | None = None,
) -> PreparedRun:
    """The run with everything read and checked but whether it fits into memory.

    Args:
        content, styles, terms, network: As for `stylize`.
        options: The user's choices.
        progress: Told of what is downloaded.
        provision: The network, where `build.provision` has already made it of these options; else it is loaded here.
        group: The processes that share the image, each of which calls this.
        first: The picture to begin with.
    """
    fork.check()
    with group.together():
        photograph, paintings = as_picture(content, "content"), as_styles(styles)
        begun = None if first is None else as_picture(first, "first image")
        provision = provision or (build.given(network, options) if network else build.provision(options, progress))
        run = build.draft(options, photograph, paintings, provision, build.topology(options, group), terms, begun)
    return run


def as_styles(given: Styles) -> tuple[Style, ...]:
    """One style or several, read. Raises OptionError for anything else, PictureError for bad files."""
    several = list(given) if isinstance(given, list | tuple) else [given]
    if not several:
        raise OptionError("there is no style; give one picture at least")
    styles = [one if isinstance(one, Style) else Style(one) for one in several]
    return tuple(replace(style, picture=as_picture(style.picture, "style")) for style in styles)


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
