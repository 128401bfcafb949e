"""Ctrl-C that is not lost, wherever the program is when it comes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def heard() -> Iterator[Callable[[], None]]:
    """Yields a check that raises KeyboardInterrupt if Ctrl-C was pressed before.

    Python raises that where it happens to be. Within a finaliser or a library's callback it is printed and passed over,
    and a run of many hours would go on as if nobody had asked it to stop. Where Ctrl-C means something else here than
    KeyboardInterrupt (several processes that agree upon where to stop, a background job), it keeps meaning that.
    """
    pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        # The callbacks that pyvips gives to its C library would print what is raised in them; `check` comes soon.
        if frame is None or "pyvips" not in frame.f_code.co_filename:
            signal.default_int_handler(number, frame)

    def check() -> None:
        if pressed:
            raise KeyboardInterrupt

    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if not ours:
        yield check
        return
    signal.signal(signal.SIGINT, press)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
