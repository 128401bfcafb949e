"""How an option is declared: a dataclass field that carries its facts. Imports no torch."""

from __future__ import annotations

from dataclasses import MISSING, field, fields
from functools import lru_cache
from typing import Any

from neuralart.facts import Facts

GROUPS = {
    "Pictures": "inputs and output",
    "Look": "what the painting should be like",
    "Regions": "where each style goes, and what is left untouched",
    "Network": "the network that compares pictures",
    "Optimisation": "how the pixels are optimised",
    "Machine": "where and how the painting is computed",
    "Reports": "what is shown and written during the run",
}


def option(default: Any, group: str, help: str, kind: type = str, **facts: Any) -> Any:
    """Return a dataclass field that carries the declaration of an option."""
    return field(default=default, metadata={"facts": Facts(help=help, group=group, kind=kind, **facts)})


def declared(kind: Any) -> dict[str, tuple[Facts, Any]]:
    """Return every option of a dataclass by its Python name: its facts and its default, in the order of the groups."""
    return dict(_declared(kind))


@lru_cache
def _declared(kind: Any) -> dict[str, tuple[Facts, Any]]:
    order = list(GROUPS)
    result = [
        (one.name, one.metadata["facts"], None if one.default is MISSING else one.default) for one in fields(kind)
    ]
    result.sort(key=lambda one: order.index(one[1].group) if one[1].group in GROUPS else 0)
    return {name: (facts, default) for name, facts, default in result}
