"""The record inside a picture, and the options that make the picture again."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from neuralart.areas import NAMES
from neuralart.errors import OptionError, PictureError
from neuralart.facts import Text
from neuralart.first import First, first_of
from neuralart.image.paintings import called
from neuralart.image.record import read_record, styles_in
from neuralart.options import Options, declared, files, flag
from neuralart.together import NONE, STREAM
from neuralart.watch.facts import GIVEN, given_in_python, same, validated, whereabouts

log = logging.getLogger(__name__)

# By the options that name them.
ROLES = {"content": "content", "style": "style", "init": "first image"}
ROLES |= {name.replace("_", "-"): f"{flag(name)} picture" for name in NAMES}


def recorded(picture: Path) -> dict[str, Any]:
    """The record, validated. Raises PictureError for a picture without one, or with one that makes no sense."""
    result = read_record(picture)
    if result is None:
        raise PictureError(f"{picture} holds no record; only pictures that neuralart wrote can be made again")
    return validated(result, f"the record in {picture}")


def recalled(picture: Path, given: set[str]) -> dict[str, Any]:
    """Options that make the picture again, under a new name, from the inputs where they are now.

    given: options that the user names anew; inputs among them are not looked for.
    """
    found = recorded(picture)
    known = declared()
    if lost := given_in_python(found, given):
        cures = {GIVEN["network"]: "choose another network with --model", GIVEN["first"]: "give another with --init"}
        cure = f", or {cures[lost]}" if lost in cures else ""
        raise PictureError(f"{picture} was painted with {lost} given in Python; it can be made again only there{cure}")
    options = {name: value for name, value in found["options"].items() if name in known and known[name][0].is_replayed}
    if "content" not in given and options.get("content") != NONE:
        options["content"] = str(located(picture, "content", found.get("content", {})))
    if "style" not in given:
        options["style"] = [called(located(picture, "style", one)) for one in pictures_of_styles(found)]
    if "init" not in given:
        options["init"] = begun(options.get("init", "image"), found, lambda one: located(picture, "init", one), picture)
    options |= masks_of(options, found, given, lambda role, one: located(picture, role, one), picture)
    network = found.get("network", {})
    if not {"model", "weights"} & given:
        options["model"] = network.get("name", options.get("model", "auto"))
        _weights(options, network)
    # What `auto` was then, whatever it would be now.
    options["precision"] = network.get("precision", options.get("precision", "auto"))
    return options


def styles_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    """What a validated record says of its styles; one of which it says nothing where it says nothing at all."""
    return (styles_in(found) if "styles" in found or "style" in found else []) or [{}]


def pictures_of_styles(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The same, but once where the options name one picture, which was looked at in several ways."""
    styles = styles_of(found)
    return styles[:1] if isinstance(found["options"].get("style"), str) else styles


def begun(text: str, found: Mapping[str, Any], locate: Callable[[dict[str, Any]], Path], file: Path) -> str:
    """What `--init` said in a validated record or checkpoint, the picture that it named being where it is now.

    Args:
        text: What it said.
        found: The facts.
        locate: Finds a picture that they name, to the bit what it was.
        file: Which file holds the facts.
    """
    chosen = first_of(text)
    if "first" in found:
        return str(chosen.renamed(str(locate(found["first"]))) if chosen.file else First(str(locate(found["first"]))))
    if chosen.file:
        raise PictureError(f"{file} names {chosen.file} to begin with, but not what it held; give it with --init")
    return text


def masks_of(
    options: Mapping[str, Any],
    found: Mapping[str, Any],
    given: Collection[str],
    locate: Callable[[str, dict[str, Any]], Path],
    file: Path,
) -> dict[str, Any]:
    """The options that name masks in a validated record or checkpoint, each being where it is now; see `begun`."""
    told: dict[str, Any] = {}
    for name in NAMES:
        origins = found.get("masks", {}).get(name)
        if name in given or not (origins or options.get(name)):
            continue
        if not origins:
            raise PictureError(f"{file} names a file for {flag(name)}, but not what it held; give it with {flag(name)}")
        places = [NONE if one is None else str(locate(name.replace("_", "-"), one)) for one in origins]
        told[name] = places if declared()[name][0].many else places[0]
    return told


def refuse_to_overwrite(options: Options, given: Mapping[str, Any]) -> None:
    """Raise OptionError for a file that is there, where the command line does not say that it may be replaced."""
    for name, place in files(options, Text.OUTPUT):
        if name == "checkpoint":  # never written over another file, see `Checkpoint.check`
            continue
        if name in given and place != STREAM and not options.overwrite and os.path.lexists(place):
            raise OptionError(f"{flag(name)} '{place}' is there already; add --overwrite, or give another name")


def show_inputs(options: Options, given: Mapping[str, Any], file: Path) -> None:
    """Say which files are read because a record or a checkpoint names them."""
    for name, place in files(options, Text.INPUT):
        if name not in given:
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
        raise PictureError(f"the record does not name the {ROLES[role]}, which was no file; give one with --{role}")
    named, place = whereabouts(origin, picture.parent)
    if named is None:
        raise PictureError(f"the {ROLES[role]} {name} is not where it was, nor beside {picture}; give it with --{role}")
    if place is None:
        raise PictureError(
            f"{named} is not the same file as when the picture was made; to take it, give it with --{role}"
        )
    return place
