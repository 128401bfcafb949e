"""One process reads mutated files, this one watches it. Linux only: memory is read from /proc."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import os
import random
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from tests.torture.mutate import mutated
from tests.torture.readers import READERS

MOST_SECONDS = 3.0  # for a refusal
MOST_BYTES = 300 * 2**20  # of memory beyond what the process had
PATIENCE = 20.0  # seconds, for a file that may yet be taken; a busy machine is slow
ENOUGH = 25  # findings, after which a reader has had enough


@dataclass
class Tally:
    """What came of it. findings: what was wrong, and where the input is kept."""

    tried: int = 0
    taken: int = 0
    refused: int = 0
    slowest: float = 0.0
    largest: int = 0
    findings: list[str] = field(default_factory=list)


def torture(name: str, seconds: float, seed: int, found: Path) -> Tally:
    """Mutated files for one reader, for so many seconds."""
    tally, left, round_ = Tally(), seconds, seed
    while left > 0 and len(tally.findings) < ENOUGH:
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        child = context.Process(target=_read_for_ever, args=(name, round_, theirs), daemon=True)
        child.start()
        theirs.close()
        try:
            if not ours.poll(120) or ours.recv() != "ready":
                raise RuntimeError(f"the reader of {name} does not start")
            begun = time.monotonic()
            _watch(ours, tally, begun + left, name, found)
            left -= time.monotonic() - begun
        finally:
            child.kill()
            child.join(PATIENCE)
        round_ += 1_000_003
    return tally


def _watch(pipe: Connection, tally: Tally, until: float, name: str, found: Path) -> None:
    """Until the time is over, or the process has to be started anew."""
    data = b""
    while time.monotonic() < until:
        try:
            if not pipe.poll(PATIENCE):
                _keep(tally, found, name, data, f"nothing came after it for {PATIENCE:g} seconds")
                return
            data = pipe.recv_bytes()
            if not pipe.poll(PATIENCE):
                _keep(tally, found, name, data, f"still busy after {PATIENCE:g} seconds")
                return
            outcome, elapsed, grown = pipe.recv()
        except (EOFError, ConnectionResetError):
            _keep(tally, found, name, data, "its process ended")
            return
        tally.tried += 1
        if outcome == "taken":
            tally.taken += 1
            continue
        if outcome == "refused":
            tally.refused += 1
            tally.slowest, tally.largest = max(tally.slowest, elapsed), max(tally.largest, grown)
            if elapsed > MOST_SECONDS:
                _keep(tally, found, name, data, f"refused after {elapsed:.1f} seconds")
            elif grown > MOST_BYTES:
                _keep(tally, found, name, data, f"refused after taking {grown / 2**20:.0f} MB")
        else:
            _keep(tally, found, name, data, outcome)


def _keep(tally: Tally, found: Path, name: str, data: bytes, what: str) -> None:
    found.mkdir(exist_ok=True)
    place = found / f"{name}-{hashlib.sha256(data).hexdigest()[:16]}"
    place.write_bytes(data)
    tally.findings.append(f"{what}: {place}")


def _read_for_ever(name: str, seed: int, pipe: Connection) -> None:
    reader = READERS[name]()
    chance, seeds = random.Random(seed), reader.seeds()
    logging.disable()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # C libraries say what they think there
    for one in seeds:  # what a reader loads at first is not the file's fault
        assert reader.read(one), "a whole file is refused"
    pipe.send("ready")
    while True:
        data = mutated(chance, seeds)
        pipe.send_bytes(data)
        before = _resident(peak=False)
        _forget_peak()
        begun = time.process_time()
        try:
            outcome = "taken" if reader.read(data) else "refused"
        except Exception as error:
            outcome = f"{type(error).__name__}: {str(error)[:200]!r}"
        pipe.send((outcome, time.process_time() - begun, max(0, _resident(peak=True) - before)))


def _resident(*, peak: bool) -> int:
    wanted = "VmHWM:" if peak else "VmRSS:"
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(wanted):
            return int(line.split()[1]) * 1024
    return 0


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")
