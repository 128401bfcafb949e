"""Refuses options that have no effect beside the others: something else was meant. Imports no torch.

Only what is typed for one picture counts. A list of jobs or a sweep may share an option that few of its pictures heed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from neuralart.errors import OptionError
from neuralart.first import first_of
from neuralart.options import Options, flag, spelt
from neuralart.together import is_texture, suffix_of


class Rule(NamedTuple):
    """when: Whether the option has no effect beside these. where: That in words. cure: What to do about it."""

    name: str
    when: Callable[[Options], bool]
    where: str
    cure: str = "leave one of them out"


RULES = (
    Rule(
        "quality",
        lambda options: suffix_of(options) in (None, "png", "tif", "tiff"),  # None: it becomes one of these
        "on PNG and TIFF, which lose nothing",
        "leave it out, or give --output NAME.jpg",
    ),
    Rule(
        "init",
        lambda options: is_texture(options) and first_of(options.init).base == "image",
        "if it names the photograph, with --content none",
    ),
    Rule(
        "color_strength",
        lambda options: options.colors == "style",
        "without --colors content or match",
        "give one of them, or leave it out",
    ),
    Rule(
        "smoothness_power",
        lambda options: not options.smoothness,
        "without --smoothness X",
        "give that, or leave it out",
    ),
    Rule(
        "history",
        lambda options: options.optimizer != "lbfgs",
        "on another --optimizer than lbfgs",
    ),
    *(
        Rule(name, lambda options: not options.animation, "without --animation FILE", "give that, or leave it out")
        for name in ("animation_size", "animation_seconds")
    ),
    *(
        Rule(name, lambda options: options.checkpoint == "none", "with --checkpoint none")
        for name in ("checkpoint_interval", "checkpoint_history")
    ),
)


def idle(options: Options, given: Mapping[str, Any]) -> list[Rule]:
    """Return the rule of every option among those given that has no effect."""
    typed = spelt(given)
    return [rule for rule in RULES if rule.name in typed and rule.when(options)]


def refuse_idle(options: Options, given: Mapping[str, Any]) -> None:
    """Raise OptionError for an option among those given that has no effect."""
    for rule in idle(options, given):
        raise OptionError(f"{flag(rule.name)} has no effect {rule.where}; {rule.cure}")
