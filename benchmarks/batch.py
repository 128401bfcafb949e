"""How quickly many pictures are painted, and what the list itself costs.

    python benchmarks/batch.py pictures --jobs 64 --iterations 500     beside a loop over the command, and beside Ray
    python benchmarks/batch.py scheduler --jobs 1000000                nothing is painted: memory and time of every job
    python benchmarks/batch.py together                                several images in one evaluation

The ways of painting take turns, so that a busy machine is busy for all of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import torch

from neuralart.image.picture import Picture
from neuralart.jobs.check import Checker
from neuralart.jobs.engine import Made, Outcome, Tasks
from neuralart.jobs.manifest import Manifest
from neuralart.jobs.run import Batch
from neuralart.jobs.table import Row
from neuralart.networks.compact import WIDTHS

MAIN = [sys.executable, "-c", "import sys; from neuralart.cli import main; sys.exit(main())"]


def pictures(given: argparse.Namespace) -> None:
    """One style, so many photographs: by a loop over the command, by batch, and by Ray on this machine."""
    ways: dict[str, Callable[[Path, list[Path]], None]] = {"loop": _loop, "batch": _batch}
    if given.ray:
        ways["ray"] = lambda place, photographs: _batch(place, photographs, "--engine", "ray")
    options = ["--style", "style.png", "--size", str(given.size), "--num-iters", str(given.iterations)]
    common.extend([*options, "--model", "compact", "--quiet", "--display", "off"])
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _soft(300, 240, 0).save(place / "style.png")
        photographs = [place / f"in/{k}.png" for k in range(given.jobs)]
        (place / "in").mkdir()
        for k, one in enumerate(photographs):
            _soft(given.size, given.size * 3 // 4, k + 1).save(one)
        for turn in range(given.turns):
            for name, paint in ways.items():
                (place / "out").mkdir(exist_ok=True)
                begun = time.perf_counter()
                paint(place, photographs)
                seconds = time.perf_counter() - begun
                made = [one for one in (place / "out").iterdir() if one.suffix == ".png"]
                assert len(made) == given.jobs
                hourly = 3600 * given.jobs / seconds
                print(f"turn {turn + 1}, {name}: {seconds:.1f} s, {hourly:,.0f} pictures an hour", flush=True)
                for one in [*made, *(place / "out").glob("batch*")]:
                    one.unlink()


common: list[str] = []


def _loop(place: Path, photographs: list[Path]) -> None:
    for one in photographs:
        words = ["--content", str(one), "--output", f"out/{one.stem}.png", "--checkpoint", "none", *common]
        subprocess.run([*MAIN, *words], cwd=place, check=True)


def _batch(place: Path, photographs: list[Path], *more: str) -> None:
    words = [word for word in common if word not in ("--display", "off")]
    subprocess.run(
        [*MAIN, "batch", "--content", "in", "--output", "out/{content}.png", *words, *more], cwd=place, check=True
    )


def _soft(width: int, height: int, seed: int) -> Picture:
    coarse = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(seed)) * 255
    return Picture(torch.nn.functional.interpolate(coarse, size=(height, width), mode="bicubic").clamp(0, 255))


class Nothing:
    """An engine that is done with a task as soon as it has it."""

    def run(self, tasks: Tasks, stops: Callable[[], bool]) -> Iterator[Outcome]:
        """An outcome for every task."""
        for task in tasks:
            assert task is not None
            yield Outcome(task.job, 0.1, Made("0" * 64, (256, 192), (), {"name": "none"}, "here"))


def scheduler(given: argparse.Namespace) -> None:
    """A list of so many jobs, checked, planned and written down, without a picture."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name in ("photo.png", "style.png"):
            Path(name).write_bytes(b"")
        rows = (Row(k, {"output": f"out/{k}.png"}) for k in range(given.jobs))
        held, begun = psutil.Process().memory_info().rss, time.perf_counter()

        def tell(what: str) -> None:
            nonlocal held, begun
            now, then = psutil.Process().memory_info().rss, time.perf_counter()
            each = f"{(now - held) / given.jobs:,.0f} bytes and {1e6 * (then - begun) / given.jobs:,.0f} µs a job"
            print(f"{what}: {each}; {now / 1e6:,.0f} MB in all", flush=True)
            held, begun = now, time.perf_counter()

        jobs = Checker({"content": "photo.png", "style": "style.png"}, "the list").checked(rows)
        tell("checked")
        work = Batch(jobs, Manifest(Path("batch.manifest.jsonl")))
        todo = work.planned().todo
        tell("planned")
        with work.manifest.held(alone=True):
            count = sum(1 for _ in work.painted(todo, Nothing()))
        assert count == given.jobs
        tell("handed out and written down")
        print(f"the manifest has {Path('batch.manifest.jsonl').stat().st_size / given.jobs:,.0f} bytes a job")


def together(given: argparse.Namespace) -> None:
    """The network's features of several images at once, and the way back: seconds for each image."""
    for threads in {1, torch.get_num_threads()}:
        torch.set_num_threads(threads)
        for size in (128, 256):
            took = {count: [] for count in (1, 2, 4, 8)}
            for _ in range(given.turns + 2):  # the first two turns warm up
                for count, seconds in took.items():
                    seconds.append(_evaluated(count, size) / count)
            told = ", ".join(f"{count} at once {1e3 * min(seconds[2:]):.1f}" for count, seconds in took.items())
            print(f"{threads} threads, {size} pixels, ms an image: {told}", flush=True)


def _evaluated(count: int, size: int) -> float:
    """Seconds that the convolutions of the network that ships take for so many images, there and back."""
    images = torch.rand(count, 3, size, size, requires_grad=True)
    features, block = images, "conv1"
    begun = time.perf_counter()
    for name, width in WIDTHS.items():
        if not name.startswith(block):
            features, block = torch.nn.functional.max_pool2d(features, 2), name[:5]
        kernel = torch.full((width, features.shape[1], 3, 3), 0.01)
        features = torch.relu(torch.nn.functional.conv2d(features, kernel, padding=1))
    features.sum().backward()
    return time.perf_counter() - begun


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("pictures", "scheduler", "together"))
    parser.add_argument("--jobs", type=int, default=64)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--iterations", type=int, default=500)
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--ray", action="store_true", help="also on a Ray of this machine")
    asked = parser.parse_args()
    {"pictures": pictures, "scheduler": scheduler, "together": together}[asked.what](asked)
