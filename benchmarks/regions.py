"""What masks cost: three styles with a mask each beside one style without.

    python benchmarks/regions.py time --size 512
    python benchmarks/regions.py memory --size 1536 --tile 512

`time`: seconds of the processor that an evaluation of the whole objective takes at the final size. Both objectives are
held at once and evaluated in turn, so that whatever else the machine does meets both; the ratio is of neighbours.

`memory`: what the process holds at most while it paints a few iterations in tiles, in a process of its own.

Everything is painted from what ships with the package; the masks are three bands, their edges soft over 8 pixels.
"""

import argparse
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import torch

import peak
from neuralart import Style, api
from neuralart.image.paintings import ASSETS, PAINTINGS, file_of
from neuralart.options import Options
from spread import machine, spread

CONTENT = ASSETS / "photo.jpg"


def main():
    parser = argparse.ArgumentParser(description="What masks cost.")
    parser.add_argument("what", choices=("time", "memory", "one"))
    parser.add_argument("styles", nargs="?", type=int, default=3)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--tile", type=int)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    {"time": times, "memory": memories, "one": one}[arguments.what](arguments)


def times(arguments):
    """Both objectives in turn."""
    runs = [prepared(count, arguments) for count in (1, 3)]
    objectives = [run.stage(run.schedule[-1]).objective() for run in runs]
    image = runs[0].recipe.pixels(runs[0].content, runs[0].schedule[-1].size, runs[0].network)
    took = [[], []]
    for turn in range(arguments.repeats + 1):
        for own, objective in zip(took, objectives):
            begun = time.process_time()
            objective(image)
            if turn:
                own.append(time.process_time() - begun)
    print(machine(arguments.threads))
    print(f"compact, {arguments.size} pixels, median (smallest to largest) of {arguments.repeats}\n")
    print("| one style, s | three with masks, s | ratio |\n| --- | --- | --- |")
    print(f"| {spread(took[0])} | {spread(took[1])} | {spread([b / a for a, b in zip(*took)])} |")


def memories(arguments):
    """A row for each number of styles."""
    print(f"{machine(arguments.threads)}\ncompact, {arguments.size} pixels, tiles of {arguments.tile}\n")
    print("| styles | most memory, MB |\n| --- | --- |", flush=True)
    own = [f"--{name}={getattr(arguments, name)}" for name in ("size", "tile", "threads")]
    for count in (1, 3):
        subprocess.run([sys.executable, __file__, "one", str(count), *own], check=True)


def one(arguments):
    """Paint, measured."""
    for _ in prepared(arguments.styles, arguments, num_iters=4).steps():
        pass
    print(
        f"| {arguments.styles}{' with masks' if arguments.styles > 1 else ''} | {peak.peak() / 1e6:.0f} |", flush=True
    )


def prepared(count, arguments, **more):
    """A run in the first so many of the styles that ship; several share the picture in bands."""
    names = list(PAINTINGS)[:count]
    masks = bands(count) if count > 1 else [None]
    styles = [Style(str(file_of(name)), mask=mask) for name, mask in zip(names, masks)]
    options = Options(size=arguments.size, tile=arguments.tile, scales=1, model="compact", precision="float32", **more)
    return api.prepare(str(CONTENT), styles, options)


def bands(count, height=768, width=1024, soft=8):
    """Masks [H, W, 3], 0..255, of the photograph's shape: so many bands from top to bottom."""
    rows = np.arange(height) + 0.5
    edges = [height * k / count for k in range(count + 1)]
    ramp = lambda edge: np.clip((rows - edge) / soft + 0.5, 0, 1)
    above = [np.ones(height), *(ramp(edge) for edge in edges[1:-1]), np.zeros(height)]
    found = []
    for first, second in pairwise(above):
        band = np.round(255 * (first - second)).astype(np.uint8)
        found.append(np.repeat(np.repeat(band[:, None, None], width, 1), 3, 2))
    return found


if __name__ == "__main__":
    main()
