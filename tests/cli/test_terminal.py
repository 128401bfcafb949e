"""What a person sees in a terminal: a bar, and the painting as the terminal can show it."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import numpy as np
import pytest

from neuralart.image.paintings import PAINTINGS, file_of
from neuralart.image.read import read
from neuralart.presets import PRESETS

from .. import warm
from ..patience import SECONDS, deadline, read_in_time
from ..warm import COMMAND
from ..watch.display.decode import half_block_pixels, iterm2_pictures, kitty_pictures, sixel_pixels
from .made import ENDLESS, SMALL, merged

GOOD = ("--content", "photo.png", "--style", "style.png", *SMALL)
SHOWN = (*GOOD, "--display", "auto")
QUESTION = b"\x1b[c"
# A picture, between the cursor's leaving for its place and coming back.
PICTURE = re.compile("\x1b7\r\x1b\\[([0-9]+)A(.*?)\x1b8", re.DOTALL)
pty = pytest.importorskip("pty", reason="no pseudo-terminals on this system")


@pytest.fixture
def terminal(place, monkeypatch):
    """Runs the program in a pseudo-terminal of 100 x 40, each character 8 x 16 pixels.

    terminal(words) -> (exit code, what appeared). answer: what the terminal says when it is asked what it is. width:
    its columns.
    """
    for name in ("TERM_PROGRAM", "LC_TERMINAL", "KITTY_WINDOW_ID", "TMUX", "STY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)

    def run(*words, colours="truecolor", term="xterm-256color", answer=b"", width=100, **environment):
        environment = os.environ | {"COLORTERM": colours, "TERM": term} | environment
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 8 * width, 640))
        running = warm.Popen([COMMAND, *merged(words)], stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        seen, end = b"", deadline()
        try:
            while chunk := _read(ours, end):
                seen += chunk
                if QUESTION in chunk:
                    os.write(ours, answer)
            return running.wait(SECONDS), seen.decode()
        finally:
            running.kill()
            os.close(ours)

    return run


def _read(descriptor, end):
    try:
        return read_in_time(descriptor, end)
    except OSError as error:
        if error.errno == errno.EIO:  # how Linux says that the other side has closed
            return b""
        raise


def plain(text):
    """Without colours and movements of the cursor."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def test_bar_and_preview(terminal):
    code, seen = terminal(*SHOWN, "--num-iters", 4, "--display-interval", 3)
    assert code == 0
    told = plain(seen)
    assert "4/4" in told
    assert "32x24 (1/1)" in told
    assert "total" in told
    assert "photo-style.png: 32 x 24 pixels" in told
    assert re.search(r"38;2;\d+;\d+;\d+;48;2;\d+;\d+;\d+m\N{UPPER HALF BLOCK}", seen)
    assert "\x1b[?25h" in seen  # the cursor is shown again


def test_pictures_take_each_others_place(terminal):
    _, seen = terminal(*SHOWN, "--num-iters", 4, "--display-interval", 1)
    pictures = PICTURE.findall(seen)
    # The first picture and the last in any case; those between as there is time.
    assert 2 <= len(pictures) <= 5
    assert len({rows for rows, _ in pictures}) == 1
    shown = [half_block_pixels(text) for _, text in pictures]
    assert {pixels.shape for pixels in shown} == {(2 * int(pictures[0][0]), 53, 3)}
    assert not np.array_equal(shown[0], shown[-1])
    # The last is the picture that was written.
    made = read("photo-style.png").resized((53, 40)).numpy()
    first, last = (np.abs(pixels.astype(int) - made).mean() for pixels in (shown[0], shown[-1]))
    assert last < 10 < first
    # Room is made once, by as many lines as a picture has.
    assert plain(seen.partition("\x1b7")[0]).count("\n") - int(pictures[0][0]) in (0, 1)


@pytest.mark.parametrize(
    ("found", "surroundings"),
    [
        (kitty_pictures, {"TERM": "xterm-kitty"}),
        (iterm2_pictures, {"TERM_PROGRAM": "iTerm.app"}),
        (lambda text: [({}, sixel_pixels(text))], {"TERM": "foot"}),
        (lambda text: [({}, sixel_pixels(text))], {"answer": b"\x1b[6;16;8t\x1b[?62;4;22c"}),
    ],
)
def test_protocols(terminal, found, surroundings):
    term = surroundings.pop("TERM", "xterm-256color")
    code, seen = terminal(*SHOWN, "--display", "terminal", term=term, **surroundings)
    assert code == 0
    assert "\N{UPPER HALF BLOCK}" not in seen
    pixels = found(seen)[-1][1]
    made = read("photo-style.png").resized(pixels.shape[1::-1]).numpy()
    assert np.abs(pixels.astype(int) - made).mean() < 14


@pytest.mark.parametrize(("width", "term"), [(100, "dumb"), (9, "xterm-256color")])
def test_a_dumb_terminal_and_a_narrow_one_show_plain_lines(terminal, width, term):
    code, seen = terminal(*GOOD, "--num-iters", 20, width=width, term=term)
    assert code == 0
    assert "\x1b" not in seen  # neither colours nor movements of the cursor
    told = seen.splitlines()
    # Count, share and time left, whatever else there is no room for.
    begin, end = ("iteration ", r"  scale 1/1 32x24  total .*  ") if width == 100 else ("", " ")
    for line, count in zip(told, ("10/20 50%", "20/20 100%"), strict=False):
        assert re.fullmatch(rf"{begin}{count}{end}\d+:\d\d left", line)
    assert len(told) == 3 and told[2].startswith("photo-style.png: 32 x 24 pixels")


def test_256_colours_when_asked_for(terminal):
    code, seen = terminal(*SHOWN, "--display", "terminal", colours="")
    assert code == 0
    assert re.search(r"38;5;\d+;48;5;\d+m\N{UPPER HALF BLOCK}", seen)


def test_a_terminal_without_colours(terminal):
    code, seen = terminal(*SHOWN, "--display", "terminal", colours="", term="vt100")
    assert code == 2
    assert "--display terminal needs colours" in plain(seen)
    assert not Path("photo-style.png").exists()


@pytest.mark.parametrize(("interval", "colours"), [(0, "truecolor"), (1, "")])
def test_no_preview(terminal, interval, colours):
    code, seen = terminal(*SHOWN, "--display-interval", interval, colours=colours)
    assert code == 0
    assert "\N{UPPER HALF BLOCK}" not in seen
    assert "2/2" in plain(seen)
    # Nothing is said of what was not wanted.
    assert ("--display browser shows" in plain(seen)) is (interval == 1)


def test_display_off(terminal):
    code, seen = terminal(*GOOD)
    assert (code, "\N{UPPER HALF BLOCK}" in seen, "--display" in seen) == (0, False, False)


def test_quiet(terminal):
    assert terminal(*SHOWN, "--quiet") == (0, "")


def test_lists_have_pictures_here(terminal):
    """Each above its lines, by the protocol that the terminal has."""
    code, seen = terminal("styles")
    pictures = PICTURE.findall(seen)
    assert code == 0 and len(pictures) == len(PAINTINGS)
    for (rows, text), name in zip(pictures, PAINTINGS, strict=True):
        shown = half_block_pixels(text)
        height, width = shown.shape[:2]
        assert height == 2 * int(rows) <= 16
        meant = read(file_of(name)).resized((width, height)).numpy()
        assert np.abs(shown.astype(int) - meant).mean() < 10
    listed = [line for line in plain(PICTURE.sub("", seen)).splitlines() if line.strip()]
    assert [line.split()[0] for line in listed] == list(PAINTINGS)
    numbers = [keys["i"] for keys, _ in kitty_pictures(terminal("presets", term="xterm-kitty")[1])]
    assert len(set(numbers)) == len(PRESETS)
    assert "\x1b" not in terminal("presets", term="dumb", colours="")[1]


def test_a_mistake_is_one_line_here_too(terminal):
    code, seen = terminal(*SHOWN, "--content", "nothing.png")
    assert code == 2
    assert plain(seen).strip().startswith("neuralart: cannot read 'nothing.png'")
    assert "Traceback" not in seen


def test_a_terminal_that_closes_leaves_the_picture(place):
    ours, theirs = pty.openpty()
    # A terminal's signal reaches whom it controls. Not by preexec_fn, which may hang where there are threads.
    own = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
    words = [str(COMMAND), *merged((*GOOD, *ENDLESS, "--output", "out.png"))]
    running = subprocess.Popen(
        [sys.executable, "-c", own, *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"TERM": "dumb"},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        seen, end = b"", deadline()
        while b"iteration 10/100000" not in seen:
            chunk = _read(ours, end)
            assert chunk, seen  # it ended by itself
            seen += chunk
        os.close(ours)
        assert running.wait(SECONDS) == 128 + signal.SIGHUP
    finally:
        running.kill()
    assert read("out.png").record["result"]["iterations"] >= 10
