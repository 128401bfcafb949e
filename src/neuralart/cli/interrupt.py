"""Handles Ctrl-C and the other signals that ask the program to end, whatever it is doing.

Python handles a signal only when the current operation ends. That may be a convolution of many seconds, a library's
callback that prints and ignores exceptions, or a blocked terminal. A separate thread therefore listens for signals,
too, and keeps the picture if the painting's thread does not react in time.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

# Signals that would end the program and are not its own fault: those that terminals, timeout, systemd, containers and
# batch queues (Slurm, Grid Engine) send. Signals that a system lacks are left out.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGXCPU", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGBREAK")
SIGNALS = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))

PATIENCE = 1.0  # seconds until the listening thread keeps the picture itself
TWICE = 0.3  # seconds; a second signal within this time repeats the first one, passed on by a shell or a launcher


class Interrupted(KeyboardInterrupt):
    """A signal asked the program to end."""

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__()
        self.number = number


def exit_code(stopped: KeyboardInterrupt) -> int:
    """Return the exit code of a program that a signal ended: 130 for Ctrl-C."""
    return 128 + int(getattr(stopped, "number", signal.SIGINT))


class Ear:
    """Records the signal that came, and whether this is a good time to raise it.

    Attributes:
        number: The number of the first signal; 0 if none came.
        since: When it came.
        waits: Whether a first signal is only noted.
        rescue: Keeps the picture and returns the exit code; it is called on another thread, and then the program ends.
            None if there is nothing to keep.
    """

    def __init__(self) -> None:
        self.number, self.since, self.waits = 0, 0.0, False
        self.rescue: Callable[[Interrupted], int] | None = None
        self._turn, self._is_ending, self._is_rescuing = threading.Lock(), threading.Event(), False

    def check(self) -> None:
        """Raise Interrupted if a signal has come."""
        if self.number:
            raise Interrupted(self.number)

    @contextmanager
    def later(self) -> Iterator[None]:
        """Only note a first signal inside the block, for a later `check`; a second Ctrl-C raises at once."""
        with self._while(waits=True):
            yield

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let a signal raise Interrupted at once inside the block, even inside `later`."""
        with self._while(waits=False):
            yield

    @contextmanager
    def _while(self, waits: bool) -> Iterator[None]:
        before, self.waits = self.waits, waits
        try:
            yield
        finally:
            self.waits = before

    def ending(self) -> None:
        """Announce that this thread keeps the picture; never returns if the listening thread already does."""
        with self._turn:
            self._is_ending.set()
            if not self._is_rescuing:
                return
        threading.Event().wait()

    def press(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        now = time.monotonic()
        is_first, is_echo = not self.number, now - self.since < TWICE
        if is_first:
            self.number, self.since = number, now
        # pyvips's callbacks for its C library would print exceptions raised in them; `check` follows soon.
        if (frame is not None and "pyvips" in frame.f_code.co_filename) or (is_echo and not is_first):
            return
        if not self.waits or (not is_first and number == signal.SIGINT):
            raise Interrupted(self.number)

    def listen(self, wire: socket.socket) -> None:
        """Wait for a signal, on a separate thread, and make sure that the picture is kept in time."""
        received = wire.recv(1)  # the signal's number; empty once the wire is closed
        if not received or self._is_ending.wait(PATIENCE) or self.rescue is None:
            return
        with self._turn:
            self._is_rescuing = not self._is_ending.is_set()
        if self._is_rescuing:
            self._end(received[0])

    def _end(self, number: int) -> NoReturn:
        stopped = Interrupted(number)
        code = exit_code(stopped)
        try:
            if self.rescue is not None:
                code = self.rescue(stopped)
        except BaseException:
            traceback.print_exc()  # nothing else would report it
        finally:
            if sys.stderr.isatty():
                print("\x1b[?25h", end="", file=sys.stderr)  # a progress bar hides the cursor
            for stream in (sys.stdout, sys.stderr):
                with suppress(Exception):
                    stream.flush()
            # An orderly exit is impossible, since the painting's thread is still busy.
            os._exit(code)


@contextmanager
def heard(alone: bool = True) -> Iterator[Ear]:
    """Listen for signals inside the block.

    Signals that do not end the program here (a background job ignores Ctrl-C, `nohup` a closing terminal) keep their
    meaning.

    Args:
        alone: Whether this process paints alone; processes that paint together agree on where to stop instead.

    Yields:
        An `Ear`, whose `check` raises Interrupted if a signal has come.
    """
    ear = Ear()
    ends = (signal.SIG_DFL, signal.default_int_handler)
    is_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in SIGNALS} if alone and is_main else {}
    ours = [number for number, how in before.items() if how in ends]
    if not ours:
        yield ear
        return
    inside, wire = socket.socketpair()
    inside.setblocking(False)
    thread = threading.Thread(target=ear.listen, args=(wire,), name="signals", daemon=True)
    thread.start()
    earlier = signal.set_wakeup_fd(inside.fileno(), warn_on_full_buffer=False)
    for number in ours:
        signal.signal(number, ear.press)
    try:
        yield ear
    finally:
        ear.waits = True
        ear.ending()
        for number in ours:
            signal.signal(number, before[number])
        signal.set_wakeup_fd(earlier)
        inside.close()
        thread.join()
        wire.close()
