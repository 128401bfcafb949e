"""Options that make no sense together. Imports no torch."""

from __future__ import annotations

from typing import Any

from neuralart.errors import OptionError
from neuralart.first import first_of
from neuralart.values import colour_of

STREAM = "-"  # as --content or --style: standard input; as --output: standard output


NONE = "none"  # as --content: there is none, and the style's texture is made


def is_none(given: object) -> bool:
    """Whether a picture's name says that there is none."""
    return isinstance(given, str) and given == NONE


def is_texture(options: Any) -> bool:
    """Whether there is no content."""
    return is_none(options.content)


def long_edge(options: Any) -> int:
    """Of the picture asked for, in pixels; 0 for the content's own."""
    return max(map(int, str(options.size).split("x")))


def canvas(options: Any) -> tuple[int, int]:
    """(width, height) of a picture without a content; of a single number, a square."""
    edges = [int(edge) for edge in str(options.size).split("x")]
    return edges[0], edges[-1]


def check_together(options: Any) -> None:
    """Raise OptionError for options, each of which makes sense, that contradict one another."""
    if options.cpu and options.device not in ("auto", "cpu"):
        raise OptionError(f"--cpu and --device {options.device} contradict each other; give one of them")
    _check_output(options)
    _check_size(options)
    if options.style_scale and options.style_size:
        raise OptionError("--style-scale and --style-size contradict each other; give one of them")
    if is_texture(options) and options.colors != "style":
        raise OptionError(f"--colors {options.colors} takes colours from a photograph, and --content is none")
    if options.style:
        count_styles(options, len(options.style))
    if [options.content, *(options.style or ()), first_of(options.init).file].count(STREAM) > 1:
        raise OptionError("'-' is given for two pictures; standard input holds one")
    if options.display_port is not None and options.display not in ("auto", "browser"):
        raise OptionError(f"--display-port is for --display browser, and --display is {options.display}")
    if options.quiet and options.display == "terminal":
        raise OptionError("--quiet and --display terminal contradict each other; give one of them")
    if options.recipe == "original" and options.style_loss != "gram":
        raise OptionError("recipe 'original' compares Gram matrices; leave --style-loss out, or take --recipe balanced")
    if options.recipe == "original" and options.content_loss != "features":
        raise OptionError("recipe 'original' compares features; leave --content-loss out, or take --recipe balanced")
    if options.recipe == "original" and options.scales not in (None, 1):
        raise OptionError("recipe 'original' has one scale; leave --scales out, or take --recipe balanced")


def count_styles(options: Any, styles: int) -> int:
    """In how many ways styles are looked at: as many as there are, or as scales or lists of layers of the only one.

    Args:
        options: The user's choices.
        styles: How many pictures there are.

    Raises:
        OptionError: Where the numbers of values do not match, or no weight is above 0.
    """
    lists = {"--style-scale": options.style_scale, "--style-size": options.style_size}
    lists |= {"--style-layers": options.style_layers}
    found, most = f"{styles} style{'s' if styles > 1 else ''}", styles
    for name, values in lists.items():
        several = len(values or ())
        if several > 1 and most > 1 and several != most:
            hint = "; the layers of one list have commas between them" if name == "--style-layers" else ""
            raise OptionError(f"{name} has {several} values, and there are {found}; give one, or {most}{hint}")
        if several > most:
            found, most = f"{several} values of {name}", several
    weights = options.style_weights
    if weights and len(weights) != most:
        raise OptionError(
            f"--style-weights has {len(weights)} value{'s' if len(weights) > 1 else ''}, and there"
            f" {'is' if most == 1 else 'are'} {found}; give one weight for each"
        )
    if weights and not any(weights):
        raise OptionError("--style-weights has no weight above 0; give one style a weight at least")
    return most


def _check_size(options: Any) -> None:
    if is_texture(options):
        if options.colors != "style":
            raise OptionError(
                f"--colors {options.colors} takes a photograph's colours, and --content is none; leave one of them out"
            )
        if options.content_loss != "features":
            raise OptionError("--content-loss has no effect with --content none; leave one of them out")
        if options.content_layers:
            raise OptionError("--content-layers has no effect with --content none; leave one of them out")
        if not long_edge(options):
            raise OptionError("--size 0 keeps the content's own size, and --content is none; give --size 1024x512")
    elif options.content is not None:
        check_shape(options)


def check_shape(options: Any) -> None:
    """Raise OptionError for a width and a height, which a photograph has already."""
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
        raise OptionError(f"--bits 16 needs a PNG or TIFF, and {said}")
    if options.pyramid and options.output == STREAM:
        raise OptionError("--pyramid needs a file, and --output is '-'; give --output NAME.tif")
    if options.pyramid and suffix not in (None, "tif", "tiff"):
        raise OptionError(f"--pyramid needs a TIFF, and {said}; give --output NAME.tif")
    try:
        colour_of(options.background)
    except ValueError as error:
        raise OptionError(f"--background is {error}") from None


def suffix_of(options: Any) -> str | None:
    """The suffix, without its dot and in small letters, that says how the output is written; None without an output."""
    if options.format:
        return str(options.format)
    if options.output == STREAM:
        return "png"
    return None if options.output is None else str(options.output).rsplit(".", 1)[-1].lower()
