"""The losses of styles side by side: what an evaluation takes, and how strongly each of them pulls.

    python benchmarks/losses.py time CONTENT STYLE --size 512
    python benchmarks/losses.py weight CONTENT STYLE [CONTENT STYLE ...] --size 256 --num-iters 200
    python benchmarks/losses.py contents CONTENT STYLE [CONTENT STYLE ...] --size 256 --num-iters 200
    python benchmarks/losses.py strength CONTENT STYLE --size 256 --num-iters 60

`time`: seconds of the processor that an evaluation of the whole objective takes at the final size, and what it holds at
most beside what it held before. Each loss in a process of its own, with one thread unless told otherwise.

`weight`: every pair is painted with every loss at the same style factor. The content's error is that of the network's
own content layer, |F - P|^2 / |P|^2, of the finished picture. `weight` is by how much `Choice.weight` would have to
be multiplied for the error to be that of the first loss; found from a second painting with half the style factor.

`contents`: the style's error that each loss of the content leaves, at several multiples of its weight. The weight is
right where the error is that of `features`.

`strength`: the content's error by `--strength`, with the first of the losses, at the size and at half of it.
"""

import argparse
import math
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

import peak
from neuralart import api
from neuralart.losses.choices import CONTENT_LOSSES, STYLE_LOSSES
from neuralart.options import Options
from spread import machine, spread


def main():
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    {"time": times, "weight": weights, "contents": contents, "strength": strengths, "one": one}[arguments.what](
        arguments
    )


def times(arguments):
    """A row for every loss."""
    print(machine(arguments.threads))
    print(f"{arguments.model}, {arguments.size} pixels, median (smallest to largest) of {arguments.repeats}\n")
    print("| loss | seconds of the processor | more memory, MB |\n| --- | --- | --- |", flush=True)
    for name in arguments.losses:
        subprocess.run([sys.executable, __file__, "one", *sys.argv[2:], "--losses", name], check=True)


def one(arguments):
    """One loss, measured."""
    (name,) = arguments.losses
    run = prepared(arguments.pictures[:2], name, arguments)
    objective = run.stage(run.schedule[-1]).objective()
    image = run.recipe.pixels(run.content, run.schedule[-1].size, run.network)
    objective(image)
    took = []
    peak.begin()
    before = peak.peak()
    for _ in range(arguments.repeats):
        begun = time.process_time()
        objective(image)
        took.append(time.process_time() - begun)
    print(f"| {name} | {spread(took)} | {(peak.peak() - before) / 1e6:.0f} |", flush=True)


def weights(arguments):
    """A row for every pair and loss, and at the end what each loss's weight should be multiplied by."""
    print(machine(arguments.threads))
    print(f"{arguments.model}, {arguments.size} pixels, {arguments.num_iters} iterations\n")
    print("| content | style | loss | content's error | at half the factor | weight |\n|" + " --- |" * 6, flush=True)
    found = {name: [] for name in arguments.losses}
    for pair in zip(arguments.pictures[::2], arguments.pictures[1::2]):
        wanted = None
        for name in arguments.losses:
            error = content_error(pair, name, 1.0, arguments)
            wanted = error if wanted is None else wanted
            half = content_error(pair, name, 0.5, arguments)
            # The error goes about as a power of the factor.
            power = math.log(error / half) / math.log(2)
            found[name].append((wanted / error) ** (1 / power))
            told = " | ".join([*(Path(one).stem for one in pair), name])
            print(f"| {told} | {error:.3f} | {half:.3f} | {found[name][-1]:.2f} |", flush=True)
    print()
    for name, factors in found.items():
        print(f"{name}: {statistics.geometric_mean(factors):.2f}")


def contents(arguments):
    """A row for every pair and loss of the content, a column for every multiple of its weight."""
    tried = (0.5, 1, 2, 4, 8)
    print(machine(arguments.threads))
    print(f"{arguments.model}, {arguments.size} pixels, {arguments.num_iters} iterations\n")
    print("| content | style | loss | " + " | ".join(f"times {one:g}" for one in tried) + " |")
    print("|" + " --- |" * (3 + len(tried)), flush=True)
    for pair in zip(arguments.pictures[::2], arguments.pictures[1::2]):
        for name in CONTENT_LOSSES:
            own = tried if name != "features" else (1,)
            found = {share: style_error(pair, name, share, arguments) for share in own}
            row = [f"{found[share]:.3f}" if share in found else "" for share in tried]
            print("| " + " | ".join([*(Path(one).stem for one in pair), name, *row]) + " |", flush=True)


def style_error(pair, name, share, arguments):
    """Of a picture painted with this multiple of the usual weight of the content's last term."""
    run = prepared(pair, "gram", arguments, content_loss=name, tolerance=0)
    moved = [term for term in run.terms if term.name.startswith("content")][-1]  # of `laplacian` the edges
    terms = [replace(one, weight=one.weight * share) if one is moved else one for one in run.terms]
    return error_of(
        "style", replace(run, terms=tuple(terms)), [*(Path(one).stem for one in pair), name, f"{share:g}"], arguments
    )


def strengths(arguments):
    """A column for every strength, a row for either size."""
    tried = (0, 0.25, 0.5, 0.75, 1)
    print(machine(arguments.threads))
    print("| long edge | " + " | ".join(map(str, tried)) + " |\n|" + " --- |" * (1 + len(tried)), flush=True)
    for size in (arguments.size // 2, arguments.size):
        found = [
            content_error(arguments.pictures[:2], arguments.losses[0], 1.0, arguments, size=size, strength=one)
            for one in tried
        ]
        print(f"| {size} | " + " | ".join(f"{one:.2f}" for one in found) + " |", flush=True)


def content_error(pair, name, share, arguments, **changes):
    """Of a picture painted with this share of the usual style factor."""
    run = prepared(pair, name, arguments, style_factor=share * arguments.style_factor, **changes)
    return error_of("content", run, [*(Path(one).stem for one in pair), name, f"{share:g}"], arguments)


def error_of(kind, run, names, arguments):
    """Paint the run, and return what the terms of this kind add up to; save the picture if a folder was given."""
    for step in run.steps():
        image = step.image
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        run.picture(step).save(arguments.keep / f"{'-'.join(names)}.png")
    terms = run.stage(run.schedule[-1]).objective()(image).terms
    return sum(float(value) for term, value in terms.items() if term.startswith(kind))


def prepared(pair, name, arguments, **changes):
    """A run of this pair with this loss."""
    given = {"size": arguments.size, "num_iters": arguments.num_iters, "model": arguments.model, "cpu": True}
    return api.prepare(*pair, Options(**given | {"style_loss": name} | changes))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("time", "weight", "contents", "strength", "one"))
    parser.add_argument("pictures", nargs="+")
    parser.add_argument("--losses", nargs="+", choices=STYLE_LOSSES, default=list(STYLE_LOSSES))
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--num-iters", type=int, default=200)
    parser.add_argument("--style-factor", type=float, default=2e9)
    parser.add_argument("--model", default="compact")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="folder for the pictures")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
