"""neuralart resume: go on painting from a checkpoint to the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neuralart.cli import parser
from neuralart.cli.painting import free_name, paint, same_file
from neuralart.cli.resumed import Resumed
from neuralart.errors import OptionError, PictureError
from neuralart.image.record import styles_in
from neuralart.options import declared, flag, from_mapping
from neuralart.watch.checkpoint import read
from neuralart.weights.digest import sha256

USAGE = """\
usage: neuralart resume CHECKPOINT [options]

Go on from a file that --checkpoint kept, to the end of the painting. Options that say where and how to compute, to
show and to write take the place of those given then; what is painted cannot change. --content and --style say where
the pictures are now. The optimiser's memory begins anew, as it does at every scale."""

# Everything else is a matter of what is painted.
CHANGEABLE = (
    *("content", "style", "weights", "output", "output_dir", "bits", "quality", "pyramid"),
    *("device", "cpu", "backend", "memory", "tile", "display", "display_interval", "display_port", "log", "plot"),
    *("animation", "animation_size", "animation_seconds", "checkpoint", "checkpoint_interval", "sheet", "quiet"),
)
# These belong to the machine and the moment, and are not taken over.
OF_THEN = ("device", "cpu", "memory", "display", "display_port")
# Made anew from here on: what the first part of the run wrote stays.
ANEW = ("log", "plot", "animation")


def run(words: list[str]) -> int:
    """Go on from the checkpoint that the words name."""
    if not words or words[0].startswith("-"):
        raise OptionError("neuralart resume needs the name of a checkpoint: neuralart resume FILE")
    path, given = Path(words[0]), parser.values(words[1:])
    if fixed := next((name for name in given if name not in CHANGEABLE), None):
        raise OptionError(
            f"{flag(fixed)} cannot change in the middle of a painting; leave it out, or paint anew with"
            " neuralart --content PHOTO --style PAINTING"
        )
    reached, facts = read(path)
    options = {**_recorded(facts, path, given), **given}
    options.setdefault("checkpoint", str(path))
    if not same_file(str(options["checkpoint"]), str(path)) and Path(options["checkpoint"]).exists():
        raise OptionError(
            f"--checkpoint '{options['checkpoint']}' is there already; give another name, or leave it out"
        )
    return paint(from_mapping(options), Resumed(reached, facts, path))


def _recorded(facts: dict[str, Any], path: Path, given: dict[str, Any]) -> dict[str, Any]:
    """The options of the run so far, as they apply now."""
    try:
        known = {name: value for name, value in facts["options"].items() if name in declared()}
        network = facts["network"]
        known["model"], known["precision"] = network["name"], network.get("precision", known["precision"])
        origins = {"content": facts["content"], "style": styles_in(facts)[0]}
        origins = {role: {"path": one["path"], "sha256": one["sha256"]} for role, one in origins.items()}
    except (KeyError, TypeError, IndexError):
        raise PictureError(
            f"the checkpoint {path} does not say what it was painted from; it cannot be gone on from"
        ) from None
    for name in (*OF_THEN, "checkpoint"):
        known.pop(name, None)
    for name in ANEW:
        if known.get(name):
            known[name] = str(free_name(Path(known[name])))
    for role in {"content", "style"} - set(given):
        known[role] = str(_located(path, role, origins[role]))
    return known


def _located(path: Path, role: str, origin: dict[str, Any]) -> Path:
    """Where an input is now: as it was named, or beside the checkpoint."""
    if not origin["path"]:
        raise PictureError(f"the {role} of {path} was not a file; give it with --{role}")
    name = Path(origin["path"])
    places = [place for place in (name, path.parent / name, path.parent / name.name) if place.is_file()]
    if not places:
        raise PictureError(f"the {role} {name} is not where it was, nor beside {path}; give it with --{role}")
    # One that has changed is refused when it has been read.
    return next((place for place in places if sha256(place) == origin["sha256"]), places[0])
