"""The record inside a picture, and the options that make the picture again."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from neuralart.errors import PictureError
from neuralart.image.record import read_record, styles_in
from neuralart.options import declared

log = logging.getLogger(__name__)


def recorded(picture: Path) -> dict[str, Any]:
    """The record. Raises PictureError for a picture without one."""
    found = read_record(picture)
    if found is None or not isinstance(found.get("options"), dict):
        raise PictureError(f"{picture} holds no record; only pictures that neuralart wrote can be made again")
    return found


def recalled(picture: Path, given: set[str]) -> dict[str, Any]:
    """Options that make the picture again, under a new name, from the inputs where they are now.

    given: options that the user names anew; inputs among them are not looked for.
    """
    found = recorded(picture)
    known = declared()
    options = {name: value for name, value in found["options"].items() if name in known and known[name][0].is_replayed}
    if "content" not in given:
        options["content"] = str(located(picture, "content", _part(found, "content")))
    if "style" not in given:
        options["style"] = [str(located(picture, "style", one)) for one in styles_of(found)]
    network = _part(found, "network")
    if not {"model", "weights"} & given:
        options["model"] = network.get("name", options.get("model", "auto"))
        _compare_weights(options, network)
    # What `auto` was then, whatever it would be now.
    options["precision"] = network.get("precision", options.get("precision", "auto"))
    return options


def styles_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What a record says of its styles; one of which it says nothing where it does not make sense."""
    try:
        styles = styles_in(found)
    except KeyError:
        return [{}]
    return [one if isinstance(one, dict) else {} for one in styles] or [{}]


def _part(found: dict[str, Any], name: str) -> dict[str, Any]:
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def _compare_weights(options: dict[str, Any], network: dict[str, Any]) -> None:
    """Tell of weights that are not what they were, where they are a file or inside the package."""
    from neuralart.networks.provide import COMPACT_FILE

    file = options.get("weights") or (COMPACT_FILE if options["model"] == "compact" else None)
    if file is not None:
        _compare(Path(file), network)


def _compare(file: Path, origin: dict[str, Any]) -> None:
    from neuralart.weights.digest import sha256

    if file.is_file() and origin.get("sha256") not in (None, sha256(file)):
        log.warning("%s is not the same file as when the picture was made", file)


def located(picture: Path, role: str, origin: dict[str, Any]) -> Path:
    """Where an input is now: as it was named, or beside the picture. Its digest is compared and a difference told."""
    name = origin.get("path")
    if not name:
        raise PictureError(f"the record does not name a {role}, which was not a file; give one with --{role}")
    for place in (Path(name), picture.parent / name, picture.parent / Path(name).name):
        if place.is_file():
            _compare(place, origin)
            return place
    raise PictureError(f"the {role} {name} is not where it was, nor beside {picture}; give it with --{role}")
