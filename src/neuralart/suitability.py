"""Whether the pictures of a run suit it: missing and too small ones are refused; what happens to others is told."""

from __future__ import annotations

import logging
from operator import sub

from neuralart.errors import OptionError
from neuralart.image.picture import Picture
from neuralart.options import flag
from neuralart.prepared import PreparedRun
from neuralart.recipes.style import SMALL
from neuralart.run.schedule import Scale
from neuralart.together import is_texture

log = logging.getLogger(__name__)


def check(run: PreparedRun, smallest: int) -> None:
    """Raise OptionError for a picture that is too small for the network's deepest layer at some scale, or missing."""
    _check_content(run)
    name = run.network.architecture.name
    for scale in reversed([scale for scale in run.schedule if scale.iterations]):
        sizes = [("texture" if is_texture(run.options) else "content", run.content, scale.size)]
        sizes += [("style", style.picture, size) for style, size in zip(run.weighed, run.style_sizes(scale.size))]
        for role, given, size in sizes:
            if min(size) < smallest:
                raise OptionError(
                    f"the {role} ({given.width} x {given.height}) would be {size[0]} x {size[1]} pixels, but network"
                    f" '{name}' needs {smallest} on each side; {_cure(run, scale, role, given)}"
                )


def tell(run: PreparedRun) -> None:
    """Log what happens to styles and a first image of another size or shape than the picture."""
    _tell_of_styles(run)
    _tell_of_first_image(run)


def _check_content(run: PreparedRun) -> None:
    asks = (term for term in run.terms if term.loss.compares in ("content", "features"))
    if is_texture(run.options) and (term := next(asks, None)):
        raise OptionError(
            f"the term '{term.name}' compares with a photograph, but the content is none; leave out the term, or give a"
            " photograph"
        )


def _cure(run: PreparedRun, scale: Scale, role: str, given: Picture) -> str:
    if role == "style" and (name := next((n for n in ("style_scale", "style_size") if getattr(run.options, n)), None)):
        return f"give a larger {flag(name)}, or a larger --size"
    if scale is not run.schedule[-1]:
        return f"this is the smallest of {len(run.schedule)} scales: give fewer --scales, or a larger --size"
    return f"give a larger --size{'' if min(given.size) * 8 > max(given.size) else ' or a less narrow picture'}"


def _tell_of_styles(run: PreparedRun) -> None:
    """Tell of styles that are much smaller than the picture, since their strokes will look large or soft."""
    last = run.schedule[-1].size
    for style, size in zip(run.weighed, run.style_sizes(last)):
        name, own = style.picture.source.name if style.picture.source else "the style", style.picture.size
        kept = "enlarged to" if max(size) > max(own) else "kept at"
        if style.scale is None and max(own) < SMALL * max(last):
            log.info(
                "style: %s has %d x %d pixels, far fewer than the picture; it is %s %d x %d", name, *own, kept, *size
            )
        elif style.scale is not None and max(size) > max(own):
            log.info(
                "style: %s has %d x %d pixels; it is enlarged to %d x %d, as asked, so its strokes are soft",
                *(name, *own, *size),
            )


def _tell_of_first_image(run: PreparedRun) -> None:
    """Tell how a first image of another size or shape is cropped and resized."""
    given, size = run.first, run.schedule[-1].size
    if given is None or given.size == size:
        return
    part = given.cropped(size).size
    name = given.source.name if given.source else "the first image"
    # Rounding changes proportions by up to a pixel.
    middle = f"its middle, {part[0]} x {part[1]}, is" if max(map(abs, map(sub, part, given.size))) > 1 else "it is"
    log.info("init: %s has %d x %d pixels; %s resized to %d x %d", name, *given.size, middle, *size)
