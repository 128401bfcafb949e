"""Options that make no sense together. Imports no torch."""

from __future__ import annotations

from typing import Any

from neuralart.errors import OptionError
from neuralart.values import colour_of

STREAM = "-"  # as --content or --style: standard input; as --output: standard output


def check_together(options: Any) -> None:
    """Raise OptionError for options, each of which makes sense, that contradict one another."""
    if options.cpu and options.device not in ("auto", "cpu"):
        raise OptionError(f"--cpu and --device {options.device} contradict each other; give one of them")
    _check_output(options)
    if [options.content, *(options.style or ())].count(STREAM) > 1:
        raise OptionError("'-' is given for two pictures; standard input holds one")
    if options.display_port is not None and options.display not in ("auto", "browser"):
        raise OptionError(f"--display-port is for --display browser, and --display is {options.display}")
    if options.quiet and options.display == "terminal":
        raise OptionError("--quiet and --display terminal contradict each other; give one of them")
    if options.recipe == "original" and options.scales not in (None, 1):
        raise OptionError("recipe 'original' has one scale; leave --scales out, or take --recipe balanced")


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
