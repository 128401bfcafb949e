"""Derives the fields of the form from the option declaration, without Gradio: what a field is, not how it looks.

Which options visitors choose, which ones the app's owner gives, and which have no meaning in a browser is declared with
the options; see `neuralart.facts`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from neuralart.areas import NAMES as MASKS
from neuralart.errors import OptionError, suggest
from neuralart.facts import Text
from neuralart.first import WORDS, first_of
from neuralart.options import GROUPS, Facts, Options, declared, flag, from_mapping, spelt
from neuralart.presets import PRESETS
from neuralart.values import written
from neuralart.video.choices import FilmOptions

# Always visible, in this order; the others are folded.
COMMON = ("strength", "style_scale", "colors", "size")

FILM = declared(FilmOptions)
FLAG = re.compile(r"--[a-z][a-z-]*[a-z]")
WAYS = re.compile(r", or (?!none\b)")  # between two pieces of advice; "a smaller --tile, or none" is one
OF_A_FILE = ", a picture file"  # in a help text; visitors name no file of the server
OF_A_TEXTURE = "; for a texture also width and height, 2048x1024"
PLACES = ("content", "style", *MASKS)  # options that are places for pictures on the page
HEAVIEST = 4  # the most that the slider for a style's weight shows

Kind = Literal["choice", "switch", "whole", "number", "share", "text"]


@dataclass(frozen=True)
class Entry:
    """One field of the form.

    Attributes:
        name: The option's name.
        group: The option's group.
        label: The field's label.
        info: The help text.
        kind: The kind of field.
        default: Its value; None to let the program choose, as `unset` describes.
        choices: The choices, if there are any.
        is_open: Whether other values than the choices may be typed.
        unset: What None means.
        least: Lower bound.
        most: Upper bound.
        named: Values with a name of their own: (name, value).
    """

    name: str
    group: str
    label: str
    info: str
    kind: Kind
    default: Any
    choices: tuple[str, ...] = ()
    is_open: bool = False
    unset: str = ""
    least: float | None = None
    most: float | None = None
    named: tuple[tuple[str, int | float], ...] = ()


def entries(fixed: Mapping[str, Any] | None = None) -> list[Entry]:
    """Return the form, common fields first. `fixed` are values given by the app's owner, which become the defaults."""
    shown = [name for name in declared() if is_shown(name)]
    ordered = [*COMMON, *sorted((n for n in shown if n not in COMMON), key=_place)]
    return [entry(name, *declared()[name], (fixed or {}).get(name)) for name in ordered]


def is_shown(name: str) -> bool:
    """Return whether visitors choose this option."""
    return name in declared() and declared()[name][0].is_in_form


def owners() -> list[str]:
    """Return the options that the app's owner gives for all visitors: those of the machine."""
    return [name for name, (facts, _) in declared().items() if facts.is_owners]


def _place(name: str) -> int:
    return list(GROUPS).index(declared()[name][0].group)


def entry(name: str, facts: Facts, default: Any, given: Any = None) -> Entry:
    """Return the field of an option; `given` is the owner's value, which becomes the default."""
    return Entry(
        name=name,
        group=facts.group,
        label=label(name),
        info=in_words(facts.help).replace(OF_A_FILE, ""),
        kind=_kind(facts, default),
        default=default if given is None else in_a_field(facts, given),
        choices=facts.choices or (),
        is_open=facts.text is Text.FIRST,
        unset=in_words(facts.unset),
        least=facts.least,
        most=facts.most,
        named=facts.named,
    )


def shaped(entry: Entry) -> Entry:
    """Return a field for something that has its own shape, as textures have not."""
    return replace(entry, info=entry.info.replace(OF_A_TEXTURE, ""))


def _kind(facts: Facts, default: Any) -> Kind:
    if facts.choices:
        return "choice"
    if facts.many or facts.pair:
        return "text"
    if facts.kind is float and (facts.least, facts.most) == (0, 1) and default is not None:
        return "share"
    kinds: dict[type, Kind] = {bool: "switch", int: "whole", float: "number", str: "text"}
    return kinds[facts.kind]


def in_a_field(facts: Facts, value: Any) -> Any:
    """Return a value as a field of the form shows it; several values are one text."""
    return written(facts, value) if facts.many and value is not None else value


def label(name: str) -> str:
    """Return a field's label: style_factor -> Style factor."""
    words = name.replace("num_iters", "iterations").replace("iters", "iterations").replace("_", " ")
    words = "frames per second" if name == "fps" else words
    return words[0].upper() + words[1:]


def in_words(text: str) -> str:
    """Return a help text or message for a form, with the labels of fields instead of flags.

    What is advised after a semicolon is left out if it takes an option that the page does not have.

    >>> in_words("--size is 3; it must be at least 16, or give --tile 8")
    "'Size' is 3; it must be at least 16"
    """
    told, *advice = text.split("; ")
    possible = [
        ", or ".join(way for way in WAYS.split(ways) if all(map(_is_there, FLAG.findall(way)))) for ways in advice
    ]
    labelled = lambda match: f"'{label(_named(match[0]))}'" if _is_there(match[0]) else match[0]
    return FLAG.sub(labelled, "; ".join([told, *filter(None, possible)]))


def _is_there(given: str) -> bool:
    name = _named(given)
    return name in FILM or name in PLACES or is_shown(name)


def _named(given: str) -> str:
    return given[2:].replace("-", "_")


def chosen(values: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> Options:
    """Return the options from a form or from a call of the HTTP API.

    Args:
        values: The values by name. An empty field means the option's default.
        fixed: Values given by the app's owner.

    Raises:
        OptionError: A value makes no sense, or visitors may not choose the option.
    """
    sent = spelt(values)
    for name in sent:
        if not is_shown(name):
            raise OptionError(refusal(name))
    given = {**(fixed or {}), **filled(sent, declared())}
    chosen = from_mapping({name: value for name, value in given.items() if value is not None})
    if "init" in values and (file := first_of(chosen.init).file):
        near = suggest(file.lower(), WORDS)
        raise OptionError(
            f"--init is '{file}', which is not one of {', '.join(WORDS)}{near or ', nor a mixture of two'}"
        )
    return chosen


def refuse_others(values: Mapping[str, Any], is_shared: Callable[[str], bool], made: str) -> None:
    """Raise OptionError for an option of a single picture. made: What is painted instead of one, such as "a film"."""
    if single := next((name for name in values if is_shown(name) and not is_shared(name)), None):
        raise OptionError(f"'{single}' belongs to a single picture, and has no effect on {made}; leave it out")


def filled(values: Mapping[str, Any], known: Mapping[str, tuple[Facts, Any]]) -> dict[str, Any]:
    """Return the values of a form with None for empty fields. Raises OptionError where a value must be given."""
    result = {name: None if value == "" else value for name, value in values.items()}
    for name, value in result.items():
        if value is None and known[name][1] is not None:
            raise OptionError(f"{flag(name)} is empty; the usual value is {known[name][1]}")
    return result


def preset(name: str, fixed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the values that a preset gives to the form. What only other presets set becomes the default again."""
    own, touched = PRESETS[name].options, {option for one in PRESETS.values() for option in one.options}
    return {entry.name: own.get(entry.name, entry.default) for entry in entries(fixed) if entry.name in touched}


def weighed(values: Mapping[str, Any], weights: Sequence[Any]) -> dict[str, Any]:
    """Return the form's values with the weights of the styles. Raises OptionError if field and sliders give some."""
    if len(weights) < 2 or all(weight == 1 for weight in weights):
        return dict(values)
    if given := values.get("style_weights"):
        raise OptionError(f"--style-weights is {given}, and the sliders give weights, too; empty the field")
    return {**values, "style_weights": ",".join(map(str, weights))}


def slid(record: Mapping[str, Any], text: str | None, most: int) -> list[float]:
    """Return the weights of a picture's styles for `most` sliders, from the field's text; none if only the field fits.

    One style with several scales has a weight for each of them, and a slider only for itself.
    """
    weights, styles = [float(weight) for weight in (text or "").split(",") if weight], record.get("styles")
    pictures = {str(one.get("sha256")) for one in styles if isinstance(one, dict)} if isinstance(styles, list) else ()
    if len(weights) > most or len(pictures) < 2:
        return []
    excess = max(1, max(weights, default=1) / HEAVIEST)
    return [round(weight / excess, 3) for weight in weights]


def refusal(name: str) -> str:
    """Return the message for an option that visitors may not choose."""
    known = declared()
    if name in known and known[name][0].app:
        return f"'{name}' has no effect in the app: {known[name][0].app}"
    if name in known and not is_shown(name):
        return f"'{name}' is chosen by the app's owner, not by its visitors"
    return f"there is no option '{name}'{suggest(name, [one for one in known if is_shown(one)])}"


def values(record: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the form's values that make a picture again, from its record; missing values are the defaults."""
    recorded = record.get("options")
    result = {}
    for entry in entries(fixed):
        value = recorded.get(entry.name, entry.default) if isinstance(recorded, dict) else entry.default
        try:
            taken = chosen({entry.name: value}) if entry.is_open else from_mapping({entry.name: value})
            result[entry.name] = in_a_field(declared()[entry.name][0], getattr(taken, entry.name))
        except OptionError:
            result[entry.name] = entry.default  # another version of the program may have had other values
    return result
