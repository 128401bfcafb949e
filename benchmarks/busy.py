"""Painting beside other work: how long threads may spin at a barrier, and how many there are, in rounds that alternate.

    python benchmarks/busy.py [--neighbours 0 1] [--spins own 300000 1000] [--threads 2 1] [--repeats 5] [--size 256]
                              [--iterations 60]

Every run is the installed command in a process of its own; the seconds are those of its painting, from the record.
A neighbour is a process that computes without pause. 300000 rounds are what libgomp takes by itself, "own" is what
neuralart does when nobody sets them. `--together 2` starts so many paintings at once instead, and tells the time of the
slowest.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from neuralart.cores import cores
from neuralart.image.paintings import ASSETS
from spread import machine, spread

USUAL, OWN = "300000", "own"  # libgomp's choice; what neuralart does by itself


def start(folder: Path, number: int, spins: str, threads: int, size: int, iterations: int) -> subprocess.Popen[bytes]:
    words = ["--content", str(ASSETS / "photo.jpg"), "--style", str(ASSETS / "style.jpg"), "--model", "compact"]
    words += ["--size", str(size), "--num-iters", str(iterations), "--scales", "1", "--precision", "float32"]
    words += ["--display", "off", "--quiet", "--output", str(folder / f"{number}.png")]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)} | ({} if spins == OWN else {"GOMP_SPINCOUNT": spins})
    return subprocess.Popen([sys.executable, "-m", "neuralart", *words], env=environment)


def seconds(folder: Path, together: int, **given: Any) -> float:
    """Of the slowest of so many paintings, started at once."""
    running = [start(folder, number, **given) for number in range(together)]
    if any(process.wait() for process in running):
        raise SystemExit("a painting failed")
    from neuralart.image.record import read_record

    return max(read_record(folder / f"{number}.png")["result"]["seconds"] for number in range(together))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--neighbours", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--spins", nargs="+", default=[OWN, USUAL, "1000"])
    parser.add_argument("--threads", type=int, nargs="+", default=[cores()])
    parser.add_argument("--together", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--iterations", type=int, default=60)
    given = parser.parse_args()
    print(machine(os.cpu_count() or 1))
    ways = list(product(given.neighbours, given.spins, given.threads))
    took: dict[tuple[int, str, int], list[float]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(given.repeats):
            for way in ways:
                neighbours, spins, threads = way
                others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(neighbours)]
                try:
                    wanted = {"spins": spins, "threads": threads, "size": given.size, "iterations": given.iterations}
                    took[way].append(seconds(Path(folder), given.together, **wanted))
                finally:
                    for other in others:
                        other.kill()
                        other.wait()
                print(json.dumps([*way, took[way][-1]]), file=sys.stderr)
    base = statistics.median(took[ways[0]])
    for (neighbours, spins, threads), times in took.items():
        ratio = statistics.median(times) / base
        row = f"neighbours {neighbours}  spins {spins:>6}  threads {threads}"
        print(f"{row}  {spread(times)} s  {ratio:.2f} of the first row")


if __name__ == "__main__":
    main()
