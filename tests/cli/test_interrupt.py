"""Ctrl-C, also where Python itself would lose it."""

from __future__ import annotations

import signal
import sys

import pytest

from neuralart import api, read
from neuralart.cli import interrupt, painting
from neuralart.cli.interrupt import Interrupted, heard
from neuralart.options import Options
from neuralart.watch.watchers import Watchers

from ..patience import ended, started
from .made import SMALL, picture

GOOD = ("--content", "photo.png", "--style", "style.png", *SMALL)


class Finalised:
    """Is interrupted while it is thrown away, where an exception goes no further."""

    def __del__(self):
        signal.raise_signal(signal.SIGINT)


@pytest.fixture
def passed_over(monkeypatch):
    """What Python prints and passes over."""
    found = []
    monkeypatch.setattr(sys, "unraisablehook", lambda told: found.append(told.exc_type))
    return found


def test_one_that_python_passes_over_is_heard(passed_over):
    with pytest.raises(KeyboardInterrupt), heard() as ear:
        ear.check()
        Finalised()
        assert passed_over == [Interrupted]
        ear.check()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_it_stops_a_run_and_the_picture_is_kept(monkeypatch, call, place, passed_over):
    def interrupt(step):
        if step.iteration == 3:
            Finalised()

    follow = painting.follow
    monkeypatch.setattr(
        painting,
        "follow",
        lambda run, options, viewer, watchers, start, ear: follow(
            run, options, viewer, Watchers([*watchers.watchers, interrupt]), start, ear
        ),
    )
    code, out, err = call(*GOOD, "--num-iters", 50, "--output", "out.png")
    assert (code, err, passed_over) == (130, "", [])
    assert "after 3 of 50 iterations" in out
    assert read("out.png").record["result"]["iterations"] == 3


def test_another_meaning_of_ctrl_c_is_left_alone():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with heard() as ear:
            signal.raise_signal(signal.SIGINT)
            ear.check()
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_are_not_asked():
    found = []

    def work():
        with heard() as ear:
            ear.check()
            found.append("went through")

    ended(started(work))
    assert found == ["went through"]


def test_a_step_that_ctrl_c_comes_into_is_shown_to_all(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture(40, 32).save("photo.png")
    options = Options(
        content="photo.png", style="photo.png", size=32, num_iters=5, model="compact", quiet=True, display="off"
    )
    run, begun, seen = api.prepare("photo.png", "photo.png", options), [], []

    def interrupted(step):
        begun.append(step.iteration)
        if step.iteration == 2:
            signal.raise_signal(signal.SIGINT)

    last, stopped = painting.follow(
        run, options, None, Watchers([interrupted, lambda step: seen.append(step.iteration)])
    )
    assert isinstance(stopped, KeyboardInterrupt)
    assert (last.iteration, begun, seen) == (2, [0, 1, 2], [0, 1, 2])


def test_nothing_is_raised_in_a_callback_of_pyvips():
    with heard() as ear:
        exec(
            compile("import signal; signal.raise_signal(signal.SIGINT)", "site-packages/pyvips/__init__.py", "exec"), {}
        )
        with pytest.raises(KeyboardInterrupt):
            ear.check()


def test_later_is_later_but_not_the_second_time(monkeypatch):
    monkeypatch.setattr(interrupt, "TWICE", 0)
    with heard() as ear:
        with ear.later():
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            ear.check()
        with ear.later(), pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
