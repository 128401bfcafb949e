"""What a terminal can show: by what it says of itself in the environment and, where that is safe, by asking it."""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Mapping

WITHIN = 0.3  # seconds: a terminal answers in a few milliseconds, a slow line in tenths of a second
# Which devices are you (answered by all since the VT100), after: how large is a character. In this order, so that
# the answer that all give comes last.
QUESTION = b"\x1b[16t\x1b[c"
DEVICES = re.compile(rb"\x1b\[\?([\d;]*)c")
CELL = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
SIXEL = "4"  # among the devices
MULTIPLEXERS = ("TMUX", "STY")  # they stand between; what passes through them is only what they know themselves


def by_environment(environment: Mapping[str, str]) -> str | None:
    """The protocol that the terminal's name promises, or None."""
    if any(environment.get(name) for name in MULTIPLEXERS):
        return None
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if environment.get("KITTY_WINDOW_ID") or term in ("xterm-kitty", "xterm-ghostty") or program == "ghostty":
        return "kitty"
    if program in ("iTerm.app", "WezTerm", "mintty") or environment.get("LC_TERMINAL") == "iTerm2":
        return "iterm2"
    if term.startswith(("foot", "mlterm", "yaft")) or "sixel" in term:
        return "sixel"
    return None


def by_answer(answer: bytes) -> tuple[str | None, tuple[int, int] | None]:
    """Protocol, and pixels (width, height) of a character, from the terminal's answer to `QUESTION`."""
    devices, cell = DEVICES.search(answer), CELL.search(answer)
    has_sixel = devices is not None and SIXEL in devices[1].decode().split(";")[1:]
    size = (int(cell[2]), int(cell[1])) if cell else None
    return "sixel" if has_sixel else None, size if size and min(size) > 0 else None


def detect() -> tuple[str, tuple[int, int] | None]:
    """The best protocol of the terminal that errors are shown in, and the size of its characters if it tells."""
    protocol = by_environment(os.environ)
    asked, cell = by_answer(ask()) if may_ask(os.environ) else (None, None)
    return protocol or asked or "half blocks", cell or cell_of_window()


def may_ask(environment: Mapping[str, str]) -> bool:
    """Whether a question will not appear as garbage, nor wait for an answer in vain."""
    return environment.get("TERM", "dumb") not in ("dumb", "linux", "cons25", "emacs") and not environment.get("STY")


def ask() -> bytes:
    """The terminal's answer to `QUESTION`; nothing where there is none in time, or where asking is not safe."""
    try:
        import termios
        import tty

        descriptor = os.open(os.ttyname(sys.stderr.fileno()), os.O_RDWR | os.O_NOCTTY)
    except (ImportError, OSError, ValueError):
        return b""
    try:
        # In the background we would be stopped; what is typed ahead is not ours to take.
        if _is_background(descriptor) or select.select([descriptor], [], [], 0)[0]:
            return b""
        before = termios.tcgetattr(descriptor)
        try:
            tty.setcbreak(descriptor, termios.TCSANOW)
            os.write(descriptor, QUESTION)
            return _answer(descriptor)
        finally:
            termios.tcsetattr(descriptor, termios.TCSANOW, before)
    except (OSError, termios.error):
        return b""
    finally:
        os.close(descriptor)


def _is_background(descriptor: int) -> bool:
    try:
        return os.tcgetpgrp(descriptor) != os.getpgrp()
    except OSError:
        return False  # not the terminal that controls us: nothing stops us there


def _answer(descriptor: int) -> bytes:
    answer, until = b"", time.monotonic() + WITHIN
    while not DEVICES.search(answer):
        left = until - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            break
        answer += os.read(descriptor, 1024)
    return answer


def cell_of_window() -> tuple[int, int] | None:
    """Pixels (width, height) of a character, as the system knows them of the terminal's window."""
    try:
        import fcntl
        import struct
        import termios

        rows, columns, width, height = struct.unpack("HHHH", fcntl.ioctl(sys.stderr, termios.TIOCGWINSZ, bytes(8)))
    except (ImportError, OSError, ValueError):
        return None
    return (width // columns, height // rows) if min(rows, columns) and width >= columns and height >= rows else None
