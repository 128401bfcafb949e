"""neuralart resume: continues a painting from a checkpoint to the end."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neuralart.cli import parser
from neuralart.cli.names import free_name, same_file
from neuralart.cli.painting import paint
from neuralart.cli.recall import ROLES, begun, masks_of, pictures_of_styles, refuse_to_overwrite, show_inputs
from neuralart.cli.resumed import Resumed
from neuralart.errors import OptionError, PictureError, WeightsError
from neuralart.facts import Bears
from neuralart.image.paintings import called
from neuralart.image.record import read_record, styles_in
from neuralart.options import Options, declared, flag, from_mapping
from neuralart.together import NONE
from neuralart.watch.checkpoint import read
from neuralart.watch.facts import given_in_python, same, validated, whereabouts

log = logging.getLogger(__name__)

USAGE = """\
usage: neuralart resume CHECKPOINT [options]
       neuralart resume FOLDER [options]

Continue a painting from a file that --checkpoint kept, or from the folder in which neuralart video keeps painted
frames. Options that say where and how to compute, what to show and what to write override those of the first part; what
is painted cannot change. --content and --style say where the pictures are now. Files are written where the command line
says, or in the checkpoint's folder, and never over an existing file without --overwrite. The log, plot and film of the
first part stay: those of the rest get a new name. On the same machine, the result is, bit for bit, the picture of an
uninterrupted painting; if you compute it differently, it differs by rounding."""


def run(words: list[str]) -> int:
    """Continue from the checkpoint that the words name."""
    if not words or words[0].startswith("-"):
        raise OptionError("neuralart resume needs the name of a checkpoint: neuralart resume FILE")
    if Path(words[0]).is_dir():
        from neuralart.cli import video

        return video.resume(Path(words[0]), words[1:])
    path, given = Path(words[0]), parser.values(words[1:])
    if fixed := next((name for name in given if declared()[name][0].is_fixed), None):
        raise OptionError(
            f"{flag(fixed)} cannot change in the middle of a painting; leave it out, or start a new painting with"
            " neuralart --content PHOTO --style PAINTING"
        )
    reached, facts = read(path)
    options = {**_recorded(facts, path, given), **given}
    options.setdefault("checkpoint", str(path))
    if not same_file(str(options["checkpoint"]), str(path)) and Path(options["checkpoint"]).exists():
        raise OptionError(f"--checkpoint '{options['checkpoint']}' already exists; give another name, or leave it out")
    chosen = from_mapping(options)
    refuse_to_overwrite(chosen, given)
    if not chosen.overwrite:
        _refuse_to_replace(chosen, Resumed(reached, facts, path), given)
    show_inputs(chosen, given, path)
    replanned = any(declared()[name][0].bears in (Bears.NUMBERS, Bears.ROOM) for name in given)
    return paint(chosen, Resumed(reached, facts, path, replanned))


def _recorded(facts: dict[str, Any], path: Path, given: dict[str, Any]) -> dict[str, Any]:
    """Return the options of the first part of the run, adapted to where files are now."""
    if lost := given_in_python(facts):
        raise PictureError(
            f"the checkpoint {path} was painted with {lost} passed in Python; only Python can continue it"
        )
    try:
        known = {name: value for name, value in facts["options"].items() if _is_carried(name)}
        network = facts["network"]
        known["model"], known["precision"] = network["name"], network.get("precision", known["precision"])
        styles_in(facts)  # raises KeyError if it names none
        content, *styles = [
            {"path": one["path"], "sha256": one["sha256"]} for one in (facts["content"], *pictures_of_styles(facts))
        ]
        digest = network["sha256"]
    except (KeyError, TypeError, IndexError):
        raise PictureError(
            f"the checkpoint {path} does not say what it was painted from; it cannot be resumed"
        ) from None
    for name, (about, _) in declared().items():
        if about.is_written and known.get(name) and name not in (*given, "checkpoint"):
            known[name] = _inside(path, name, _beside(path, facts["options"], name), "overwrite" in given)
    known.pop("checkpoint", None)
    if "content" not in given and known.get("content") != NONE:
        known["content"] = str(_located(path, "content", content))
    if "style" not in given:
        known["style"] = [called(_located(path, "style", one)) for one in styles]
    known["init"] = begun(known.get("init", "image"), facts, lambda one: _located(path, "init", one), path)
    known |= masks_of(known, facts, given, lambda role, one: _located(path, role, one), path)
    if known.get("weights") and "weights" not in given and not same(Path(known["weights"]), {"sha256": digest}):
        raise WeightsError(
            f"the weights {known['weights']} are missing, or are not those that {path} was painted with; give the"
            " same file with --weights"
        )
    return known


def _is_carried(name: str) -> bool:
    return name in declared() and declared()[name][0].is_carried


def _inside(path: Path, name: str, place: Path, overwrite: bool) -> str:
    """Return where to write a file that the checkpoint names: there, or in the checkpoint's folder if it is outside."""
    folder = Path(os.path.realpath(path)).parent
    if not Path(os.path.realpath(place)).is_relative_to(folder):
        elsewhere = free_name(path.parent / (place.name or name))
        log.warning(
            "%s names %s for %s, which is outside its folder; writing %s instead", path, place, flag(name), elsewhere
        )
        return str(elsewhere)
    # The picture and the frames belong to this run, see `_refuse_to_replace`; other files of the first part are kept.
    # Overwriting one that records the course would lose its beginning.
    replaces = name in ("output", "output_dir") or (overwrite and not declared()[name][0].course)
    return str(place if replaces else free_name(place))


def _beside(path: Path, recorded: Mapping[str, Any], name: str) -> Path:
    """Return where a file that the checkpoint names is now, from whatever folder the painting is continued.

    A relative name begins in the folder where the program was called, and so did that of the checkpoint.
    """
    place, before = Path(recorded[name]), Path(recorded.get("checkpoint") or path.name)
    if place.is_absolute():
        return place
    return path.parent / (place if before.is_absolute() else os.path.relpath(place, before.parent))


def _refuse_to_replace(options: Options, resumed: Resumed, given: dict[str, Any]) -> None:
    """Raise OptionError if a file would be replaced that does not come from the first part of this run."""
    output, folder = options.output, options.output_dir
    if output and "output" not in given and os.path.lexists(output) and not _is_earlier(Path(output), resumed):
        raise OptionError(
            f"'{output}', which {resumed.path} names as its output, already exists; add --overwrite, or give --output"
        )
    later = (name for name in _frames(folder) if int(name.removesuffix(".jpg")) >= resumed.reached.iteration)
    if folder and (frame := next(later, None)):
        raise OptionError(f"the frame '{frame}' already exists in '{folder}'; add --overwrite, or give --output-dir")


def _frames(folder: str | None) -> list[str]:
    if folder is None or not Path(folder).is_dir():
        return []
    return sorted(file.name for file in Path(folder).iterdir() if re.fullmatch(r"\d{4,9}\.jpg", file.name))


def _is_earlier(output: Path, resumed: Resumed) -> bool:
    """Whether a picture is an earlier result of the same run, no later than the checkpoint."""
    try:
        record, facts = validated(read_record(output) or {}, str(output)), resumed.facts
        same_run = all(record[part] == facts[part] for part in ("options", "content", "network"))
        same_run = same_run and styles_in(record) == styles_in(facts)
        return bool(same_run and record["result"]["iterations"] <= resumed.reached.iteration)
    except (PictureError, KeyError, TypeError):
        return False


def _located(path: Path, role: str, origin: dict[str, Any]) -> Path:
    """Return where an input is now: at its recorded place, or beside the checkpoint.

    Raises:
        PictureError: If it is not there, or is no longer the same file.
    """
    # The first image cannot change in the middle of a painting, so do not suggest an option for it.
    cure = f"give it with --{role}" if role != "init" else "put it there"
    if not origin.get("path"):
        raise PictureError(f"the {ROLES[role]} of {path} was not a file; {cure}")
    named, place = whereabouts(origin, path.parent)
    if named is None:
        raise PictureError(f"the {ROLES[role]} {origin['path']} is neither where it was nor beside {path}; {cure}")
    if place is None:
        raise PictureError(
            f"{named} is not the {ROLES[role]} that {path} was painted from; {cure.replace(' it ', ' that ')}"
        )
    return place
