"""The record inside a picture, and the options that make the picture again."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neuralart.errors import OptionError, PictureError
from neuralart.image.record import read_record
from neuralart.options import Options, declared, flag
from neuralart.together import STREAM
from neuralart.watch.facts import places, same, validated

log = logging.getLogger(__name__)

# Where things were written and shown, and how much memory there was.
OF_THAT_DAY = (
    *("output", "output_dir", "pyramid", "log", "checkpoint", "display", "display_port", "plot", "animation", "sheet"),
    *("memory", "tile", "format", "overwrite"),
)


def recorded(picture: Path) -> dict[str, Any]:
    """The record, validated. Raises PictureError for a picture without one, or with one that makes no sense."""
    found = read_record(picture)
    if found is None:
        raise PictureError(f"{picture} holds no record; only pictures that neuralart wrote can be made again")
    return validated(found, f"the record in {picture}")


def recalled(picture: Path, given: set[str]) -> dict[str, Any]:
    """Options that make the picture again, under a new name, from the inputs where they are now.

    given: options that the user names anew; inputs among them are not looked for.
    """
    found = recorded(picture)
    known = declared()
    options = {name: value for name, value in found["options"].items() if name in known}
    for role in {"content", "style"} - given:
        options[role] = str(located(picture, role, found.get(role, {})))
    network = found.get("network", {})
    if not {"model", "weights"} & given:
        options["model"] = network.get("name", options.get("model", "auto"))
        _weights(options, network)
    # What `auto` was then, whatever it would be now.
    options["precision"] = network.get("precision", options.get("precision", "auto"))
    for name in OF_THAT_DAY:
        options.pop(name, None)
    return options


def refuse_to_overwrite(options: Options, given: Mapping[str, Any]) -> None:
    """Raise OptionError for a file that is there, where the command line does not say that it may be replaced."""
    for name in ("output", "log", "plot", "animation", "sheet"):
        place = getattr(options, name)
        if name in given and place != STREAM and not options.overwrite and os.path.lexists(place):
            raise OptionError(f"{flag(name)} '{place}' is there already; add --overwrite, or give another name")


def show_inputs(options: Options, given: Mapping[str, Any], file: Path) -> None:
    """Say which files are read because a record or a checkpoint names them."""
    for name in ("content", "style", "weights"):
        if name not in given and (place := getattr(options, name)):
            log.info("%s: %s, as %s names it", name, place, file)


def _weights(options: dict[str, Any], network: dict[str, Any]) -> None:
    """Weights from a file are taken only if they are what they were; of our own a difference is told."""
    from neuralart.networks.provide import COMPACT_FILE

    if file := options.get("weights"):
        if not same(Path(file), network):
            raise PictureError(f"the weights {file} are not there, or not what they were; give them with --weights")
    elif options["model"] == "compact" and network.get("sha256") and not same(COMPACT_FILE, network):
        log.warning("%s is not the same file as when the picture was made", COMPACT_FILE)


def located(picture: Path, role: str, origin: dict[str, Any]) -> Path:
    """Where an input is now, to the bit what it was: as it was named, or beside the picture. Raises PictureError."""
    name = origin.get("path")
    if not name:
        raise PictureError(f"the record does not name a {role}, which was not a file; give one with --{role}")
    found = list(places(origin, picture.parent))
    if not found:
        raise PictureError(f"the {role} {name} is not where it was, nor beside {picture}; give it with --{role}")
    place = next((place for place in found if same(place, origin)), None)
    if place is None:
        raise PictureError(
            f"{found[0]} is not the same file as when the picture was made; to take it, give it with --{role}"
        )
    return place
