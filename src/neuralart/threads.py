"""Suits the number of threads, and the cores that they run on, to the machine while it paints.

PyTorch starts a thread for every core, even in a container that may use only a few. All threads get equal shares of
every operation and wait for the last of them, so threads that share a core slow the others down.

They also wait for the slow cores of a hybrid processor, which are left aside where that is faster. If slow cores have
0.4 of the speed of fast ones, for example, twelve threads on eight fast and four slow cores do what 4.8 fast cores
would do. Linux tells which cores are fast. On macOS PyTorch leaves the slow ones aside by itself; on Windows nothing is
done.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import torch

from neuralart.cores import at_once, usable
from neuralart.spinning import TASKS, libraries
from neuralart.weights.cache import cache_folder

DEVICES, CPUINFO = Path("/sys/devices"), Path("/proc/cpuinfo")
KEPT = "cores.json"  # in the cache folder
ALIKE = 0.8  # of the largest capacity; the best cores of one kind differ by a few per cent
GAIN = 1.05  # so much faster it has to be
SIDE = 192  # of the square matrices that are multiplied to find out, which fit into the cache of any core
WATCHED = 0.25  # seconds
PATIENCE = 0.01  # seconds of the processor for each kind

Cpus = frozenset[int]


class Place(NamedTuple):
    """How many threads compute, and on which CPUs."""

    threads: int
    cpus: Cpus


def count() -> int:
    """Return how many threads this process has to compute with: no more than its quota, unless the user chose more."""
    threads = torch.get_num_threads()
    return threads if "OMP_NUM_THREADS" in os.environ else min(threads, at_once())


def free() -> int:
    """Return how many threads have a core that nothing else uses, at least one; this looks for `WATCHED` seconds."""
    busy, cpus = psutil.cpu_percent(WATCHED, percpu=True), usable()
    idle = sum(1 - percent / 100 for cpu, percent in enumerate(busy) if cpu in cpus or not cpus)
    return max(1, min(count(), round(idle)))


@contextlib.contextmanager
def single_threaded() -> Iterator[None]:
    """Compute inside the block in the calling thread only; elsewhere than with libgomp, nothing changes.

    Otherwise that thread would get helpers of its own and keep them. libgomp counts those of all threads, and lets none
    spin as soon as they outnumber the cores, so a painting in another thread would take a fifth longer.
    """
    torch.get_num_threads()  # PyTorch sets the number for a thread when it first asks
    before = [(library, library.omp_get_max_threads()) for library in _loaded()]
    for library, _ in before:
        library.omp_set_num_threads(1)
    try:
        yield
    finally:
        for library, threads in before:
            library.omp_set_num_threads(threads)


@cache
def _loaded() -> list[ctypes.CDLL]:
    """Return `libraries`, looked up once: PyTorch's own is there, since this module has imported it."""
    return libraries()


@contextlib.contextmanager
def suited(wanted: int | None = None, devices: Path = DEVICES) -> Iterator[None]:
    """Compute inside the block with as many threads, and on the CPUs, that `planned` tells."""
    before, plan = _present(), planned(wanted, devices)
    if plan == before:
        yield
        return
    _change(before, plan)
    try:
        yield
    finally:
        _change(plan, before)


def planned(wanted: int | None = None, devices: Path = DEVICES) -> Place:
    """Return with how many threads a painting computes, and on which CPUs.

    These are no more than a container's quota, on the fast cores if that is faster. Nothing changes if the number of
    threads is not that of all cores, because the user or a batch has chosen it.

    Args:
        wanted: How many threads the user wants; None for what suits the machine.
        devices: The folder in which Linux describes the cores.
    """
    threads, cpus = now = _present()
    if wanted:
        return Place(wanted, cpus)
    if threads not in (len(cpus), physical(cpus, devices)):
        return now
    if (fewer := count()) < threads:
        return Place(fewer, cpus)
    chosen = _chosen(devices, cpus)
    return Place(physical(chosen, devices), chosen) if chosen else now


def _present() -> Place:
    return Place(torch.get_num_threads(), usable())


def _change(before: Place, wanted: Place) -> None:
    torch.set_num_threads(wanted.threads)
    _move(before.cpus, wanted.cpus)


def fast(cpus: Cpus, devices: Path = DEVICES) -> Cpus:
    """Return those of the CPUs that are of the fast kind; none if all are of one kind, or nobody tells."""
    found = _listed(devices / "cpu_core" / "cpus") & cpus  # Intel
    if not found:
        capacities = {cpu: _number(devices / f"system/cpu/cpu{cpu}/cpu_capacity") for cpu in cpus}
        least = ALIKE * max(capacities.values(), default=0)
        found = Cpus(cpu for cpu, capacity in capacities.items() if capacity >= least)
    return Cpus() if found == cpus else found


@cache
def physical(cpus: Cpus, devices: Path = DEVICES) -> int:
    """Return how many cores these CPUs are: those of one core share it."""
    return len({_listed(devices / f"system/cpu/cpu{cpu}/topology/thread_siblings_list") or cpu for cpu in cpus})


def is_faster(few: int, many: int, speed: float) -> bool:
    """Whether `few` fast cores alone are faster than `many`, of which the slow ones have this share of their speed."""
    return few > GAIN * many * speed


@cache
def _chosen(devices: Path, cpus: Cpus) -> Cpus:
    """Return the CPUs to compute on; none to leave it as it is.

    What was measured first is kept in the cache folder, since rounding depends on the number of threads: the same
    command is to paint the same picture every time.
    """
    chosen = fast(cpus, devices)
    if not chosen:
        return chosen
    slow, machine, known = cpus - chosen, f"{sorted(chosen)} of {sorted(cpus)}, {_model()}", _known()
    if machine not in known:
        share = min(speed(min(slow)), speed(max(slow))) / speed(min(chosen))  # slow ones may be of two kinds
        known[machine] = is_faster(physical(chosen, devices), physical(cpus, devices), share)
        _keep(known)
    return chosen if known[machine] is True else Cpus()


def speed(cpu: int) -> float:
    """Return how often a second one CPU multiplies two matrices; the calling thread does it."""
    before, threads = os.sched_getaffinity(0), torch.get_num_threads()
    torch.set_num_threads(1)
    os.sched_setaffinity(0, {cpu})
    try:
        matrix, best = torch.ones(SIDE, SIDE), 0.0
        end = time.thread_time() + PATIENCE  # by the processor's time, which another process does not lengthen
        while (begun := time.thread_time()) < end:
            matrix @ matrix
            best = max(best, 1 / (time.thread_time() - begun))
        return best
    finally:
        os.sched_setaffinity(0, before)
        torch.set_num_threads(threads)


def _move(those: Cpus, to: Cpus) -> None:
    """Let all threads of this process that may run on exactly `those` CPUs run on others instead."""
    for task in TASKS.iterdir() if TASKS.exists() else ():
        with contextlib.suppress(OSError):  # the thread has ended
            if os.sched_getaffinity(int(task.name)) == those:
                os.sched_setaffinity(int(task.name), to)


def _known() -> dict[str, Any]:
    """Return for every machine that was measured whether its fast cores alone are faster."""
    with contextlib.suppress(OSError, ValueError):
        read = json.loads((cache_folder() / KEPT).read_text(encoding="utf-8"))
        return read if isinstance(read, dict) else {}
    return {}


def _keep(known: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # it is measured again next time
        cache_folder().mkdir(parents=True, exist_ok=True)
        (cache_folder() / KEPT).write_text(json.dumps(known, indent=1), encoding="utf-8")


def _model() -> str:
    """Return what the processor calls itself, if it does."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for line in CPUINFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return ""


def _listed(path: Path) -> Cpus:
    """Read Linux's list of CPUs, such as `0-3,8`; none if there is no such file."""
    found: set[int] = set()
    with contextlib.suppress(OSError, ValueError):
        for part in path.read_text().strip().split(","):
            first, _, last = part.partition("-")
            found.update(range(int(first), int(last or first) + 1))
    return Cpus(found)


def _number(path: Path) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0
