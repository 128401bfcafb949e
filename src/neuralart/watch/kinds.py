"""Terms added up by kind: content, style, smoothness."""

from __future__ import annotations

from collections.abc import Mapping


def by_kind(terms: Mapping[str, float]) -> dict[str, float]:
    """Add up the terms of each kind, which is the first word of a term's name.

    >>> by_kind({"content conv4_2": 1.5, "style conv1_1": 2.0, "style conv2_1": 3.25})
    {'content': 1.5, 'style': 5.25}
    """
    kinds: dict[str, float] = {}
    for name, value in terms.items():
        kind = name.split()[0]
        kinds[kind] = kinds.get(kind, 0.0) + value
    return kinds
