"""neuralart presets: the named sets of options, what each one sets, and how it looks."""

from __future__ import annotations

from pathlib import Path

from neuralart.cli import listing
from neuralart.cli.listing import Entry
from neuralart.options import flag
from neuralart.presets import PRESETS

USAGE = """\
neuralart presets [--sheet FILE]

List the named sets of options and what they set. neuralart --preset NAME takes one; options that are
given beside it go before what it sets. The pictures show one photograph in one style, by every preset."""

PICTURES = Path(__file__).parent.parent / "assets" / "presets"  # examples/make_presets.py paints them


def run(words: list[str]) -> int:
    """List every preset on two lines."""
    return listing.run("presets", USAGE, [entry(name) for name in PRESETS], words)


def entry(name: str) -> Entry:
    """Return a preset's entry in the list."""
    preset = PRESETS[name]
    said = " ".join(f"{flag(option)} {value}" for option, value in preset.options.items())
    return Entry(
        (f"{name}: {preset.about}", f"  {said or 'the defaults'}"), PICTURES / f"{name}.jpg", name, preset.about
    )
