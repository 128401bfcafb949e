"""Paintings that are killed at a random moment, with no chance to say anything, and gone on with from their checkpoint.

What comes of it must be, bit for bit, the picture of a painting that nobody killed; nor may anything else be left in
the folder. The program is loaded once; each painting is a child of that process.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

OPTIMISERS = {
    **{name: ("--optimizer", name, "--num-iters", "24") for name in ("lbfgs", "adam", "sgd")},
    **{
        f"{name} in tiles": ("--optimizer", name, "--tile", "64", "--num-iters", "6")
        for name in ("lbfgs", "adam", "sgd")
    },
    "original": ("--recipe", "original", "--num-iters", "24", "--output-dir", "frames"),
}
WORDS = ("--content", "photo.png", "--style", "style.png", "--model", "compact", "--size", "96")
KEPT = ("--checkpoint", "run.ckpt", "--checkpoint-interval", "1", "--output", "out.png", "--quiet")
PATIENCE = 120.0  # seconds


@dataclass
class Count:
    """What became of the paintings."""

    killed: int = 0
    kept: int = 0
    equal: int = 0
    findings: list[str] = field(default_factory=list)


def killed(name: str, times: int, seed: int = 0) -> Count:
    """Kill so many paintings with this optimiser, and go on with each; one that has ended before does not count."""
    chance, count = random.Random(f"{name} {seed}"), Count()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _pictures(place)
        _child(place, [*WORDS, *OPTIMISERS[name], "--output", "whole.png", "--quiet"])
        begun, whole = time.monotonic(), _pixels(place / "whole.png")
        _child(place, [*WORDS, *OPTIMISERS[name], *KEPT])
        usual = time.monotonic() - begun
        (place / "out.png").unlink()
        while count.killed < times and time.monotonic() < begun + (times + 1) * PATIENCE:
            code = _child(place, [*WORDS, *OPTIMISERS[name], *KEPT], chance.uniform(0.1, 1) * usual)
            if code == -signal.SIGKILL:
                count.killed += 1
            elif code:
                count.findings.append(f"after kill {count.killed}: exit code {code}")
            _go_on(place, count, whole)
    return count


def _go_on(place: Path, count: Count, whole: bytes) -> None:
    checkpoint, output = place / "run.ckpt", place / "out.png"
    if checkpoint.exists():
        count.kept += 1
        code = _child(place, ["resume", "run.ckpt", "--quiet", "--overwrite"])
        if code or not output.exists() or _pixels(output) != whole:
            count.findings.append(f"kill {count.killed}: exit code {code}, or another picture")
        else:
            count.equal += 1
    elif output.exists() and _pixels(output) != whole:
        count.findings.append(f"kill {count.killed}: it left another picture")
    left = {one.name for one in place.iterdir()} - {"photo.png", "style.png", "whole.png", "out.png", "frames"}
    left -= {name for name in left if not checkpoint.exists() and name.endswith(".tmp")}  # swept at the next start
    if left:
        count.findings.append(f"kill {count.killed}: {sorted(left)} left behind")
        checkpoint.unlink(missing_ok=True)
    output.unlink(missing_ok=True)


def _pictures(place: Path) -> None:
    from tests.cli.made import picture

    picture(100, 80, 1).save(place / "photo.png")
    picture(80, 88, 2).save(place / "style.png")


def _pixels(path: Path) -> bytes:
    from neuralart.image.read import read

    return read(path).numpy().tobytes()


def _child(place: Path, words: list[str], kill_after: float | None = None) -> int | None:
    """The command's exit code in a child of its own, which is killed after so many seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch", "neuralart.cli", "neuralart.api", "neuralart.cli.resume"])
    child = context.Process(target=_paint, args=(place, words))
    child.start()
    child.join(PATIENCE if kill_after is None else kill_after)
    if child.is_alive() and child.pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
    child.join(PATIENCE)
    return child.exitcode


def _paint(place: Path, words: list[str]) -> None:
    import torch

    from neuralart.cli import main

    torch.set_num_threads(1)
    os.chdir(place)
    raise SystemExit(main(words))
