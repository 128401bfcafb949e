"""Which way of showing is taken where, and what is refused."""

from __future__ import annotations

import logging
import sys

import pytest

import neuralart
from neuralart.errors import OptionError
from neuralart.options import Options
from neuralart.watch.display import choose as module
from neuralart.watch.display.choose import Hidden, choose, opened
from neuralart.watch.display.window import Window

from ...cli.made import picture, quiet_environment

SMALL = {"size": 32, "num_iters": 3, "model": "compact"}


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """A machine without a desktop."""
    quiet_environment(monkeypatch, tmp_path / "cache")
    monkeypatch.setattr(sys, "platform", "linux")


def paint(**options):
    return neuralart.stylize(picture(60, 45), picture(40, 50, seed=1), **(SMALL | options))


@pytest.mark.parametrize(
    "options",
    [{"display": "off"}, {"display_interval": 0}, {"display": "window", "display_interval": 0}, {"quiet": True}],
)
def test_nothing_is_wanted(options):
    assert choose(Options(**options)) is None


def test_nothing_can_be_shown(caplog):
    with caplog.at_level(logging.INFO, "neuralart"), opened(Options()) as viewer:
        assert isinstance(viewer, Hidden)
        assert caplog.messages == []  # the run may still be refused
    assert caplog.messages == [
        "there is neither a desktop nor a terminal with 24-bit colours here; --display browser shows the painting on a"
        " local page as it emerges"
    ]


def test_a_desktop_that_cannot_be_reached_is_no_mistake_of_anybodys(caplog, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":987")
    pytest.importorskip("tkinter", reason="this Python has no tkinter")
    with caplog.at_level(logging.INFO, "neuralart"), opened(Options()) as viewer:
        assert isinstance(viewer, Hidden)
    (told,) = caplog.messages
    assert told.startswith("--display window could not open one (couldn't connect")
    assert told.endswith("; --display browser shows a local page")


def test_a_failure_of_the_preparations_closes_the_viewer(monkeypatch):
    ends = []

    class Viewer(Hidden):
        def close(self, finished):
            ends.append(finished)

    monkeypatch.setattr(module, "automatic", lambda: Viewer("here"))
    with pytest.raises(ValueError, match="unprepared"), opened(Options()):
        raise ValueError("unprepared")
    assert ends == [False]


def test_what_cannot_work_is_refused_before_painting():
    seen = []
    for way, message in (("window", "needs a desktop"), ("terminal", "is not a terminal here")):
        with pytest.raises(OptionError, match=message):
            paint(display=way, watchers=[seen.append])
        with pytest.raises(OptionError, match=message):
            neuralart.iterate(picture(60, 45), picture(40, 50), display=way, **SMALL)
    assert seen == []


def test_scripts_are_silent(monkeypatch, capfd, caplog):
    # Nothing is even looked for, desktop or not.
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.setattr(module, "choose", lambda options: pytest.fail("looked for a viewer"))
    with caplog.at_level(logging.INFO, "neuralart"):
        paint()
        list(neuralart.iterate(picture(60, 45), picture(40, 50), **SMALL))
    assert capfd.readouterr() == ("", "")
    assert not [message for message in caplog.messages if "display" in message]


def test_from_python_when_asked(capsys):
    paint(display="browser")
    assert capsys.readouterr().err.startswith("watch the painting at http://127.0.0.1:")
    steps = neuralart.iterate(picture(60, 45), picture(40, 50), display="browser", **SMALL)
    assert capsys.readouterr().err.startswith("watch the painting at")
    assert [step.iteration for step in steps] == [0, 1, 2, 3]


def test_a_port_means_a_browser(capsys):
    with pytest.raises(OptionError, match="--display-port needs --display browser"):
        paint(display="window", display_port=8000)
    paint(display_port=0x8000)
    assert "http://127.0.0.1:32768/" in capsys.readouterr().err


def test_the_window_is_what_a_desktop_gets(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":1")
    made = object.__new__(Window)
    monkeypatch.setattr(module, "Window", lambda: made)
    assert choose(Options()) is made
    assert choose(Options(display="window")) is made
    assert choose(Options(quiet=True)) is None
    assert choose(Options(quiet=True, display="window")) is made
