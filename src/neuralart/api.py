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
            for the texture of the styles alone, at any `size`.
        styles: One such picture, or a `Style`, or a list of these.
        terms: The terms to minimise, in place of the recipe's content, style and smoothness.
        network: The network that compares pictures, in place of the one that `model` names.
        first: The picture to start from, in place of `init`.
        watchers: Called with every Step. A watcher that fails is reported and not called again; the painting goes on.
        options: Choices made earlier; the keywords override them.
        download: Whether `model="auto"` may download weights. If not, it uses VGG-19 if its weights are here, otherwise
            the bundled network.
        **keywords: The options of the command line that decide what is painted and how, under the same names with
            underscores: size=512, model="vgg", num_iters=200. A notebook shows the painting below its cell as it
            emerges, unless `display` is "off"; elsewhere it is shown only if you pass an option that begins with
            `display`.

    Returns:
        The picture, with the content's alpha and the record of how it was made.

    Raises:
        OptionError: For a bad value of an option, and for something that is not a picture.
        PictureError: For a file that cannot be read.
        WeightsError: For an unusable file of weights.
        FetchError: If no source can deliver the weights.
        PaintError: If the optimisation breaks down numerically.
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
    """Repaint the content step by step, with the arguments and errors of `stylize`. To stop, stop reading.

    It shows nothing, not even in a notebook, unless you pass an option that begins with `display`.

    Returns:
        An iterator over the steps, one before the first iteration and one after each.
    """
    wanted = chosen(keywords, options)
    run = prepare(content, styles, wanted, terms=terms, network=network, first=first, download=download)
    return shown(run.steps(), wanted) if asked_to_show(keywords, options) else run.steps()


def asked_to_show(keywords: Mapping[str, Any], options: Options | None = None) -> bool:
    """Whether an option that begins with `display` is given."""
    return any(name.startswith("display") for name in {**_given(options), **keywords})


def chosen(keywords: Mapping[str, Any], options: Options | None = None) -> Options:
    """Return options from Python keywords, which override those of an `Options` object.

    Raises:
        OptionError: For a value that makes no sense, and for an option that would have no effect; the message says
            what to do instead.
    """
    keywords = spelt(keywords)
    known, wanted = declared(), {**_given(options), **keywords}
    for name in [name for name in wanted if name in known]:
        facts = known[name][0]
        if facts.python:
            raise OptionError(f"'{name}' belongs to the command line; in Python, {facts.python}")
        if facts.argument and name in keywords:
            raise OptionError(f"'{name}' is a separate argument here, not an option")
    return from_mapping(
        {name: value for name, value in wanted.items() if name not in known or known[name][0].is_keyword}
    )


def _given(options: Options | None) -> dict[str, Any]:
    """Return the values of an `Options` object that differ from the defaults."""
    if options is None:
        return {}
    if not isinstance(options, Options):
        raise OptionError(f"options is a {type(options).__name__}; give neuralart.Options(size=512), or keywords")
    values = {name: (getattr(options, name), default) for name, (_, default) in declared().items()}
    # Include everything that the preset sets, since the user may have set it back to the default.
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
    """Read and check everything for a run, and fit it into memory; `prepare(...).steps()` then paints.

    Every mistake of the user's shows here, before the first evaluation. Raises what `stylize` raises.

    Args:
        content, styles, terms, network, first, download: As for `stylize`.
        options: The choices, such as `Options(size=512)`.
        progress: Called with the progress of downloads.
        provision: The network, if `build.provision` has already made it from these options; otherwise it is loaded.
        group: The processes that share the image; each of them calls this function.
        masks: The pictures of the masks, in place of the files that the options name.
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
    """Read and check everything for a run, except whether it fits into memory. Raises what `stylize` raises.

    Args:
        content, styles, options, progress, provision, group, terms, network, first, masks, download: As for `prepare`.
    """
    fork.check()
    with group.together(), without_holes():
        reading = build.reading(options)
        photograph, options = as_content(content, options, reading)
        named = named_styles(styles)
        paintings = as_styles(named, reading, build.style_edge(options, photograph, named))
        count = count_styles(options, len(paintings))
        options, begun = as_first(first, options, reading)
        if build.recipe(options).fills:
            photograph = filled(photograph, "content")
            paintings = tuple(replace(style, picture=filled(style.picture, "style")) for style in paintings)
            begun = begun and filled(begun, "first image")
        is_frame = masks is not None  # of a film, perhaps, and then a mask may be black
        masks = masks or as_masks(options, named, reading)
        pictures = [paintings[k if len(paintings) > 1 else 0].picture for k in range(count)]
        heeds_alpha = build.recipe(options).fills
        regions = regions_of(masks, photograph, pictures, heeds_alpha=heeds_alpha, may_be_black=is_frame)
        if provision is None:
            fetched = lambda: build.provision(options, progress, download=download)
            provision = fetched() if network is None else build.given(network, options)
        where = build.topology(options, group)
        return build.draft(options, photograph, paintings, provision, where, terms, begun, regions)


def as_content(given: PictureLike, options: Options, reading: Reading = STRICT) -> tuple[Picture, Options]:
    """Read the content, or make a grey picture for "none"; the returned options say whether there is no content.

    Raises OptionError for something that is not a picture and for a width and height with a photograph, PictureError.
    """
    if is_none(given):
        options = replace(options, content=NONE)
        width, height = canvas(options)
        # One number expanded to all pixels: such a picture takes no memory.
        return Picture(torch.full((1, 1, 1, 1), 127.5).expand(1, 3, height, width)), options
    if not is_texture(options):
        check_shape(options)
    return as_picture(given, "content", reading), options


def as_first(given: PictureLike | None, options: Options, reading: Reading = STRICT) -> tuple[Options, Picture | None]:
    """Read the picture to start from, if there is one. The returned options name it if it was given in Python.

    Raises OptionError for something that is neither a picture nor a known word, PictureError.
    """
    if given is not None:
        begun = as_picture(given, "first image", reading)
        return replace(options, init="image" if begun.digest is None else f"{begun.source}:1"), begun
    file = first_of(options.init).file
    if file is None:
        return options, None
    if file != STREAM and not os.path.lexists(file) and "://" not in file:
        near = suggest(file.lower(), WORDS)
        raise OptionError(f"--init is '{file}', which is neither one of {', '.join(WORDS)} nor a file{near}")
    return options, as_picture(file, "first image", reading)


def as_masks(options: Options, styles: Sequence[Style], reading: Reading = STRICT) -> Masks:
    """Read the pictures of the masks; the masks of `Style` objects take the place of `style_mask`."""
    take = lambda name, one: None if one is None or is_none(one) else as_picture(one, name, reading)
    own = [style.mask for style in styles]
    where = own if any(one is not None for one in own) else options.style_mask or ()
    return Masks(
        [take("mask of a style", one) for one in where],
        take("mask of the content", options.content_mask),
        [take("mask", one) for one in options.mask or ()],
        take("mask of --preserve", options.preserve),
        take("mask of the content's weight", options.content_weight_mask),
    )


def filled(picture: Picture, role: str) -> Picture:
    """Fill hidden colours of a picture from the visible ones. Raises OptionError if all of it is transparent."""
    if picture.is_clear:
        name = f"the {role}" if picture.source is None else f"the {role} {quoted(picture.source)}"
        raise OptionError(f"{name} is completely transparent, so nothing of it is visible; give another picture")
    return picture.filled()


def named_styles(given: Styles) -> tuple[Style, ...]:
    """Return the given styles as `Style` objects, without reading them. Raises OptionError if there are none."""
    several = list(given) if isinstance(given, list | tuple) else [given]
    if not several:
        raise OptionError("there is no style; give at least one picture")
    return tuple(one if isinstance(one, Style) else Style(one) for one in several)


def as_styles(given: Styles, reading: Reading = STRICT, enough: int | None = None) -> tuple[Style, ...]:
    """Read one style or several.

    Args:
        given: The styles.
        reading: What to accept of a file.
        enough: A long edge in pixels; a very large file is read at a reduced size that is at least as large.

    Raises:
        OptionError: For something that is not a picture.
        PictureError: For a file that cannot be read.
    """
    return tuple(
        replace(style, picture=as_picture(style.picture, "style", reading, enough)) for style in named_styles(given)
    )
