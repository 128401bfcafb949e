"""All that watch a run: none of them ends it, and each says which images it needs."""

from __future__ import annotations

import io
import logging

import pytest
import torch

from neuralart.errors import OptionError
from neuralart.figures.plot import LossPlot
from neuralart.run.step import Step
from neuralart.video.animate import Animation
from neuralart.watch.checkpoint import Checkpoint
from neuralart.watch.display.viewer import Display, Viewer
from neuralart.watch.frames import Frames
from neuralart.watch.log import Log
from neuralart.watch.progress import PlainLines
from neuralart.watch.watchers import Watchers


def step(iteration=1, iterations=100, here=True, scale=1):
    image = torch.zeros(1, 3, 6, 8, device="cpu" if here else "meta")
    return Step(iteration, iterations, scale, 2, image, total=1.0 if iteration else None)


class Numbers:
    """Needs no image."""

    def __init__(self):
        self.seen = []

    def needs(self, step):
        return False

    def __call__(self, step):
        self.seen.append(step.iteration)


def failing(error):
    def watch(step):
        raise error

    return watch


def test_a_plain_function_needs_every_step():
    assert Watchers([Numbers(), lambda step: None]).needs(step())
    assert not Watchers([Numbers()]).needs(step())
    assert not Watchers().needs(step())


def test_only_those_that_can_do_without_see_a_step_whose_image_is_elsewhere():
    numbers, images = Numbers(), []
    watchers = Watchers([numbers, lambda step: images.append(step.iteration)])
    watchers(step(1, here=False))
    watchers(step(2))
    assert (numbers.seen, images) == ([1, 2], [2])


@pytest.mark.parametrize(
    "error", [ValueError("broken"), OptionError("broken"), BrokenPipeError("broken"), MemoryError()]
)
def test_one_that_fails_costs_nobody_anything(error, caplog):
    before, after = Numbers(), Numbers()
    watchers = Watchers([before, failing(error), after])
    with caplog.at_level(logging.WARNING, "neuralart"):
        for n in range(3):
            watchers(step(n))
    assert before.seen == after.seen == [0, 1, 2]
    assert watchers.failed
    (told,) = caplog.messages
    assert told.endswith("; the painting goes on without it")
    # Of a mistake in a watcher one wants to know where it is.
    assert bool(caplog.records[0].exc_info) is isinstance(error, ValueError)


def test_ctrl_c_passes():
    with pytest.raises(KeyboardInterrupt):
        Watchers([failing(KeyboardInterrupt())])(step())


def test_needs_that_fails_is_told_when_the_watcher_is_called(caplog):
    class Bad(Numbers):
        def needs(self, step):
            raise AttributeError("no such thing")

    watchers = Watchers([Bad()])
    assert watchers.needs(step())


class Opened(Numbers):
    def __init__(self, where="nowhere"):
        super().__init__()
        self.where, self.told = where, []

    def __enter__(self):
        self.told.append("entered")
        if self.where == "entering":
            raise OSError("the terminal is gone")
        return self

    def __exit__(self, kind, error, at):
        self.told.append(kind)
        if self.where == "leaving":
            raise OSError("the terminal is gone")


@pytest.mark.parametrize("where", ["entering", "leaving", "nowhere"])
def test_opening_and_closing_may_fail_too(where, caplog):
    bad, good = Opened(where), Opened()
    with pytest.raises(KeyboardInterrupt), Watchers() as watchers:
        assert watchers.open(bad) is bad
        watchers.open(good)
        watchers(step())
        raise KeyboardInterrupt
    assert good.told == ["entered", KeyboardInterrupt]
    assert good.seen == [1]
    assert bad.seen == ([] if where == "entering" else [1])
    assert watchers.failed == (where != "nowhere")
    assert len(caplog.messages) == int(where != "nowhere")


def needed(watcher, steps):
    """The iterations whose image a watcher needs, when it is called with every step."""
    found = []
    for one in steps:
        if Watchers([watcher]).needs(one):
            found.append(one.iteration)
        watcher(one)
    return found


def test_who_needs_what(tmp_path):
    def steps():
        return (step(n, 32, scale=1 + (n > 16)) for n in range(33))

    with Log(tmp_path / "log.jsonl") as log:
        assert needed(log, steps()) == []
    assert needed(LossPlot(tmp_path / "plot.svg"), steps()) == []
    assert needed(PlainLines(io.StringIO()), steps()) == []
    assert needed(Frames(tmp_path / "frames"), steps()) == [*range(21), 25, 30, 32]
    assert needed(Checkpoint(tmp_path / "checkpoint", 10, {}, {16}), steps()) == [10, 16, 20, 30, 32]
    assert needed(Animation(tmp_path / "film.gif"), steps()) == [*range(17), *range(17, 33)]
    display = Display(Viewer(), 10)
    display.pace.due = lambda step: step.iteration % 10 == 0
    assert needed(display, steps()) == [0, 10, 20, 30]


def test_a_display_and_a_film_take_no_image_that_is_elsewhere(tmp_path):
    display, film = Display(Viewer(), 1), Animation(tmp_path / "film.gif")
    for watch in (display, film):
        watch(step(1))
        watch(step(23, here=False))
    assert display.unseen is None
    assert len(film.reel) == 1
    film._film()
    assert len(film.reel) == 1
