"""Labels pictures by what differs between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neuralart.facts import Text
from neuralart.options import declared


def of_the_picture(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's options that affect the picture, in the order of their declaration."""
    return {name: options[name] for name, (facts, _) in declared().items() if name in options and facts.is_labelled}


def labels(records: Sequence[Mapping[str, Any] | None], names: Sequence[str]) -> list[tuple[str, str]]:
    """Return a title and a caption for every picture: the options that differ between them, and its name.

    Args:
        records: The pictures' records; None for one without.
        names: The pictures' names. A name becomes the title if nothing differs or there is no record.
    """
    kept = [_options(record) for record in records]
    differing = [name for name in declared() if len({repr(one.get(name)) for one in kept if one}) > 1]
    titles = [", ".join(setting(name, one.get(name)) for name in differing) if one else "" for one in kept]
    return [(title, name) if title else (name, "") for title, name in zip(titles, names)]


def setting(name: str, value: Any) -> str:
    """Return an option as a label: style-factor 1e9.

    >>> setting("style_factor", 1e9)
    'style-factor 1e9'
    """
    return f"{name.replace('_', '-')} {spoken(value)}"


def spoken(value: Any) -> str:
    """Return an option's value as a user would type it.

    >>> spoken(1e9), spoken(None), spoken(True)
    ('1e9', 'default', 'yes')
    """
    if value is None:
        return "default"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        mantissa, _, exponent = f"{value:.6g}".partition("e")
        return f"{mantissa}e{int(exponent)}" if exponent else mantissa
    if isinstance(value, list | tuple):
        return " ".join(map(spoken, value))
    return str(value)


def _options(record: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a record's options, with the names of its inputs and the network that was used."""
    if record is None or not isinstance(record.get("options"), dict):
        return {}
    options = of_the_picture(record["options"])
    for name, value in options.items():
        if value and declared()[name][0].text is Text.INPUT:
            places = value if isinstance(value, list | tuple) else [value]
            options[name] = " ".join(Path(str(place)).name for place in places)
    network = record.get("network")
    if isinstance(network, dict) and network.get("name"):
        options["model"] = network["name"]
    return options
