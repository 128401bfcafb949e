"""The record inside a picture, and the options that make the picture again."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from neuralart.errors import PictureError
from neuralart.image.record import read_record
from neuralart.options import declared

log = logging.getLogger(__name__)


def recorded(picture: Path) -> dict[str, Any]:
    """The record. Raises PictureError for a picture without one."""
    found = read_record(picture)
    if found is None or "options" not in found:
        raise PictureError(f"{picture} holds no record; only pictures that neuralart wrote can be made again")
    return found


def recalled(picture: Path, given: set[str]) -> dict[str, Any]:
    """Options that make the picture again, under a new name, from the inputs where they are now.

    given: options that the user names anew; inputs among them are not looked for.
    """
    found = recorded(picture)
    known = declared()
    options = {name: value for name, value in found["options"].items() if name in known}
    for role in {"content", "style"} - given:
        options[role] = str(located(picture, role, found.get(role, {})))
    for place in ("output", "output_dir", "log"):
        options.pop(place, None)
    return options


def located(picture: Path, role: str, origin: dict[str, Any]) -> Path:
    """Where an input is now: as it was named, or beside the picture. Its digest is compared and a difference told."""
    from neuralart.networks.provide import sha256

    name = origin.get("path")
    if not name:
        raise PictureError(f"the record does not name a {role}, which was not a file; give one with --{role}")
    for place in (Path(name), picture.parent / name, picture.parent / Path(name).name):
        if place.is_file():
            if origin.get("sha256") not in (None, sha256(place)):
                log.warning("%s is not the same file as when the picture was made", place)
            return place
    raise PictureError(f"the {role} {name} is not where it was, nor beside {picture}; give it with --{role}")
