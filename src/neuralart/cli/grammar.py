"""What may follow each command's name, for shell completion, the man page and the reference page. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pkgutil import resolve_name
from typing import Any

from neuralart.facts import Bears, Text
from neuralart.image.paintings import PAINTINGS
from neuralart.networks import NETWORKS
from neuralart.options import Facts, declared

SHELLS = ("bash", "zsh", "fish")
FILES = ("FILE", "PHOTO", "PAINTING", "PATTERN")  # what the help calls values that are names of files

Takes = Callable[[str, Facts], bool]


@dataclass(frozen=True)
class Word:
    """A word after a command's name that is not an option.

    Attributes:
        name: What the help calls it.
        is_file: Whether it may be the name of a file.
        is_folder: Whether it is the name of a folder.
        choices: Other words that it may be; with `is_file`, only some of them.
        nargs: How many there may be, as argparse writes it.
    """

    name: str
    is_file: bool = False
    is_folder: bool = False
    choices: tuple[str, ...] = ()
    nargs: str | None = None


@dataclass(frozen=True)
class Command:
    """What may follow a command's name.

    Attributes:
        words: Words that are not options, in order.
        own: Where its own options are declared: the dotted names of dataclasses.
        takes: Which options of paintings it takes besides, by name and facts.
    """

    words: tuple[Word, ...] = ()
    own: tuple[str, ...] = ()
    takes: Takes = lambda name, facts: False

    def declared(self) -> dict[str, tuple[Facts, Any]]:
        """Return its own options: facts and default by name."""
        return {name: one for place in self.own for name, one in declared(resolve_name(place)).items()}

    def shared(self) -> dict[str, tuple[Facts, Any]]:
        """Return the options of paintings that it takes: facts and default by name."""
        return {name: one for name, one in declared().items() if self.takes(name, one[0])}


def _all(name: str, facts: Facts) -> bool:
    return True


def _of_lists(name: str, facts: Facts) -> bool:
    return facts.is_batched or name == "quiet"


def _of_films(name: str, facts: Facts) -> bool:
    return name != "content" and (facts.bears not in (Bears.FILE, Bears.FINISH) or name in ("output", "background"))


PICTURE = Word("PICTURE", is_file=True)
LISTING = Command(own=("neuralart.cli.listing.ListingOptions",))
APP = Command(own=("neuralart.app.access.Access",), takes=lambda name, facts: not facts.app)
COMMANDS = {
    "demo": Command(takes=_all),
    "models": Command(
        (
            Word("ACTION", choices=("fetch", "verify", "path"), nargs="?"),
            Word("NETWORK", choices=(*NETWORKS, "raft"), nargs="?"),
        )
    ),
    "presets": LISTING,
    "styles": LISTING,
    "again": Command((PICTURE,), takes=_all),
    "resume": Command((Word("CHECKPOINT", is_file=True),), takes=lambda name, facts: not facts.is_fixed),
    "record": Command((PICTURE,)),
    "app": APP,
    "studio": APP,
    "compare": Command((replace(PICTURE, nargs="+"),), ("neuralart.cli.compare.CompareOptions",)),
    "sweep": Command(own=("neuralart.cli.sweep.SweepOptions",), takes=lambda name, facts: facts.is_swept),
    "blend": Command(
        (Word("STYLE", is_file=True, choices=tuple(PAINTINGS), nargs="+"),),
        ("neuralart.cli.blend.BlendOptions",),
        lambda name, facts: facts.is_swept and name not in ("style", "style_weights"),
    ),
    "batch": Command((Word("JOBS", is_file=True, nargs="?"),), ("neuralart.cli.batch.BatchOptions",), _of_lists),
    "watch": Command(
        (Word("FOLDER", is_folder=True),),
        ("neuralart.cli.watch.WatchOptions",),
        lambda name, facts: name != "content" and _of_lists(name, facts),
    ),
    "video": Command((Word("FILM", is_file=True),), ("neuralart.cli.video_options.VideoOptions",), _of_films),
    "estimate": Command(
        own=("neuralart.cli.estimate.EstimateOptions", "neuralart.cli.video_options.VideoOptions"), takes=_all
    ),
    "plot": Command((Word("LOG", is_file=True), Word("FILE", is_file=True))),
    "translate": Command((Word("COMMAND"),)),
    "completion": Command((Word("SHELL", choices=SHELLS),)),
}


def value(name: str, facts: Facts) -> Word:
    """Return what the value of an option may be."""
    choices = tuple(PAINTINGS) if name == "style" else facts.choices or ()
    is_file = facts.shown in FILES or facts.text is Text.FIRST
    return Word(name, is_file, is_folder=facts.shown == "FOLDER", choices=choices)
