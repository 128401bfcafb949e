"""How long the painting of a film would take, and how much of one that is being painted is left."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from neuralart import build, forecast
from neuralart.video import spread
from neuralart.video.prepared_film import PreparedFilm


def seconds_here(made: PreparedFilm) -> float:
    """Estimate how long the film would take in this process alone, with evaluations and flow timed now."""
    run = made.run
    wishes = build.wishes(run)
    choice = wishes.fitted(build.limit(run.options, run.network)[0])
    if choice is None:
        return float("inf")
    return seconds(made, spread.threads(made), lambda threads: forecast.seconds(run, wishes, choice), lambda threads: 1)


def seconds(
    made: PreparedFilm, threads: Sequence[int], frame: Callable[[int], float], places: Callable[[int], int]
) -> float:
    """Estimate how long all passes of a film take.

    Args:
        made: The film.
        threads: How many each stretch is painted with: in the first pass, and in the later ones if that differs.
        frame: Estimates the seconds for the first frame with so many threads, which are set while it is called.
        places: Returns how many stretches, with so many threads each, are painted at once.
    """
    paces: dict[int, tuple[float, float]] = {}
    total = 0.0
    for turn in range(made.choices.passes):
        count = threads[min(turn, len(threads) - 1)]
        if count not in paces:
            with spread.computing(count):
                paces[count] = frame(count), flow_seconds(made)
        total += makespan(stretch_seconds(made, turn, *paces[count]), places(count))
    return total


def flow_seconds(made: PreparedFilm) -> float:
    """Measure how long it takes to find the motion between two frames."""
    if not made.is_steady:
        return 0.0
    pixels = made.frames.at(0).pixels
    begun = time.perf_counter()
    made.motion.between(pixels, pixels)
    return time.perf_counter() - begun


def stretch_seconds(made: PreparedFilm, turn: int, frame: float, flow: float) -> Iterator[float]:
    """Estimate how long each stretch of a pass takes. frame, flow: Seconds for the first frame, and for a flow."""
    for stretch in made.stretches(turn):
        indices = range(stretch.begin, stretch.end)
        work = sum(made.work(index, turn) for index in indices) / made.work(0)
        yield work * frame + flow * sum(made.flows(index, turn) for index in indices)


def makespan(seconds: Iterable[float], places: int) -> float:
    """Return how long tasks take together, each begun as soon as one of so many places is free.

    >>> makespan([3, 1, 1, 2], 2)
    4.0
    """
    ends = [0.0] * places
    for one in seconds:
        heapq.heapreplace(ends, ends[0] + one)
    return max(ends)


class Course:
    """How much of a film is painted, and how long the rest takes. Passes before one that has begun are done."""

    def __init__(self, made: PreparedFilm) -> None:
        self.frames, self.turns = len(made.survey.moments), made.choices.passes
        self.works = [[made.work(index, turn) for index in range(self.frames)] for turn in range(self.turns)]
        self.whole = sum(map(sum, self.works))
        self.there: list[set[int]] = [set() for _ in self.works]
        self.painted, self.begun = 0, time.perf_counter()

    @property
    def left(self) -> int:
        """The work that is left: iterations times pixels."""
        last = max((turn for turn in range(self.turns) if self.there[turn]), default=0)
        own = sum(self.works[last][index] for index in self.there[last])
        return sum(map(sum, self.works[last:])) - own

    @property
    def seconds(self) -> float | None:
        """How long the rest takes, at the pace until now; None before the first frame."""
        return (time.perf_counter() - self.begun) * self.left / self.painted if self.painted else None

    def add(self, index: int, turn: int, *, is_new: bool) -> None:
        """Count a frame of a pass that is painted: now, or by an earlier run."""
        self.there[turn].add(index)
        self.painted += self.works[turn][index] if is_new else 0
