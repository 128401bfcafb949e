"""Finds out what a terminal can show: from the environment and, if that is safe, by asking the terminal."""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Mapping

WITHIN = 0.3  # seconds; a terminal answers in a few milliseconds, over a slow line in tenths of a second
# Asks for the size of a character, then for the device attributes, which all terminals since the VT100 answer. In this
# order, the answer that always comes is the last.
QUESTION = b"\x1b[16t\x1b[c"
DEVICES = re.compile(rb"\x1b\[\?([\d;]*)c")
CELL = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
SIXEL = "4"  # in the device attributes
MULTIPLEXERS = ("TMUX", "STY")  # they only pass on what they know themselves


def by_environment(environment: Mapping[str, str]) -> str | None:
    """Return the protocol that the terminal's name implies, or None."""
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
    """Return the protocol, and the pixels (width, height) of a character, from the terminal's answer to `QUESTION`."""
    devices, cell = DEVICES.search(answer), CELL.search(answer)
    has_sixel = devices is not None and SIXEL in devices[1].decode().split(";")[1:]
    size = (int(cell[2]), int(cell[1])) if cell else None
    return "sixel" if has_sixel else None, size if size and min(size) > 0 else None


def detect() -> tuple[str, tuple[int, int] | None]:
    """Return the best protocol of the terminal on standard error, and the size of its characters if known."""
    protocol = by_environment(os.environ)
    asked, cell = by_answer(ask()) if may_ask(os.environ) else (None, None)
    return protocol or asked or "half blocks", cell or cell_of_window()


def may_ask(environment: Mapping[str, str]) -> bool:
    """Whether a question will be answered and not appear as garbage."""
    return environment.get("TERM", "dumb") not in ("dumb", "linux", "cons25", "emacs") and not environment.get("STY")


def ask() -> bytes:
    """Return the terminal's answer to `QUESTION`; empty if none comes in time, or asking is not safe."""
    try:
        import termios
        import tty

        descriptor = os.open(os.ttyname(sys.stderr.fileno()), os.O_RDWR | os.O_NOCTTY)
    except (ImportError, OSError, ValueError):
        return b""
    try:
        # A background process would be stopped, and text that was typed ahead must not be consumed.
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
        return False  # this is not our controlling terminal, so it cannot stop us


def _answer(descriptor: int) -> bytes:
    answer, until = b"", time.monotonic() + WITHIN
    while not DEVICES.search(answer):
        left = until - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            break
        answer += os.read(descriptor, 1024)
    return answer


def cell_of_window() -> tuple[int, int] | None:
    """Return the pixels (width, height) of a character, from the system's size of the terminal's window."""
    try:
        import fcntl
        import struct
        import termios

        rows, columns, width, height = struct.unpack("HHHH", fcntl.ioctl(sys.stderr, termios.TIOCGWINSZ, bytes(8)))
    except (ImportError, OSError, ValueError):
        return None
    return (width // columns, height // rows) if min(rows, columns) and width >= columns and height >= rows else None
