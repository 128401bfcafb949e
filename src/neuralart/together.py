"""Checks of options that contradict each other. Imports no torch."""

from __future__ import annotations

from typing import Any

from neuralart.errors import OptionError, counted
from neuralart.first import first_of
from neuralart.image.ground import colour_of

STREAM = "-"  # as --content or --style: standard input; as --output: standard output


NONE = "none"  # as --content: there is no photograph; the style's texture is painted


def is_none(given: object) -> bool:
    """Whether a picture's name says that there is no picture."""
    return isinstance(given, str) and given == NONE


def is_texture(options: Any) -> bool:
    """Whether there is no content."""
    return is_none(options.content)


def long_edge(options: Any) -> int:
    """The long edge of the requested picture in pixels; 0 for the content's own."""
    return max(map(int, str(options.size).split("x")))


def canvas(options: Any) -> tuple[int, int]:
    """(width, height) of a picture without content; a single number means a square."""
    edges = [int(edge) for edge in str(options.size).split("x")]
    return edges[0], edges[-1]


def check_together(options: Any) -> None:
    """Raise OptionError for options that contradict each other, although each makes sense alone."""
    if options.cpu and options.device not in ("auto", "cpu"):
        raise OptionError(f"--cpu and --device {options.device} contradict each other; give one of them")
    _check_output(options)
    _check_size(options)
    if options.style_scale and options.style_size:
        raise OptionError("--style-scale and --style-size contradict each other; give one of them")
    if is_texture(options) and options.colors != "style":
        raise OptionError(f"--colors {options.colors} takes colours from a photograph, but --content is none")
    if options.style:
        count_styles(options, len(options.style))
    if [options.content, *(options.style or ()), first_of(options.init).file].count(STREAM) > 1:
        raise OptionError("'-' is given for two pictures, but standard input holds only one")
    if options.display_port is not None and options.display not in ("auto", "browser"):
        raise OptionError(f"--display-port needs --display browser, but --display is {options.display}")
    if options.quiet and options.display == "terminal":
        raise OptionError("--quiet and --display terminal contradict each other; give one of them")
    if options.recipe == "original" and options.style_loss not in (None, "gram"):
        raise OptionError("recipe 'original' compares Gram matrices; leave --style-loss out, or use --recipe balanced")
    if options.recipe == "original" and options.content_loss != "features":
        raise OptionError("recipe 'original' compares features; leave --content-loss out, or use --recipe balanced")
    if options.recipe == "original" and options.scales not in (None, 1):
        raise OptionError("recipe 'original' has one scale; leave --scales out, or use --recipe balanced")


def count_styles(options: Any, styles: int) -> int:
    """Return how many styles count: the pictures, or, if there is one picture, its scales or lists of layers.

    Args:
        options: The user's choices.
        styles: The number of pictures.

    Raises:
        OptionError: If the numbers of values do not match, or no weight is above 0.
    """
    lists = {"--style-scale": options.style_scale, "--style-size": options.style_size}
    lists |= {"--style-layers": options.style_layers}
    told, most = counted(styles, "style"), styles
    for name, values in lists.items():
        several = len(values or ())
        if several > 1 and most > 1 and several != most:
            hint = "; the layers of one list have commas between them" if name == "--style-layers" else ""
            raise OptionError(f"{name} has {several} values, but there are {told}; give one, or {most}{hint}")
        if several > most:
            told, most = f"{several} values of {name}", several
    weights = options.style_weights
    if weights and len(weights) != most:
        raise OptionError(
            f"--style-weights has {counted(len(weights), 'value')}, but there {'is' if most == 1 else 'are'} {told};"
            " give one weight for each"
        )
    if weights and not any(weights):
        raise OptionError("--style-weights has no weight above 0; give at least one style a weight")
    return most


def _check_size(options: Any) -> None:
    if is_texture(options):
        if options.colors != "style":
            raise OptionError(
                f"--colors {options.colors} takes a photograph's colours, but --content is none; leave one of them out"
            )
        if options.content_loss != "features":
            raise OptionError("--content-loss has no effect with --content none; leave one of them out")
        if options.content_layers:
            raise OptionError("--content-layers has no effect with --content none; leave one of them out")
        if not long_edge(options):
            raise OptionError("--size 0 keeps the content's own size, but --content is none; give --size 1024x512")
    elif options.content is not None:
        check_shape(options)


def check_shape(options: Any) -> None:
    """Raise OptionError for a width and a height: a photograph has its own shape."""
    if isinstance(options.size, str):
        raise OptionError(
            f"--size {options.size} is for --content none; a photograph keeps its shape, so give its long edge:"
            f" --size {long_edge(options)}"
        )


def _check_output(options: Any) -> None:
    suffix, said = suffix_of(options), f"--output is '{options.output}'"
    if options.format:
        said = f"--format is {options.format}"
    if options.bits == 16 and suffix in ("jpg", "jpeg", "webp", "avif"):
        raise OptionError(f"--bits 16 needs a PNG or TIFF, but {said}")
    if options.pyramid and options.output == STREAM:
        raise OptionError("--pyramid needs a file, but --output is '-'; give --output NAME.tif")
    if options.pyramid and suffix not in (None, "tif", "tiff"):
        raise OptionError(f"--pyramid needs a TIFF, but {said}; give --output NAME.tif")
    try:
        colour_of(options.background)
    except ValueError as error:
        raise OptionError(f"--background is {error}") from None


def suffix_of(options: Any) -> str | None:
    """The suffix that decides the output's format, without its dot and in lower case; None without an output."""
    if options.format:
        return str(options.format)
    if options.output == STREAM:
        return "png"
    return None if options.output is None else str(options.output).rsplit(".", 1)[-1].lower()
