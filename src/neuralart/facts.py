"""What is declared of an option, and what follows from it wherever options come in or are shown. Imports nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Bears(Enum):
    """What an option bears on. The properties of `Facts` draw the consequences."""

    PICTURE = auto()
    """What is painted."""

    FINISH = auto()
    """What becomes of the painted pixels when they are written."""

    NUMBERS = auto()
    """Where it is computed: the same picture but for rounding."""

    ROOM = auto()
    """How much memory it takes: the same picture."""

    FILE = auto()
    """Which files are written, and how."""

    MOMENT = auto()
    """What is shown and told, and may be overwritten, while somebody watches."""


class Text(Enum):
    """What the text of an option holds. It decides which Python values are taken besides text."""

    WORD = auto()
    """A word, or whatever the help says."""

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
    """What is declared of an option besides its name and its default.

    Attributes:
        help: One line for the help and the reference page.
        group: The part of the help in which it stands.
        kind: str, int, float or bool.
        choices: The only values there are, but for a first image.
        least: Inclusive lower bound.
        above: Exclusive lower bound.
        most: Inclusive upper bound.
        unset: What None means, for the help.
        shown: What the help calls the value.
        many: Whether it takes several values: a tuple of `kind`, never empty.
        pair: Whether two edges, 2048x1024, are taken as well, and kept as text.
        alias: Another spelling of its name, taken on the command line and in Python.
        text: What the text holds.
        bears: What it bears on.
        network: Whether `build.provision` looks at it, so that another value may mean another network.
        course: Whether it names a file that tells of the run's course. A resumed run sees only the rest of it, and
            writes that under a new name.
        sweep: Whether a sweep takes it, where that does not follow from what it bears on.
        batch: Whether a list of jobs takes it, where that does not follow from what it bears on.
        owners: Whether it belongs to whoever starts the web app, where that does not follow.
        argument: Whether it is an argument of its own in Python.
        python: What to do in Python, where it is no keyword.
        app: What there is in the web app instead, where it has no effect.
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
        """Whether it names what is written."""
        return self.text in (Text.OUTPUT, Text.FOLDER)

    @property
    def is_free(self) -> bool:
        """Whether its text may hold commas of its own."""
        return self.kind is str and not self.choices

    @property
    def is_keyword(self) -> bool:
        """Whether it is one of the keywords of `neuralart.stylize`."""
        return not self.argument and not self.python

    @property
    def is_replayed(self) -> bool:
        """Whether `neuralart again` repeats it. What belongs to the machine and the moment it never does."""
        return self.bears in (Bears.PICTURE, Bears.FINISH)

    @property
    def is_fixed(self) -> bool:
        """Whether it has to stay in the middle of a painting. The files of the inputs may have moved."""
        return self.bears is Bears.PICTURE and self.text is not Text.INPUT

    @property
    def is_carried(self) -> bool:
        """Whether `neuralart resume` takes it over from the first part of the run."""
        return self.bears in (Bears.PICTURE, Bears.FINISH, Bears.FILE)

    @property
    def is_swept(self) -> bool:
        """Whether `neuralart sweep` takes it. Every picture of a sweep is one PNG file."""
        return self.bears not in (Bears.FILE, Bears.MOMENT) if self.sweep is None else self.sweep

    @property
    def is_batched(self) -> bool:
        """Whether `neuralart batch` takes it, for every picture of its own or for all of them."""
        return self.bears not in (Bears.FILE, Bears.MOMENT) if self.batch is None else self.batch

    @property
    def is_labelled(self) -> bool:
        """Whether it tells two pictures apart, in labels and for a sweep that looks for what it has painted."""
        return self.bears in (Bears.PICTURE, Bears.FINISH, Bears.NUMBERS)

    @property
    def is_owners(self) -> bool:
        """Whether it belongs to whoever starts the web app: the server's files, devices and memory."""
        follows = self.bears in (Bears.NUMBERS, Bears.ROOM) or self.text is Text.INPUT
        return not self.app and (follows or self.owners)

    @property
    def is_in_form(self) -> bool:
        """Whether a visitor of the web app chooses it. Free text is not shown: it could name a file of the server."""
        return not self.app and not self.is_owners and (not self.is_free or self.text is Text.LAYERS)
