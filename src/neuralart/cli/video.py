"""neuralart video: a film repainted, frame by frame, with its sound."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from neuralart.cli import own, parser
from neuralart.cli.engines import need_ray
from neuralart.cli.inputs import refuse_missing
from neuralart.cli.video_options import VideoOptions
from neuralart.errors import OptionError
from neuralart.facts import Bears, Text
from neuralart.options import Options, declared, flag, from_mapping
from neuralart.presets import unfolded
from neuralart.together import STREAM, is_none
from neuralart.video.choices import FilmOptions

USAGE = """\
neuralart video FILM --style PAINTING [--output FILM] [options]

Repaint a film in the style of a painting. FILM is a film's file, an animated GIF or WebP, or a folder of pictures;
--output names .mp4, .webm, .mov, .mkv, .gif, .webp or a folder for pictures. Sound is copied, and every frame keeps its
time. Each frame begins with the one before it, moved along as the film moves, and is held to it, so that nothing
flickers. Scenes are painted side by side if there is room. Painted frames are kept in a folder beside the output until
the film is written: one that was stopped goes on with neuralart resume FOLDER. All options of neuralart --help apply
that say what to paint and how."""

# Of the options for a picture's file, only these make sense here.
TAKEN = ("output", "background")


def run(words: list[str]) -> int:
    """Paint the film that the words name; return the exit code."""
    made = own.build(VideoOptions, "neuralart video", USAGE)
    if parser.asks_for_help(words):
        print(made.format_help(), end="")
        return 0
    given, rest = made.parse_known_args([parser.hyphenated(word) for word in words])
    settings = VideoOptions(**vars(given))
    if not rest or rest[0].startswith("-"):
        raise OptionError("there is no film; give it first: neuralart video FILM --style PAINTING")
    film, values = rest[0], taken(rest[1:])
    options = from_mapping(unfolded(values))
    if options.style is None:
        raise OptionError("--style PAINTING is missing; neuralart video FILM --style PAINTING paints a film")
    output = options.output or usual_name(film, options)
    kept = {"film": os.path.realpath(film), "film's options": vars(given), "options": absolute(values)}
    return paint(film, settings, replace(options, output=output), kept)


def taken(words: list[str]) -> dict[str, Any]:
    """Return what the words give, as text. Raises OptionError if an option belongs to a single picture."""
    values = parser.values(words)
    for name in values:
        facts = declared()[name][0]
        if name == "content":
            raise OptionError("--content is the film itself; leave it out: neuralart video FILM --style PAINTING")
        if facts.bears in (Bears.FILE, Bears.FINISH) and name not in TAKEN:
            raise OptionError(f"{flag(name)} belongs to a single picture, and has no effect on a film; leave it out")
    return values


def resume(folder: Path, words: list[str]) -> int:
    """Continue the film whose painted frames are in this folder."""
    from neuralart.video.kept import known

    before = known(folder, "give the one that neuralart video named")["given"]
    given, rest = own.build(VideoOptions, "neuralart video", USAGE).parse_known_args(map(parser.hyphenated, words))
    now, who = taken(rest), vars(given)
    painted = [name for name in who if name in {one.name for one in fields(FilmOptions)} - {"codec"}]
    if fixed := next((name for name in (*painted, *now) if name in painted or declared()[name][0].is_fixed), None):
        raise OptionError(f"{flag(fixed)} cannot change in the middle of a film; leave it out, or paint anew")
    try:
        film, settings = str(before["film"]), VideoOptions(**{**before["film's options"], **who})
        values = {**before["options"], **now}
    except (KeyError, TypeError):
        raise OptionError(f"'{folder}' was made in Python; go on from it there, with the same call") from None
    values["output"] = output = now.get("output") or str(folder.parent / Path(before["output"]).name)
    # An existing folder is never replaced, see `video.save.check`.
    if os.path.lexists(output) and not Path(output).is_dir() and not now.get("overwrite"):
        raise OptionError(f"'{output}' already exists; add --overwrite, or give another --output")
    return paint(film, settings, from_mapping(unfolded(values)), before, folder)


def paint(
    film: str, settings: VideoOptions, options: Options, given: Mapping[str, Any], folder: Path | None = None
) -> int:
    """Paint a film and write it. given: What resuming needs. folder: Where frames are; None for the usual place."""
    need_ray(settings)
    refuse_missing(options)
    from neuralart.cli.names import check_name, same_file
    from neuralart.cli.repainting import Painting

    output = str(options.output)
    if output == STREAM:
        raise OptionError("--output is '-', and a film needs a file or a folder; give --output NAME.mp4")
    if is_none(options.content):
        raise OptionError("--content is the film itself; leave it out")
    check_name(output)
    if same_file(output, film):
        raise OptionError(f"--output '{output}' would overwrite the film; give another name")
    place = folder or Path(output.rstrip("/")).with_suffix(".frames")
    return Painting(film, settings.checked(options), options, place).follow({**given, "output": output})


def usual_name(film: str, options: Options) -> str:
    """Return FILM-STYLE.mp4 in the working directory, never the name of an existing file."""
    from neuralart.cli.names import free_name

    stems = [Path(film).stem, *(Path(style).stem for style in options.style or ())]
    return str(free_name(Path("-".join(stems) + ".mp4")))


def absolute(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with absolute paths of input files, since a film may be resumed from anywhere."""
    known = declared()
    rooted = lambda one: os.path.realpath(one) if os.path.exists(one) else one  # noqa: PTH110
    result = {}
    for name, value in values.items():
        is_input = known[name][0].text in (Text.INPUT, Text.FIRST)
        several = [rooted(one) for one in value] if isinstance(value, list) else value
        result[name] = rooted(several) if is_input and isinstance(several, str) else several if is_input else value
    return result
