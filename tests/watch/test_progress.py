"""What is told of a run's progress."""

from __future__ import annotations

import io
import re
import sys
import threading
from dataclasses import replace

import pytest
import torch

from neuralart.run.schedule import work
from neuralart.run.step import Step
from neuralart.watch.progress import PlainLines, TerminalBar, clock, reporter, summary
from neuralart.watch.speed import Speed

from ..patience import ended, started

IMAGE = torch.zeros(1, 3, 6, 8)
TERMS = {"content conv4_2": 1.5, "style conv1_1": 2.0, "style conv2_1": 3.25, "smoothness": 0.25}


def step(iteration, iterations=25, scale=1, seconds=None, **facts):
    facts = {"total": 7.0, "terms": TERMS, **facts} if iteration else facts
    seconds = iteration * 0.5 if seconds is None else seconds
    facts.setdefault("work_left", (iterations - iteration) * work((8, 6)))
    return Step(iteration, iterations, scale, 2, IMAGE, seconds=seconds, **facts)


def lines(steps):
    out = io.StringIO()
    with PlainLines(out) as told:
        for one in steps:
            told(one)
    return out.getvalue().splitlines()


def test_every_tenth_and_the_last():
    assert lines(step(n) for n in range(26)) == [
        "iteration 10/25 40%  scale 1/2 8x6  total 7  content 1.5  style 5.25  smoothness 0.25  2.0/s  0:08 left",
        "iteration 20/25 80%  scale 1/2 8x6  total 7  content 1.5  style 5.25  smoothness 0.25  2.0/s  0:02 left",
        "iteration 25/25 100%  scale 1/2 8x6  total 7  content 1.5  style 5.25  smoothness 0.25  2.0/s  0:00 left",
    ]


def test_notes_are_told_at_once():
    told = lines([step(0), step(1), step(2, notes=("it broke", "and was mended")), step(3)])
    assert told == ["iteration 2: it broke", "iteration 2: and was mended"]


def test_a_run_that_was_broken_from_the_start_has_no_total():
    assert lines([step(10, total=None, terms={})]) == ["iteration 10/25 40%  scale 1/2 8x6      0:00 left"]


def test_a_reader_that_goes_away():
    class Closed(io.StringIO):
        asked = 0

        def write(self, text):
            self.asked += 1
            raise BrokenPipeError

    out = Closed()
    with PlainLines(out) as told:
        for n in range(26):
            told(step(n))
    assert out.asked == 1


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0:00"), (0.4, "0:00"), (75, "1:15"), (59.6, "1:00"), (3599, "59:59"), (3600, "1:00:00"), (90061, "25:01:01")],
)
def test_clock(seconds, told):
    assert clock(seconds) == told


def test_summary():
    assert summary(step(0)) == ""
    assert summary(step(1)) == "total 7  content 1.5  style 5.25  smoothness 0.25"
    assert summary(step(1, total=1.23456e10, terms={})) == "total 1.235e+10"


def test_the_first_iteration_which_also_prepares_counts_only_until_the_next():
    speed = Speed()
    for n, seconds in enumerate((0.0, 5.0)):
        speed.update(step(n, seconds=seconds))
    assert speed.left(step(1)) == pytest.approx(24 * 5.0)
    for n in range(2, 4):
        speed.update(step(n, seconds=5 + 0.1 * (n - 1)))
    assert speed.left(step(3)) == pytest.approx(22 * 0.1)


def test_speed_is_of_the_present_scale():
    speed = Speed()
    assert (str(speed), speed.left(step(0))) == ("", 0)
    for n in range(5):
        speed.update(step(n, seconds=n * 0.1))
    assert str(speed) == "10.0/s"
    assert speed.left(step(5)) == pytest.approx(2.0)
    # Of 20 iterations left, half take four times the work.
    assert speed.left(step(5, work_left=(10 + 10 * 4) * work((8, 6)))) == pytest.approx(5.0)
    # The first step of a new scale tells nothing yet: what came before it was spent elsewhere.
    speed.update(step(5, scale=2, seconds=3.0))
    speed.update(step(6, scale=2, seconds=7.0))
    assert str(speed) == "4.0 s each"
    assert speed.left(step(6)) == pytest.approx(76)


def test_steps_in_no_time_at_all():
    speed = Speed()
    for n in range(3):
        speed.update(step(n, seconds=1.0))
    assert speed.rate > 0


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_reporter(monkeypatch):
    assert isinstance(reporter(), PlainLines)
    assert reporter().out is sys.stdout
    assert reporter().above is None
    out = io.StringIO()
    assert reporter(out).out is out
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert isinstance(reporter(), TerminalBar)
    assert isinstance(reporter(out), PlainLines)


def test_the_bar(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "150")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with reporter() as bar:
        for n in range(26):
            bar(step(n, notes=("it broke",) if n == 7 else ()))
    told = screen.getvalue()
    assert "iteration 7: it broke" in told
    assert "8x6 (1/2)" in told
    assert "25/25" in told
    assert "total 7  content 1.5  style 5.25" in told
    assert bar.above is not None


@pytest.fixture
def screen(monkeypatch):
    """screen(width, term): a terminal in place of standard error."""

    def make(width, term="xterm"):
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", term)
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setattr(sys, "stderr", Terminal())
        return sys.stderr

    return make


LONG = {"image": torch.zeros(1, 3, 1, 1).expand(1, 3, 9000, 12000), "work_left": work((12000, 9000)) * 800}


def long(n):
    return replace(step(n, 1000, seconds=n * 2.0), **LONG)


@pytest.mark.parametrize(
    ("width", "term"), [(1, "xterm"), (20, "xterm"), (40, "xterm"), (59, "xterm"), (30, "dumb"), (200, "dumb")]
)
def test_a_terminal_that_is_narrow_or_dumb_gets_plain_lines(screen, width, term):
    seen = screen(width, term)
    told = reporter()
    assert isinstance(told, PlainLines)
    with told:
        for n in (0, 1, 199, 200):
            told(long(n))
    (line,) = seen.getvalue().splitlines()
    assert "\x1b" not in line
    assert "200/1000 20%" in line and line.endswith("44:13:20 left")
    assert len(line) <= max(width, len("200/1000 20% 44:13:20 left"))
    assert ("total" in line) == (width == 200)


@pytest.mark.parametrize("width", [60, 70, 80, 100, 120, 200])
def test_a_bar_shows_count_share_and_time_left_at_any_width(screen, width):
    seen = screen(width)
    bar = reporter()
    assert isinstance(bar, TerminalBar)
    with bar:
        for n in (0, 1, 199, 200):
            bar(long(n))
            bar.progress.refresh()
    last = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen.getvalue()).replace("\r", "\n").strip().splitlines()[-1]
    assert "200/1000 20%" in last and "44:13:20 left" in last and "…" not in last
    assert ("style 5.25" in last) == (width >= 120)
    assert len(last) <= width


def test_the_bar_is_not_drawn_more_often_than_it_can_be_read(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with reporter() as bar:
        before = len(screen.getvalue())
        for n in range(24):
            bar(step(n))
        drawn = screen.getvalue()[before:].count("total")
        bar(step(25))
    assert drawn <= 2
    assert "25/25" in screen.getvalue()


def test_a_picture_that_is_being_drawn_does_not_hold_the_bar_up(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with reporter() as bar:
        ended(started(bar.above.lock.acquire))
        for n in range(5):
            bar(step(n))  # would wait for ever
        bar.above.lock = threading.RLock()
