"""What a person sees in a terminal: a bar, and the painting in half blocks where there are colours."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import struct
import subprocess
import termios

import pytest

from .made import COMMAND, SMALL

GOOD = ("--content", "photo.png", "--style", "style.png", *SMALL)
pty = pytest.importorskip("pty", reason="no pseudo-terminals on this system")


@pytest.fixture
def terminal(place, monkeypatch):
    """Runs the installed command in a pseudo-terminal of 100 x 40: terminal(words) -> (exit code, what appeared)."""
    monkeypatch.setenv("TERM", "xterm-256color")

    def run(*words, colours="truecolor"):
        monkeypatch.setenv("COLORTERM", colours)
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        running = subprocess.Popen([COMMAND, *map(str, words)], stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        seen = b""
        try:
            while chunk := _read(ours):
                seen += chunk
        finally:
            os.close(ours)
        return running.wait(timeout=60), seen.decode()

    return run


def _read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError as error:
        if error.errno == errno.EIO:  # how Linux says that the other side has closed
            return b""
        raise


def plain(text):
    """Without colours and movements of the cursor."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def test_bar_and_preview(terminal):
    code, seen = terminal(*GOOD, "--num-iters", 4, "--display-interval", 3)
    assert code == 0
    told = plain(seen)
    assert "4/4" in told
    assert "32x24 (1/1)" in told
    assert "total" in told
    assert "photo-style.png: 32 x 24 pixels" in told
    # Two previews, after iterations 3 and 4, in 24-bit colours on 24-bit grounds.
    rows = [line for line in told.splitlines() if "\N{UPPER HALF BLOCK}" * 10 in line]
    assert len(rows) % 2 == 0 and len(rows) >= 8
    assert re.search(r"38;2;\d+;\d+;\d+;48;2;\d+;\d+;\d+m\N{UPPER HALF BLOCK}", seen)
    assert "\x1b[?25h" in seen  # the cursor is shown again


@pytest.mark.parametrize(("interval", "colours"), [(0, "truecolor"), (1, "")])
def test_no_preview(terminal, interval, colours):
    code, seen = terminal(*GOOD, "--display-interval", interval, colours=colours)
    assert code == 0
    assert "\N{UPPER HALF BLOCK}" not in seen
    assert "2/2" in plain(seen)


def test_quiet(terminal):
    assert terminal(*GOOD, "--quiet") == (0, "")


def test_a_mistake_is_one_line_here_too(terminal):
    code, seen = terminal(*GOOD, "--content", "nothing.png")
    assert code == 2
    assert plain(seen).strip().startswith("neuralart: cannot read 'nothing.png'")
    assert "Traceback" not in seen
