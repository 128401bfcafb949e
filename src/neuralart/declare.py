"""How an option is declared: a dataclass field that carries its facts. Imports no torch."""

from __future__ import annotations

from dataclasses import MISSING, field, fields
from functools import lru_cache
from typing import Any

from neuralart.facts import Facts

GROUPS = {
    "Pictures": "what is painted, and where it goes",
    "Look": "what the painting should be like",
    "Regions": "where it is painted, and what is left alone",
    "Network": "the network that compares pictures",
    "Optimisation": "how the pixels are moved",
    "Machine": "where and how it is computed",
    "Reports": "what is told along the way",
}


def option(default: Any, group: str, help: str, kind: type = str, **facts: Any) -> Any:
    """A dataclass field that carries its declaration."""
    return field(default=default, metadata={"facts": Facts(help=help, group=group, kind=kind, **facts)})


def declared(kind: Any) -> dict[str, tuple[Facts, Any]]:
    """Every option of a dataclass by its Python name, with its facts and its default, in the order of the groups."""
    return dict(_declared(kind))


@lru_cache
def _declared(kind: Any) -> dict[str, tuple[Facts, Any]]:
    order = list(GROUPS)
    result = [
        (one.name, one.metadata["facts"], None if one.default is MISSING else one.default) for one in fields(kind)
    ]
    result.sort(key=lambda one: order.index(one[1].group) if one[1].group in GROUPS else 0)
    return {name: (facts, default) for name, facts, default in result}
