"""neuralart presets: the named sets of options, and what each of them sets."""

from __future__ import annotations

from neuralart.errors import OptionError
from neuralart.options import flag
from neuralart.presets import PRESETS

USAGE = """\
neuralart presets

List the named sets of options and what they set. neuralart --preset NAME takes one; options that are
given beside it go before what it sets."""


def run(words: list[str]) -> int:
    """Every preset on two lines."""
    if words:
        raise OptionError(f"'neuralart presets' takes no words, and '{words[0]}' is one too many")
    for name, preset in PRESETS.items():
        said = " ".join(f"{flag(option)} {value}" for option, value in preset.options.items())
        print(f"{name}: {preset.about}\n  {said or 'the defaults'}")
    return 0
