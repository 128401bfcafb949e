"""What the studio queues: something to paint for a visitor, with its state, its progress and its result."""

from __future__ import annotations

import logging
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

from neuralart.app.form import in_words
from neuralart.app.gallery import Gallery
from neuralart.app.upload import Upload
from neuralart.errors import NeuralartError, counted, out_of_memory
from neuralart.run.step import Step
from neuralart.weights.download import Progress

log = logging.getLogger(__name__)

ACTIVE = ("waiting", "preparing", "painting", "finishing")
NEVER: Callable[[], bool] = lambda: False


def reason(error: Exception, noun: str) -> str:
    """Return for the visitor why something could not be painted. noun: What it is.

    A defect is logged for the app's owner, since the visitor can do nothing about it.
    """
    if isinstance(error, NeuralartError):
        return in_words(str(error))
    if out_of_memory(error):
        return f"there is not enough memory for a {noun} of this size; choose a smaller 'Size'"
    log.error("a defect in the program ended a painting", exc_info=error)
    return "a defect in the program ended the painting; the app's terminal shows where"


class Bar(NamedTuple):
    """How far a job is, for a progress bar: `value` of `most`; `label` says of what."""

    value: int
    most: int
    label: str


class Forecast(Protocol):
    """What an order would come to: `what` in words, and the seconds to paint it; None if not known yet."""

    @property
    def what(self) -> str: ...

    @property
    def seconds(self) -> float | None: ...


class Job(ABC):
    """A painting, a film or a batch that a visitor ordered.

    Only that visitor knows `key`; `version` increases whenever there is something new.
    """

    words: ClassVar[dict[str, str]]  # what is told in states that have no numbers
    noun: ClassVar[str]  # what is painted

    def __init__(self) -> None:
        self.key = secrets.token_urlsafe(16)
        self.state, self.message, self.version = "new", "", 0
        self.wanted_end: str | None = None
        self.watched_at, self.is_watched = 0.0, NEVER
        self.visitor: str | None = None  # the session that watches it
        self.step: Step | None = None
        self.notes: list[str] = []
        self.saved: Path | None = None
        self.record: dict[str, Any] | None = None
        self.fetched: tuple[int, int | None] | None = None
        self.is_released, self.reached = False, ""

    @property
    def is_active(self) -> bool:
        """Whether it waits or is in progress."""
        return self.state in ACTIVE

    @property
    def can_go_on(self) -> bool:
        """Whether it was stopped and is still in memory."""
        return self.state == "stopped" and not self.is_released

    @property
    @abstractmethod
    def uploads(self) -> tuple[Upload, ...]:
        """All files that it is painted from."""

    @property
    @abstractmethod
    def seen(self) -> str:
        """What the picture of a step shows."""

    @property
    @abstractmethod
    def bar(self) -> Bar | None:
        """How far it is; None before there is anything to count."""

    @abstractmethod
    def prepare(self, notify: Callable[[Job], object]) -> None:
        """Read its files, load the network and check everything, once; `notify` is called while weights arrive."""

    @abstractmethod
    def paint(self, check: Callable[[], str | None]) -> str | None:
        """Paint until it ends or `check` returns a reason to stop. Return that reason."""

    @abstractmethod
    def keep(self, gallery: Gallery) -> None:
        """Write what there is to the gallery, in place of an earlier state. Raises PictureError."""

    @abstractmethod
    def rehearse(self) -> Iterator[Any]:
        """Yield what its preview shows, one after another."""

    @abstractmethod
    def let_go(self) -> None:
        """Drop everything that takes memory or room on the disk."""

    @abstractmethod
    def told(self, step: Step) -> str:
        """Return in one line how far the painting is."""

    def enter(self, state: str, message: str = "") -> None:
        """Change state; the message is for the visitor."""
        self.state, self.message, self.version = state, message, self.version + 1

    def fetching(self, notify: Callable[[Job], object]) -> Progress:
        """Return what is to be called while weights arrive."""

        def progress(here: int, total: int | None) -> None:
            self.fetched = here, total
            notify(self)

        return progress

    def release(self) -> None:
        """Drop everything that takes memory: pictures, network, targets, the optimiser's history."""
        self.reached = self.progress(0)
        self.let_go()
        self.step, self.is_released = None, True

    def progress(self, ahead: int) -> str:
        """Return the progress in one line. `ahead` is the number of paintings before this one."""
        if self.state == "waiting":
            return f"Waiting: {counted(ahead, 'painting')} before this one"
        if self.state == "preparing" and self.fetched is not None:
            here, total = self.fetched
            return f"Downloading the network's weights: {here / 1e6:.0f}{f' of {total / 1e6:.0f}' if total else ''} MB"
        if self.state in self.words:
            return self.words[self.state]
        return self.reached or (self.told(self.step) if self.step else self.state.capitalize())
