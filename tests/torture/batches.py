"""Batches whose process, or one of whose painters, is killed at a random moment with no chance to say anything.

The same command is given again until it comes to its end. Then every picture has to be there, whole and as a batch
that nobody killed paints it, its line in the manifest, and nothing else in the folder.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from neuralart.image.read import read
from neuralart.image.record import read_record

JOBS = 12
WORDS = ("--content", "photo.png", "--style", "style.png", "--model", "compact", "--size", "48", "--num-iters", "30")
PATIENCE = 300.0  # seconds


@dataclass
class Count:
    """What became of the batches.

    Attributes:
        parents, painters: How many of either were killed.
        runs: How often the command was given.
        pictures, painted: How many pictures there were to paint, and how often one was painted and written down.
        known: How many were known by their record alone, since their line had been lost.
        findings: What went wrong.
    """

    parents: int = 0
    painters: int = 0
    runs: int = 0
    pictures: int = 0
    painted: int = 0
    known: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def killed(self) -> int:
        """How many processes were killed."""
        return self.parents + self.painters


def killed(times: int, seed: int = 0) -> Count:
    """Kill so many processes, in as many batches as that takes."""
    chance, count = random.Random(f"batch {seed}"), Count()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _inputs(place)
        begun = time.monotonic()
        _go(place, "whole")
        usual = time.monotonic() - begun
        while count.killed < times:
            name = f"out{count.runs}"
            _batch(place, name, times, usual, chance, count)
            _check(place, name, count)
    return count


def _batch(place: Path, name: str, times: int, usual: float, chance: random.Random, count: Count) -> None:
    """One batch, killed at most four times, and gone on with until it ends."""
    for attempt in range(100):
        running = _start(place, name)
        count.runs += 1
        try:
            if attempt < 4 and count.killed < times:
                running.wait(chance.uniform(0.2, 1.0) * usual)
            running.wait(PATIENCE if attempt >= 4 or count.killed >= times else 0)
        except subprocess.TimeoutExpired:
            _kill(running, chance, count)
        if running.wait(PATIENCE) == 0:
            return
    count.findings.append(f"{name}: it never came to its end")


def _kill(running: subprocess.Popen[bytes], chance: random.Random, count: Count) -> None:
    painters = psutil.Process(running.pid).children()
    if painters and chance.random() < 0.5:
        count.painters += 1
        chance.choice(painters).kill()
        return
    count.parents += 1
    running.kill()
    _, alive = psutil.wait_procs(painters, timeout=30)
    if alive:
        count.findings.append("painters outlived the process that they painted for")


def _check(place: Path, name: str, count: Count) -> None:
    """Every picture once, as it should be, and nothing beside."""
    count.pictures += JOBS
    lines = [json.loads(line) for line in (place / name / "m.jsonl").read_text().splitlines() if line.startswith("{")]
    count.painted += sum("host" in line for line in lines)
    count.known += sum("host" not in line for line in lines)
    wanted = {f"{k}.png" for k in range(JOBS)}
    if {Path(line["output"]).name for line in lines if line["state"] == "done"} != wanted:
        count.findings.append(f"{name}: the manifest is not complete")
    if (there := {one.name for one in (place / name).iterdir()} - {"m.jsonl", "m.jsonl.lock"}) != wanted:
        count.findings.append(f"{name}: {sorted(there ^ wanted)} missing or left behind")
    for one in sorted(wanted & there):
        if not read(place / name / one).pixels.equal(read(place / "whole" / one).pixels):
            count.findings.append(f"{name}: {one} is another picture")
        if (read_record(place / name / one) or {}).get("result", {}).get("iterations") != 30:
            count.findings.append(f"{name}: {one} has no whole record")


def _inputs(place: Path) -> None:
    from tests.cli.made import picture

    picture(100, 80, 1).save(place / "photo.png")
    picture(80, 88, 2).save(place / "style.png")


def _start(place: Path, name: str) -> subprocess.Popen[bytes]:
    rows = [{"output": f"{name}/{k}.png", "seed": k, "init": "image:0.9"} for k in range(JOBS)]
    listed = place / f"{name}.jsonl"
    listed.write_text("\n".join(map(json.dumps, rows)))
    words = ["batch", listed.name, "--manifest", f"{name}/m.jsonl", "--workers", "2", "--quiet", *WORDS]
    return subprocess.Popen(
        [sys.executable, "-c", "import sys; from neuralart.cli import main; sys.exit(main())", *words], cwd=place
    )


def _go(place: Path, name: str) -> None:
    _start(place, name).wait(PATIENCE)
