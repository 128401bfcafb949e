"""How long it takes to start: `neuralart --help`, and from the command to the first iteration and the first picture.

    python benchmarks/startup.py [--repeats 9] [--python .venv/bin/python]

Each is a process of its own, begun anew; medians over the repeats, the first of which is not counted (it brings the
files into memory, and writes the bytecode that an installation has). The command paints the shipped photograph with the
compact network, and has reached its first iteration at the usual 500 pixels when that is in its `--log`; the first
picture is a file of 128 pixels after one iteration. The parts come from processes that do the same through the Python
API: the interpreter alone, with `import torch`, and then what reading (pictures, weights) and the first iteration add.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from spread import machine, spread

HELP, FIRST, PICTURE = 0.3, 3.0, 2.0  # seconds asked for

PARTS = """
import time
begun = time.perf_counter()
from neuralart import collector, cores, loading, spinning
cores.settle(), spinning.limit(), collector.postpone(), loading.shorten()
import torch
torch_in = time.perf_counter()
from importlib.resources import files
from neuralart import api
from neuralart.options import Options
ours_in = time.perf_counter()
assets = files("neuralart") / "assets"
run = api.prepare(str(assets / "photo.jpg"), str(assets / "style.jpg"), Options(model="compact"))
read = time.perf_counter()
steps = run.steps()
next(steps), next(steps)
print(torch_in - begun, ours_in - torch_in, read - ours_in, time.perf_counter() - read)
"""


def seconds(command: list[str]) -> float:
    """How long a command runs."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def painting(python: str, folder: str) -> list[str]:
    """The command that paints the shipped photograph."""
    from importlib.resources import files

    assets = files("neuralart") / "assets"
    pictures = ["--content", str(assets / "photo.jpg"), "--style", str(assets / "style.jpg")]
    quiet = ["--model", "compact", "--display", "off", "--quiet", "--output", str(Path(folder) / "out.png")]
    return [python, "-m", "neuralart", *pictures, *quiet]


def to_first_picture(python: str) -> float:
    """How long a painting of 128 pixels in one iteration takes, file and all."""
    with tempfile.TemporaryDirectory() as folder:
        return seconds([*painting(python, folder), "--size", "128", "--num-iters", "1"])


def to_first_iteration(python: str) -> float:
    """From starting the command until the log tells of iteration 1."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        command = [*painting(python, folder), "--log", str(log)]
        begun = time.perf_counter()
        process = subprocess.Popen(command)
        while not (log.exists() and log.stat().st_size):
            if process.poll() is not None:
                raise SystemExit(f"the command ended before its first iteration: {' '.join(command)}")
            time.sleep(0.002)
        took = time.perf_counter() - begun
        process.kill()
        process.wait()
    return took


def parts(python: str) -> list[float]:
    """Seconds of importing torch, importing neuralart, reading, and the first iteration."""
    done = subprocess.run([python, "-c", PARTS], check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def repeated(count: int, measure: Callable[[], float]) -> list[float]:
    """All but a first one."""
    return [measure() for _ in range(count + 1)][1:]


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--python", default=sys.executable, help="the Python that neuralart runs in")
    given = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    helped = repeated(given.repeats, lambda: seconds([given.python, "-m", "neuralart", "--help"]))
    first = repeated(given.repeats, lambda: to_first_iteration(given.python))
    picture = repeated(given.repeats, lambda: to_first_picture(given.python))
    bare = repeated(given.repeats, lambda: seconds([given.python, "-c", "pass"]))
    found = list(zip(*[parts(given.python) for _ in range(given.repeats + 1)][1:]))
    print(f"{machine(os.cpu_count() or 1)}\n")
    print("| | s | asked |\n| --- | --- | --- |")
    print(f"| neuralart --help | {spread(helped)} | < {HELP} |")
    print(f"| command to first iteration, compact, 500 px | {spread(first)} | < {FIRST:g} |")
    print(f"| command to first picture, compact, 128 px | {spread(picture)} | < {PICTURE:g} |")
    names = ("import torch", "import neuralart", "reading pictures and weights", "first iteration")
    for name, here in (("interpreter alone", bare), *zip(names, found)):
        print(f"| of it: {name} | {spread(here)} | |")
    sum_of_parts = statistics.median(bare) + sum(statistics.median(here) for here in found)
    print(f"\nThe parts sum to {sum_of_parts:.2f} s.")


if __name__ == "__main__":
    main()
