"""Lets threads that wait for each other spin while they have the cores to themselves, and sleep when others compute.

PyTorch's threads meet at the end of every operation. libgomp, which comes with its wheels for Linux, lets a thread that
arrives early spin for about a millisecond before it sleeps, which is fastest on an idle machine. On a busy one, the
thread that it waits for is often away for longer, and the spinning thread keeps the core that the other one needs.

Linux tells for how long threads were ready and had no core. While that is much for those that compute, a second, idle
team of threads is kept: libgomp spins for 300,000 rounds by itself, but for 100 while its threads outnumber the cores
(its manual, under GOMP_SPINCOUNT). Rounding does not depend on it, so neither does the picture.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import NamedTuple

from neuralart.cores import cores

SPINS = 1000  # rounds where nobody can tell how busy the machine is
PERIOD = 0.2  # seconds between two looks
BUSY, CALM = 0.1, 0.05  # seconds that threads waited for cores, per second: 0.5 beside a neighbour, 0.01 without
COMPUTING = 0.5  # seconds that a thread ran or waited, per second; those that serve a page, for example, sleep more
PATIENCE = 5  # calm looks in a row until threads spin again
TASKS = Path("/proc/self/task")


class Spent(NamedTuple):
    """For how many seconds a thread ran, and for how many it was ready to run without a core."""

    ran: float
    waited: float

    def __sub__(self, before: Spent) -> Spent:
        return Spent(self.ran - before.ran, self.waited - before.waited)


def limit(environment: MutableMapping[str, str] = os.environ, tasks: Path = TASKS) -> None:
    """Let threads spin for `SPINS` rounds where `minded` cannot tell who else computes; call it before importing torch.

    Args:
        environment: The variables to read and change.
        tasks: The folder in which Linux describes the threads of this process.
    """
    if not _is_set(environment) and not spent(tasks):
        environment["GOMP_SPINCOUNT"] = str(SPINS)


@contextlib.contextmanager
def minded(environment: Mapping[str, str] = os.environ, tasks: Path = TASKS) -> Iterator[None]:
    """Look after the threads of this process inside the block, from a thread of its own.

    Leaves everything alone if the user has set OMP_WAIT_POLICY or GOMP_SPINCOUNT.

    Args:
        environment: The variables to read.
        tasks: The folder in which Linux describes the threads of this process.
    """
    over = threading.Event()
    if cores() > 1 and not _is_set(environment) and spent(tasks):
        with contextlib.suppress(RuntimeError):  # no memory for one more thread: a painting does without
            threading.Thread(target=_look_after, args=(tasks, over), name="spinning", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _is_set(environment: Mapping[str, str]) -> bool:
    return "OMP_WAIT_POLICY" in environment or "GOMP_SPINCOUNT" in environment


def spent(tasks: Path = TASKS) -> dict[str, Spent]:
    """Return what each thread of this process has spent its time on, by its number."""
    found = {}
    with contextlib.suppress(OSError, ValueError, IndexError):
        for task in tasks.iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended
                ran, waited = (task / "schedstat").read_text().split()[:2]
                found[task.name] = Spent(int(ran) / 1e9, int(waited) / 1e9)
    return found


class Mood:
    """Whether the machine is busy, from how long threads that compute wait for cores.

    Others wait because of those that compute, which says nothing about the machine.
    """

    def __init__(self) -> None:
        self.busy, self._calm = False, 0

    def look(self, before: Mapping[str, Spent], now: Mapping[str, Spent], seconds: float) -> bool:
        """Return whether the machine is busy, from two results of `spent` that lie `seconds` apart."""
        lately = [after - before[number] for number, after in now.items() if number in before]
        waited = sum(max(0.0, one.waited) for one in lately if one.ran + one.waited > COMPUTING * seconds) / seconds
        self._calm = self._calm + 1 if waited < CALM else 0
        self.busy = waited > BUSY or (self.busy and self._calm < PATIENCE)
        return self.busy


class Crowd:
    """An idle team of threads, one more than there are cores, in every libgomp of this process.

    Raises:
        RuntimeError: If the system allows no more threads, for want of memory or by a limit.
    """

    def __init__(self) -> None:
        _rehearse(cores() + 1)  # libgomp ends the process if it cannot start a thread
        self._over = threading.Event()
        self._host = threading.Thread(target=self._gather, name="crowd", daemon=True)
        self._host.start()

    def _gather(self) -> None:
        for library in libraries():
            nothing = ctypes.cast(library.omp_get_num_threads, ctypes.c_void_p)
            library.GOMP_parallel(nothing, None, ctypes.c_uint(cores() + 1), ctypes.c_uint(0))
        self._over.wait()

    def dissolve(self) -> None:
        """Let the team go; a team ends with the thread that it belongs to."""
        self._over.set()
        self._host.join()


def _rehearse(count: int) -> None:
    """Start that many threads and let them end.

    Raises:
        RuntimeError: If one cannot start.
    """
    over, started = threading.Event(), []
    try:
        for _ in range(count):
            thread = threading.Thread(target=over.wait, daemon=True)
            thread.start()
            started.append(thread)
    finally:
        over.set()
        for thread in started:
            thread.join()


def libraries() -> list[ctypes.CDLL]:
    """Return every libgomp that this process has loaded."""
    found = []
    with contextlib.suppress(OSError):
        maps = Path("/proc/self/maps").read_text()
        for path in sorted(set(re.findall(r"/\S*/libgomp[^/\s]*\.so[^/\s]*", maps))):
            with contextlib.suppress(OSError):  # its file is gone
                found.append(ctypes.CDLL(path))
    return found


def _look_after(tasks: Path, over: threading.Event) -> None:
    mood, crowd = Mood(), None
    before, then = spent(tasks), time.monotonic()
    while not over.wait(PERIOD):
        now, moment = spent(tasks), time.monotonic()
        busy = mood.look(before, now, moment - then)
        before, then = now, moment
        if busy and crowd is None:
            try:
                crowd = Crowd()
            except RuntimeError:
                return  # no room for more threads: a painting does without
        elif crowd and not busy:
            crowd.dissolve()
            crowd = None
    if crowd:
        crowd.dissolve()
