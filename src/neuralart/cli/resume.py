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


def run(words: list[str]) -> int:
    """Go on from the checkpoint that the words name."""
    if not words or words[0].startswith("-"):
        raise OptionError("neuralart resume needs the name of a checkpoint: neuralart resume FILE")
    path, given = Path(words[0]), parser.values(words[1:])
    if fixed := next((name for name in given if declared()[name][0].is_fixed), None):
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
        known = {name: value for name, value in facts["options"].items() if _is_carried(name)}
        network = facts["network"]
        known["model"], known["precision"] = network["name"], network.get("precision", known["precision"])
        content, *styles = [
            {"path": one["path"], "sha256": one["sha256"]} for one in (facts["content"], *styles_in(facts))
        ]
    except (KeyError, TypeError, IndexError):
        raise PictureError(
            f"the checkpoint {path} does not say what it was painted from; it cannot be gone on from"
        ) from None
    known.pop("checkpoint", None)
    for name, (about, _) in declared().items():
        if about.course and known.get(name):
            # What the first part of the run wrote stays.
            known[name] = str(free_name(Path(known[name])))
    if "content" not in given:
        known["content"] = str(_located(path, "content", content))
    if "style" not in given:
        known["style"] = [str(_located(path, "style", one)) for one in styles]
    return known


def _is_carried(name: str) -> bool:
    return name in declared() and declared()[name][0].is_carried


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
