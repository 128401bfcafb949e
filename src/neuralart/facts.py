"""What an option declares, and what follows from it wherever options are read or shown. Imports nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Bears(Enum):
    """What an option affects. The properties of `Facts` draw the consequences."""

    PICTURE = auto()
    """What is painted."""

    FINISH = auto()
    """How the painted pixels are written."""

    NUMBERS = auto()
    """Where the picture is computed: the same picture up to rounding."""

    ROOM = auto()
    """How much memory the run takes: the same picture."""

    FILE = auto()
    """Which files are written, and how."""

    MOMENT = auto()
    """What is shown and reported, and may be overwritten, in this run only."""


class Text(Enum):
    """What the text of an option means. It decides which Python values are accepted besides text."""

    WORD = auto()
    """A word, or whatever the help describes."""

    INPUT = auto()
    """A file that is read; a path in Python."""

    OUTPUT = auto()
    """A file that is written; a path in Python."""

    FOLDER = auto()
    """A folder that is written to; a path in Python."""

    FIRST = auto()
    """A first image: one of the choices, a mixture, or a file that is read; a path in Python."""

    LAYERS = auto()
    """Layers with weights; a list or a dict in Python."""

    DEVICES = auto()
    """Devices; a `torch.device` or several in Python."""

    PRECISION = auto()
    """A number format; a `torch.dtype` in Python."""

    MEMORY = auto()
    """An amount of memory; a number of bytes in Python."""


@dataclass(frozen=True)
class Facts:
    """What an option declares besides its name and its default.

    Attributes:
        help: One line for the help and the reference page.
        group: The section of the help that lists it.
        kind: str, int, float or bool.
        choices: The only possible values; a first image may also be a file.
        least: Inclusive lower bound.
        above: Exclusive lower bound.
        most: Inclusive upper bound.
        unset: What None means, for the help.
        shown: The name of the value in the help.
        many: Whether it takes several values: a tuple of `kind`, never empty.
        pair: Whether it also accepts two edges, 2048x1024, kept as text.
        named: Values that the web app offers by a name, as (name, value).
        alias: Another spelling of its name, accepted on the command line and in Python.
        text: What the text means.
        bears: What it affects.
        network: Whether `build.provision` reads it, so that another value may mean another network.
        course: Whether it names a file that records the course of the run. A resumed run sees only the rest of the
            run, and writes that under a new name.
        sweep: Whether a sweep accepts it; None to derive this from `bears`.
        batch: Whether a list of jobs accepts it; None to derive this from `bears`.
        owners: Whether only the person who starts the web app sets it, even if nothing else implies that.
        argument: Whether it is a separate argument in Python.
        python: What to do in Python instead, if it is not a keyword.
        app: What the web app has instead, if the option has no effect there.
    """

    help: str
    group: str
    kind: type
    choices: tuple[str, ...] | None = None
    least: float | None = None
    above: float | None = None
    most: float | None = None
    unset: str = ""
    shown: str = ""
    many: bool = False
    pair: bool = False
    named: tuple[tuple[str, int | float], ...] = ()
    alias: str = ""
    text: Text = Text.WORD
    bears: Bears = Bears.PICTURE
    network: bool = False
    course: bool = False
    sweep: bool | None = None
    batch: bool | None = None
    owners: bool = False
    argument: bool = False
    python: str = ""
    app: str = ""

    @property
    def is_written(self) -> bool:
        """Whether it names a file or folder that is written."""
        return self.text in (Text.OUTPUT, Text.FOLDER)

    @property
    def is_free(self) -> bool:
        """Whether its text may contain commas."""
        return self.kind is str and not self.choices

    @property
    def is_keyword(self) -> bool:
        """Whether it is one of the keywords of `neuralart.stylize`."""
        return not self.argument and not self.python

    @property
    def is_replayed(self) -> bool:
        """Whether `neuralart again` repeats it. It never repeats what belongs to the machine or to one run."""
        return self.bears in (Bears.PICTURE, Bears.FINISH)

    @property
    def is_fixed(self) -> bool:
        """Whether it must not change in the middle of a painting. Input files may have moved."""
        return self.bears is Bears.PICTURE and self.text is not Text.INPUT

    @property
    def is_carried(self) -> bool:
        """Whether `neuralart resume` takes it from the first part of the run."""
        return self.bears in (Bears.PICTURE, Bears.FINISH, Bears.FILE)

    @property
    def is_swept(self) -> bool:
        """Whether `neuralart sweep` accepts it. Every picture of a sweep is one PNG file."""
        return self.bears not in (Bears.FILE, Bears.MOMENT) if self.sweep is None else self.sweep

    @property
    def is_batched(self) -> bool:
        """Whether `neuralart batch` takes it, for every picture of its own or for all of them."""
        return self.bears not in (Bears.FILE, Bears.MOMENT) if self.batch is None else self.batch

    @property
    def is_labelled(self) -> bool:
        """Whether it distinguishes pictures, in labels and when a sweep looks for pictures that it has painted."""
        return self.bears in (Bears.PICTURE, Bears.FINISH, Bears.NUMBERS)

    @property
    def is_owners(self) -> bool:
        """Whether only the person who starts the web app sets it: the server's files, devices and memory."""
        follows = self.bears in (Bears.NUMBERS, Bears.ROOM) or self.text is Text.INPUT
        return not self.app and (follows or self.owners)

    @property
    def is_in_form(self) -> bool:
        """Whether a visitor of the web app sets it. Free text is not offered: it could name a file of the server."""
        return not self.app and not self.is_owners and (not self.is_free or self.text is Text.LAYERS)
