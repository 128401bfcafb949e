"""Ctrl-C that is not lost, wherever the program is when it comes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Ear:
    """Whether Ctrl-C was pressed, and whether now is a good time to say so."""

    def __init__(self) -> None:
        self.pressed = self.waits = False

    def check(self) -> None:
        """Raise KeyboardInterrupt if Ctrl-C was pressed before."""
        if self.pressed:
            raise KeyboardInterrupt

    @contextmanager
    def later(self) -> Iterator[None]:
        """Within, a first Ctrl-C is only noted, for `check` afterwards; a second one raises at once."""
        self.waits = True
        try:
            yield
        finally:
            self.waits = False

    def press(self, number: int, frame: FrameType | None) -> None:
        """What happens at Ctrl-C."""
        again, self.pressed = self.pressed, True
        # The callbacks that pyvips gives to its C library would print what is raised in them; `check` comes soon.
        in_a_callback = frame is not None and "pyvips" in frame.f_code.co_filename
        if not in_a_callback and (again or not self.waits):
            signal.default_int_handler(number, frame)


@contextmanager
def heard() -> Iterator[Ear]:
    """Listens for Ctrl-C: `check` what it yields, which raises KeyboardInterrupt if it was pressed before.

    Python raises that where it happens to be. Within a finaliser or a library's callback it is printed and passed over,
    and a run of many hours would go on as if nobody had asked it to stop. Where Ctrl-C means something else here than
    KeyboardInterrupt (several processes that agree upon where to stop, a background job), it keeps meaning that.
    """
    ear = Ear()
    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if not ours:
        yield ear
        return
    signal.signal(signal.SIGINT, ear.press)
    try:
        yield ear
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
