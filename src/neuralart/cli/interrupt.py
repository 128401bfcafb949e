"""Ctrl-C, and the other signals that ask for an end, wherever the program is when one comes.

Python raises what a signal asks for when the operation that is under way ends. That may be a convolution of many
seconds, a library's callback, in which it is printed and passed over, or a terminal that takes nothing. So the signal
is also heard on a thread of its own, which keeps what was reached if the painting does not come to it in time.
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

# Whatever would end the program and is no fault of its own: what terminals, timeout, systemd, containers and batch
# queues (Slurm, Grid Engine) send. Those that a system lacks are left out.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGXCPU", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGBREAK")
SIGNALS = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))

PATIENCE = 1.0  # seconds until the other thread keeps what was reached
TWICE = 0.3  # seconds within which a second signal is the first one's echo: a shell or a launcher that passes it on


class Interrupted(KeyboardInterrupt):
    """A signal asked for an end."""

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__()
        self.number = number


def exit_code(stopped: KeyboardInterrupt) -> int:
    """What a shell reports of a program that a signal ended: 130 for Ctrl-C."""
    return 128 + int(getattr(stopped, "number", signal.SIGINT))


class Ear:
    """What signal came, and whether now is a good time to say so.

    Attributes:
        rescue: What keeps what was reached, and returns the exit code; called on another thread, and then the program
            ends. None where there is nothing to keep.
    """

    def __init__(self) -> None:
        self.number, self.since, self.waits = 0, 0.0, False
        self.rescue: Callable[[Interrupted], int] | None = None
        self._turn, self._is_ending, self._is_rescuing = threading.Lock(), threading.Event(), False

    def check(self) -> None:
        """Raise Interrupted if a signal came before."""
        if self.number:
            raise Interrupted(self.number)

    @contextmanager
    def later(self) -> Iterator[None]:
        """Within, a first signal is only noted, for `check` afterwards; Ctrl-C again raises at once."""
        with self._while(waits=True):
            yield

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within, a signal raises Interrupted wherever the program is, also where that is within `later`."""
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
        """What was reached is being kept from here on, by this thread; never returns if the other one is at it."""
        with self._turn:
            self._is_ending.set()
            if not self._is_rescuing:
                return
        threading.Event().wait()

    def press(self, number: int, frame: FrameType | None) -> None:
        """What happens at a signal."""
        now = time.monotonic()
        is_first, is_echo = not self.number, now - self.since < TWICE
        if is_first:
            self.number, self.since = number, now
        # The callbacks that pyvips gives to its C library would print what is raised in them; `check` comes soon.
        if (frame is not None and "pyvips" in frame.f_code.co_filename) or (is_echo and not is_first):
            return
        if not self.waits or (not is_first and number == signal.SIGINT):
            raise Interrupted(self.number)

    def listen(self, wire: socket.socket) -> None:
        """On a thread of its own: waits for a signal, and sees to it that what was reached is kept in time."""
        told = wire.recv(1)  # the signal's number; nothing once the wire is cut
        if not told or self._is_ending.wait(PATIENCE) or self.rescue is None:
            return
        with self._turn:
            self._is_rescuing = not self._is_ending.is_set()
        if self._is_rescuing:
            self._end(told[0])

    def _end(self, number: int) -> NoReturn:
        stopped = Interrupted(number)
        code = exit_code(stopped)
        try:
            if self.rescue is not None:
                code = self.rescue(stopped)
        except BaseException:
            traceback.print_exc()  # nobody else would hear of it
        finally:
            if sys.stderr.isatty():
                print("\x1b[?25h", end="", file=sys.stderr)  # a progress bar hides the cursor
            for stream in (sys.stdout, sys.stderr):
                with suppress(Exception):
                    stream.flush()
            # No orderly end: the painting's own thread is still in the midst of something.
            os._exit(code)


@contextmanager
def heard(alone: bool = True) -> Iterator[Ear]:
    """Listens for signals: `check` what it yields, which raises Interrupted if one came before.

    A signal that means something else here than the program's end (a background job ignores Ctrl-C, `nohup` a terminal
    that closes) keeps meaning that. alone: whether no other process paints with this one; those that do agree upon
    where to stop.
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
