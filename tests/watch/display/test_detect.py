"""What a terminal can show: by its name, and by its answer."""

from __future__ import annotations

import os
import time
from types import SimpleNamespace

import pytest

from neuralart.watch.display import detect
from neuralart.watch.display.detect import QUESTION, ask, by_answer, by_environment, cell_of_window, may_ask

from ...patience import deadline, ended, read_in_time, started

pty = pytest.importorskip("pty", reason="no pseudo-terminals on this system")


@pytest.mark.parametrize(
    ("environment", "protocol"),
    [
        ({}, None),
        ({"TERM": "xterm-256color"}, None),
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ({"LC_TERMINAL": "iTerm2"}, "iterm2"),
        ({"TERM": "foot-direct"}, "sixel"),
        ({"TERM": "mlterm"}, "sixel"),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux", "KITTY_WINDOW_ID": "1"}, None),
        ({"TERM": "screen", "STY": "1.tty", "LC_TERMINAL": "iTerm2"}, None),
        ({"TERM_PROGRAM": "Apple_Terminal", "TERM": "xterm-256color"}, None),
        ({"TERM_PROGRAM": "vscode", "TERM": "xterm-256color"}, None),
    ],
)
def test_by_environment(environment, protocol):
    assert by_environment(environment) == protocol


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"", (None, None)),
        (b"\x1b[?62;4;22c", ("sixel", None)),
        (b"\x1b[?4c", (None, None)),  # a VT132, which has no sixel
        (b"\x1b[?1;2c", (None, None)),
        (b"\x1b[?64;14;42c", (None, None)),
        (b"\x1b[6;20;10t\x1b[?64;4c", ("sixel", (10, 20))),
        (b"\x1b[6;0;0t\x1b[?64;4c", ("sixel", None)),
        (b"typed ahead\x1b[6;18;9t\x1b[?64;9c", (None, (9, 18))),
    ],
)
def test_by_answer(answer, found):
    assert by_answer(answer) == found


@pytest.mark.parametrize(
    ("environment", "may"),
    [({}, False), ({"TERM": "dumb"}, False), ({"TERM": "linux"}, False), ({"TERM": "xterm"}, True)],
)
def test_may_ask(environment, may):
    assert may_ask(environment) is may
    assert not may_ask(environment | {"STY": "1.tty"})


@pytest.fixture
def terminal(monkeypatch):
    """Errors are shown in a pseudo-terminal; its other end, from which it is answered."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stderr:
        # Not of sys itself, whose stderr pytest changes between a fixture and its test.
        monkeypatch.setattr(detect, "sys", SimpleNamespace(stderr=stderr))
        yield ours
    os.close(ours)


def answering(ours, pieces):
    """On a thread: read the question, answer it in pieces."""

    def run():
        asked, end = b"", deadline()
        while not asked.endswith(QUESTION):
            asked += read_in_time(ours, end)
        for piece in pieces:
            os.write(ours, piece)
            time.sleep(0.02)

    return started(run)


def test_asking(terminal):
    answers = answering(terminal, [b"\x1b[6;16", b";8t\x1b[?6", b"2;4c"])
    assert by_answer(ask()) == ("sixel", (8, 16))
    ended(answers)


def test_a_terminal_that_says_nothing_is_not_waited_for(terminal):
    begun = time.monotonic()
    assert ask() == b""
    assert time.monotonic() - begun < detect.WITHIN + 0.5


def test_what_is_typed_ahead_is_left_alone(terminal):
    os.write(terminal, b"yes\n")
    time.sleep(0.05)
    assert ask() == b""
    descriptor = os.open(os.ttyname(detect.sys.stderr.fileno()), os.O_RDONLY | os.O_NOCTTY)
    assert os.read(descriptor, 10) == b"yes\n"
    os.close(descriptor)


def test_the_terminal_is_left_as_it_was(terminal):
    import termios

    before = termios.tcgetattr(detect.sys.stderr.fileno())
    answers = answering(terminal, [b"\x1b[?1;2c"])
    ask()
    ended(answers)
    assert termios.tcgetattr(detect.sys.stderr.fileno()) == before


def test_no_terminal(capsys):
    assert ask() == b""
    assert cell_of_window() is None


@pytest.mark.parametrize(("size", "cell"), [((40, 100, 800, 640), (8, 16)), ((40, 100, 0, 0), None), ((0,) * 4, None)])
def test_the_size_of_characters(terminal, size, cell):
    import fcntl
    import struct
    import termios

    fcntl.ioctl(detect.sys.stderr, termios.TIOCSWINSZ, struct.pack("HHHH", *size))
    assert cell_of_window() == cell
