"""The whole program on one page: a photograph and a painting go in, a picture comes out.

picture = stylize("photo.jpg", "painting.jpg", size=512)
picture.save("out.png")

for step in iterate("photo.jpg", "painting.jpg", size=512):
    print(step.iteration, step.total)
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from neuralart import build
from neuralart.distributed.group import ALONE, Group
from neuralart.errors import OptionError, suggest
from neuralart.first import WORDS, first_of
from neuralart.image import fork
from neuralart.image.limits import STRICT, Reading
from neuralart.image.picture import Picture
from neuralart.image.source import quoted
from neuralart.image.take import PictureLike as PictureLike
from neuralart.image.take import as_picture as as_picture
from neuralart.networks.network import Network
from neuralart.networks.provide import Provision
from neuralart.objective.allocator import without_holes
from neuralart.objective.objective import Term
from neuralart.options import Options, declared, from_mapping, spelt
from neuralart.prepared import PreparedRun as PreparedRun
from neuralart.presets import PRESETS
from neuralart.recipes.regions import Masks, regions_of
from neuralart.recipes.style import Style
from neuralart.run.step import Step
from neuralart.together import NONE, STREAM, canvas, check_shape, count_styles, is_none, is_texture
from neuralart.watch.display.choose import displayed, shown
from neuralart.watch.watchers import Watcher, Watchers
from neuralart.weights.download import Progress

if TYPE_CHECKING:
    from typing_extensions import Unpack  # of typing itself from Python 3.11 on

    from neuralart.keywords import Keywords

Styles = PictureLike | Style | Sequence[PictureLike | Style]


def stylize(
    content: PictureLike,
    styles: Styles,
    *,
    terms: Sequence[Term] | None = None,
    network: Network | None = None,
    first: PictureLike | None = None,
    watchers: Sequence[Watcher] = (),
    options: Options | None = None,
    download: bool = False,
    **keywords: Unpack[Keywords],
) -> Picture:
    """Repaint the content in the style of another picture, or of several.

    Args:
        content: A path, a `Picture`, a PIL image, the bytes of a file, an array or a tensor, see `as_picture`; "none"
            for the texture of the styles, of any `size`.
        styles: The same, or a `Style`, or a list of these.
        terms: What is summed up and minimised, in place of the recipe's content, style and smoothness.
        network: The network that compares, in place of the one that `model` names.
        first: The picture to begin with, in place of what `init` says.
        watchers: Called with every Step. One that fails is told of and asked no more; the painting goes on.
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
        run = prepare(content, styles, wanted, terms=terms, network=network, first=first, download=download)
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
    first: PictureLike | None = None,
    options: Options | None = None,
    download: bool = False,
    **keywords: Unpack[Keywords],
) -> Iterator[Step]:
    """The same, step by step: yields a Step before the first iteration and after each. Stop by ceasing to read.

    Shows nothing by itself, in a notebook either, unless one of the options that begin with `display` is given.
    Arguments and errors are those of `stylize`.
    """
    wanted = chosen(keywords, options)
    run = prepare(content, styles, wanted, terms=terms, network=network, first=first, download=download)
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
    keywords = spelt(keywords)
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
    # What a preset sets is said, too: a default may have been given in its place.
    preset = PRESETS[options.preset].options if options.preset else {}
    return {name: value for name, (value, default) in values.items() if value != default or name in preset}


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
    masks: Masks | None = None,
    download: bool = False,
) -> PreparedRun:
    """Everything that can fail for a reason of the user's fails here, before the first evaluation.

    As `drafted`, made to fit into memory.
    """
    run = drafted(
        *(content, styles, options, progress, provision, group),
        terms=terms,
        network=network,
        first=first,
        masks=masks,
        download=download,
    )
    return build.fitted(run)


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
    masks: Masks | None = None,
    download: bool = False,
) -> PreparedRun:
    """The run with everything read and checked but whether it fits into memory.

    Args:
        content, styles, terms, network, first, download: As for `stylize`.
        options: The user's choices.
        progress: Told of what is downloaded.
        provision: The network, where `build.provision` has already made it of these options; else it is loaded here.
        group: The processes that share the image, each of which calls this.
        masks: Pictures that say where, in place of the files that the options name.
    """
    fork.check()
    with group.together(), without_holes():
        reading = build.reading(options)
        photograph, options = as_content(content, options, reading)
        asked = named_styles(styles)
        paintings = as_styles(asked, reading, build.style_edge(options, photograph, asked))
        ways = count_styles(options, len(paintings))
        options, begun = as_first(first, options, reading)
        if build.recipe(options).fills:
            photograph = seen(photograph, "content")
            paintings = tuple(replace(style, picture=seen(style.picture, "style")) for style in paintings)
            begun = begun and seen(begun, "first image")
        masks = masks or as_masks(options, asked, reading)
        looked = [paintings[k if len(paintings) > 1 else 0].picture for k in range(ways)]
        regions = regions_of(masks, photograph, looked, heeds_alpha=build.recipe(options).fills)
        if provision is None:
            fetched = lambda: build.provision(options, progress, download=download)
            provision = fetched() if network is None else build.given(network, options)
        where = build.topology(options, group)
        run = build.draft(options, photograph, paintings, provision, where, terms, begun, regions)
    return run


def as_content(given: PictureLike, options: Options, reading: Reading = STRICT) -> tuple[Picture, Options]:
    """The content, read, or for "none" a grey picture of the size asked for; and options that say whether it is none.

    Raises OptionError for what is no picture, and for a size that no photograph has.
    """
    if is_none(given):
        options = replace(options, content=NONE)
        width, height = canvas(options)
        # One number, seen everywhere: such a picture takes no memory.
        return Picture(torch.full((1, 1, 1, 1), 127.5).expand(1, 3, height, width)), options
    if not is_texture(options):
        check_shape(options)
    return as_picture(given, "content", reading), options


def as_first(given: PictureLike | None, options: Options, reading: Reading = STRICT) -> tuple[Options, Picture | None]:
    """The picture to begin with, read, if there is one; and options whose `init` names it if it was given in its place.

    Raises OptionError and PictureError.
    """
    if given is not None:
        begun = as_picture(given, "first image", reading)
        return replace(options, init="image" if begun.digest is None else f"{begun.source}:1"), begun
    file = first_of(options.init).file
    if file is None:
        return options, None
    if file != STREAM and not os.path.lexists(file) and "://" not in file:
        near = suggest(file.lower(), WORDS)
        raise OptionError(f"--init is '{file}', which is none of {', '.join(WORDS)}, and no file either{near}")
    return options, as_picture(file, "first image", reading)


def as_masks(options: Options, styles: Sequence[Style], reading: Reading = STRICT) -> Masks:
    """The pictures that say where, read; those that styles bring take the place of `style_mask`."""
    take = lambda name, one: None if one is None or is_none(one) else as_picture(one, name, reading)
    own = [style.mask for style in styles]
    where = own if any(one is not None for one in own) else options.style_mask or ()
    return Masks(
        [take("mask of a style", one) for one in where],
        take("mask of the content", options.content_mask),
        [take("mask", one) for one in options.mask or ()],
        take("mask of what is left alone", options.preserve),
        take("mask of what counts", options.content_weight_mask),
    )


def seen(picture: Picture, role: str) -> Picture:
    """A picture, its hidden colours grown from those that are seen. Raises OptionError where none are."""
    if picture.is_clear:
        name = f"the {role}" if picture.source is None else f"the {role} {quoted(picture.source)}"
        raise OptionError(f"{name} is wholly transparent, so that nothing of it is seen; give another picture")
    return picture.filled()


def named_styles(given: Styles) -> tuple[Style, ...]:
    """One style or several, not read yet. Raises OptionError where there is none."""
    several = list(given) if isinstance(given, list | tuple) else [given]
    if not several:
        raise OptionError("there is no style; give one picture at least")
    return tuple(one if isinstance(one, Style) else Style(one) for one in several)


def as_styles(given: Styles, reading: Reading = STRICT, enough: int | None = None) -> tuple[Style, ...]:
    """One style or several, read; of very large files no more than it takes for a long edge of `enough` pixels.

    Raises OptionError for what is no picture, PictureError for bad files.
    """
    return tuple(
        replace(style, picture=as_picture(style.picture, "style", reading, enough)) for style in named_styles(given)
    )
