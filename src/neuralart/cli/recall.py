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

# What messages call the inputs, by option.
ROLES = {"content": "content", "style": "style", "init": "first image"}
ROLES |= {name.replace("_", "-"): f"{flag(name)} picture" for name in NAMES}


def recorded(picture: Path) -> dict[str, Any]:
    """Return the validated record. Raises PictureError for a picture without one, or with an invalid one."""
    result = read_record(picture)
    if result is None:
        raise PictureError(f"{picture} has no record; only pictures that neuralart wrote can be made again")
    return validated(result, f"the record in {picture}")


def recalled(picture: Path, given: set[str]) -> dict[str, Any]:
    """Return options that make the picture again, under a new name, from the inputs where they are now.

    Args:
        picture: The picture.
        given: Options that the user sets; inputs among them are not searched for.

    Raises:
        PictureError: If the record is missing or invalid, or an input is missing or has changed.
    """
    facts = recorded(picture)
    known = declared()
    if lost := given_in_python(facts, given):
        cures = {GIVEN["network"]: "choose another network with --model", GIVEN["first"]: "give another with --init"}
        cure = f", or {cures[lost]}" if lost in cures else ""
        raise PictureError(f"{picture} was painted with {lost} passed in Python; only Python can make it again{cure}")
    options = {name: value for name, value in facts["options"].items() if name in known and known[name][0].is_replayed}
    if "content" not in given and options.get("content") != NONE:
        options["content"] = str(located(picture, "content", facts.get("content", {})))
    if "style" not in given:
        options["style"] = [called(located(picture, "style", one)) for one in pictures_of_styles(facts)]
    if "init" not in given:
        options["init"] = begun(options.get("init", "image"), facts, lambda one: located(picture, "init", one), picture)
    options |= masks_of(options, facts, given, lambda role, one: located(picture, role, one), picture)
    network = facts.get("network", {})
    if not {"model", "weights"} & given:
        options["model"] = network.get("name", options.get("model", "auto"))
        _weights(options, network, facts.get("program", "the program"))
    # The precision that `auto` meant then, whatever it would mean now.
    options["precision"] = network.get("precision", options.get("precision", "auto"))
    return options


def styles_of(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the origins of the styles in a validated record; one empty origin if it names none."""
    return (styles_in(facts) if "styles" in facts or "style" in facts else []) or [{}]


def pictures_of_styles(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the same, but only one origin if the options name one picture that was used several times."""
    styles = styles_of(facts)
    return styles[:1] if isinstance(facts["options"].get("style"), str) else styles


def begun(text: str, facts: Mapping[str, Any], locate: Callable[[dict[str, Any]], Path], file: Path) -> str:
    """Return the value of `--init` in a validated record or checkpoint, with its picture where it is now.

    Args:
        text: The recorded value.
        facts: The record or the facts of the checkpoint.
        locate: Finds a recorded picture, unchanged to the bit.
        file: The file that holds the facts.

    Raises:
        PictureError: If the picture cannot be found.
    """
    chosen = first_of(text)
    if "first" in facts:
        return str(chosen.renamed(str(locate(facts["first"]))) if chosen.file else First(str(locate(facts["first"]))))
    if chosen.file:
        raise PictureError(f"{file} names {chosen.file} to start from, but not its digest; give it with --init")
    return text


def masks_of(
    options: Mapping[str, Any],
    facts: Mapping[str, Any],
    given: Collection[str],
    locate: Callable[[str, dict[str, Any]], Path],
    file: Path,
) -> dict[str, Any]:
    """Return the options for masks in a validated record or checkpoint, with files where they are now; see `begun`."""
    result: dict[str, Any] = {}
    for name in NAMES:
        origins = facts.get("masks", {}).get(name)
        if name in given or not (origins or options.get(name)):
            continue
        if not origins:
            raise PictureError(f"{file} names a file for {flag(name)}, but not its digest; give it with {flag(name)}")
        places = [NONE if one is None else str(locate(name.replace("_", "-"), one)) for one in origins]
        result[name] = places if declared()[name][0].many else places[0]
    return result


def refuse_to_overwrite(options: Options, given: Mapping[str, Any]) -> None:
    """Raise OptionError for an existing file that the command line does not allow to overwrite."""
    for name, place in files(options, Text.OUTPUT):
        if name == "checkpoint":  # it never overwrites another file, see `Checkpoint.check`
            continue
        if name in given and place != STREAM and not options.overwrite and os.path.lexists(place):
            raise OptionError(f"{flag(name)} '{place}' already exists; add --overwrite, or give another name")


def show_inputs(options: Options, given: Mapping[str, Any], file: Path) -> None:
    """Log which files are read because a record or a checkpoint names them."""
    for name, place in files(options, Text.INPUT):
        if name not in given:
            log.info("%s: %s, from %s", name, place, file)


def _weights(options: dict[str, Any], network: dict[str, Any], program: str) -> None:
    """Check that a file of weights is unchanged; log if the bundled weights are not those of the recorded program."""
    from neuralart.networks.provide import COMPACT_FILE

    if file := options.get("weights"):
        if not same(Path(file), network):
            raise PictureError(f"the weights {file} are missing or have changed; give them with --weights")
    elif options["model"] == "compact" and network.get("sha256") and not same(COMPACT_FILE, network):
        log.warning(
            "%s painted it with another network 'compact', so the picture will not be quite the same; to make the same"
            " picture, install that version",
            program,
        )


def located(picture: Path, role: str, origin: dict[str, Any]) -> Path:
    """Return where an unchanged input is now: at its recorded place, or beside the picture. Raises PictureError."""
    name = origin.get("path")
    if not name:
        raise PictureError(f"the record names no file for the {ROLES[role]}; give one with --{role}")
    named, place = whereabouts(origin, picture.parent)
    if named is None:
        raise PictureError(
            f"the {ROLES[role]} {name} is neither where it was nor beside {picture}; give it with --{role}"
        )
    if place is None:
        raise PictureError(
            f"{named} is not the same file as when the picture was made; to use it anyway, give it with --{role}"
        )
    return place
