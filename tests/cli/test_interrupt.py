"""Ctrl-C, also where Python itself would lose it."""

from __future__ import annotations

import signal
import sys
import threading

import pytest

from neuralart import read
from neuralart.cli import painting
from neuralart.cli.interrupt import heard

from .made import SMALL

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
    with pytest.raises(KeyboardInterrupt), heard() as check:
        check()
        Finalised()
        assert passed_over == [KeyboardInterrupt]
        check()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_it_stops_a_run_and_the_picture_is_kept(monkeypatch, call, place, passed_over):
    def interrupt(step):
        if step.iteration == 3:
            Finalised()

    follow = painting.follow
    monkeypatch.setattr(
        painting,
        "follow",
        lambda run, options, viewer, others, start: follow(run, options, viewer, [*others, interrupt], start),
    )
    code, out, err = call(*GOOD, "--num-iters", 50, "--output", "out.png")
    assert (code, err, passed_over) == (130, "", [KeyboardInterrupt])
    assert "after 3 of 50 iterations" in out
    assert read("out.png").record["result"]["iterations"] == 3


def test_another_meaning_of_ctrl_c_is_left_alone():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with heard() as check:
            signal.raise_signal(signal.SIGINT)
            check()
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_are_not_asked():
    found = []

    def work():
        with heard() as check:
            check()
            found.append("went through")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == ["went through"]
