"""neuralart blend: goes from one style to another in steps, as pictures, on a sheet and as a film."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from neuralart.cli import own, parser
from neuralart.cli.alternatives import Axis, Combination, plan
from neuralart.cli.inputs import refuse_missing
from neuralart.cli.interrupt import exit_code
from neuralart.cli.sweep import heading, usual_place
from neuralart.errors import NeuralartError, OptionError
from neuralart.options import flag, option
from neuralart.values import check_all
from neuralart.version import VERSION

if TYPE_CHECKING:
    from neuralart.cli.series import Series

log = logging.getLogger(__name__)

USAGE = """\
neuralart blend STYLE STYLE --content PHOTO [--steps 9] [options]

Paint the photograph in the first style, in the second, and in mixtures between them; put the pictures on a sheet, and
make a film that goes from one to the other. Every step is a painting with --style-weights, kept in a folder with its
record. Steps that are already there are not painted again, so the same command continues a blend that was stopped. All
options of neuralart --help that say what to paint and how apply."""


@dataclass(frozen=True, kw_only=True)
class BlendOptions:
    """The options of the command itself. Raises OptionError for a value that makes no sense."""

    steps: int = option(9, "Blend", "number of pictures, including both ends", int, least=2, most=1000)
    folder: str = option("blend", "Blend", "folder for the pictures, created if missing", shown="FOLDER")
    output: str | None = option(
        None, "Blend", "the sheet to write", unset="sheet.png in the folder, replaced by the next blend", shown="FILE"
    )
    film: str | None = option(
        None,
        "Blend",
        "the film to write: .gif, .webp, .mp4 or .webm",
        unset="film.gif in the folder, never over an existing file",
        shown="FILE",
    )
    film_seconds: float = option(
        8.0, "Blend", "length of the film; every second shows the same amount of change", float, least=0.5, most=600
    )

    def __post_init__(self) -> None:
        check_all(self)


def run(words: list[str]) -> int:
    """Paint the blend."""
    made = own.build(BlendOptions, "neuralart blend", USAGE)
    if parser.asks_for_help(words):
        print(made.format_help(), end="")
        return 0
    settings, rest = own.take(made, BlendOptions, words)
    count = next((k for k, word in enumerate(rest) if word.startswith("--")), len(rest))
    styles, rest = rest[:count], rest[count:]
    if len(styles) != 2:
        given = f"there {'is one' if len(styles) == 1 else f'are {len(styles)}' if styles else 'are none'}"
        raise OptionError(f"a blend needs two styles, but {given}: neuralart blend a.jpg b.jpg --content PHOTO")
    return blend(settings, *combinations(styles, settings.steps, rest))


def combinations(styles: Sequence[str], steps: int, rest: Sequence[str]) -> tuple[list[Axis], list[Combination]]:
    """Return what changes, and the paintings from the first style to the second.

    Raises:
        OptionError: For options that a blend does not take.
    """
    given = parser.values(rest)
    for name in ("style", "style_weights"):
        if name in given:
            raise OptionError(f"a blend sets {flag(name)} itself; leave it out, or use neuralart sweep")
    weights = ";".join(f"{steps - 1 - k},{k}" for k in range(steps))
    axes, result = plan(["--style", *styles, "--style-weights", weights, *rest])
    if len(axes) > 1:
        other = flag(next(axis.name for axis in axes if axis.name != "style_weights"))
        raise OptionError(f"{other} has several values, but a blend takes only one; use neuralart sweep")
    if result[0].options.content is None:
        raise OptionError("--content PHOTO is missing; see neuralart blend --help")
    return axes, result


def blend(settings: BlendOptions, axes: Sequence[Axis], steps: Sequence[Combination]) -> int:
    """Paint the missing pictures, and write sheet and film. Returns the exit code: 1 if something failed."""
    refuse_missing(steps[0].options)
    from neuralart.cli.names import free_name
    from neuralart.cli.series import Series
    from neuralart.figures.sheet import EDGE, grid
    from neuralart.video.encode import check as check_film

    folder = Path(settings.folder)
    series = Series(folder, axes, steps)
    output = Path(settings.output) if settings.output else usual_place(folder)
    if settings.film:
        check_film(settings.film)
    series.check(output)
    film = settings.film or str(free_name(folder / "film.gif"))
    stopped = series.paint()
    record = {
        "program": f"neuralart {VERSION}",
        "description": heading(axes, steps[0]),
        "sheet": [one.title for one in steps],
    }
    tiles = [series.tile(one, title(one), EDGE) for one in steps]
    grid(tiles, heading=heading(axes, steps[0])).save(output, record=record)
    if not steps[0].options.quiet:
        print(f"{output}: {series.summary(stopped)}")
    if stopped:
        return exit_code(stopped)
    return 1 if series.failures or not _filmed(series, steps, film, settings.film_seconds) else 0


def title(one: Combination) -> str:
    """Return the shares of both styles in per cent: 75 : 25."""
    first, second = one.options.style_weights or (1.0, 0.0)
    share = 100 * second / (first + second)
    return f"{100 - share:.3g} : {share:.3g}"


def _filmed(series: Series, steps: Sequence[Combination], film: str, seconds: float) -> bool:
    """Write the film of all pictures; log and return False if that fails."""
    from neuralart.image.read import read
    from neuralart.image.transparency import WHITE
    from neuralart.video.animate import SIZE
    from neuralart.video.encode import encode
    from neuralart.video.reel import Reel

    reel = Reel()
    try:
        for one in steps:
            reel.add(read(series.painted[one], 2 * SIZE).flattened(WHITE).numpy())
        message = encode(reel, film, None, SIZE, seconds)
    except NeuralartError as error:
        log.warning("neuralart: %s", error)
        return False
    if not steps[0].options.quiet:
        print(message)
    return True
