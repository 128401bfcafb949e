"""Predicted against measured memory, under limits: `python benchmarks/memory.py [--only WORDS] [--iterations N]`.

Every case paints a few iterations of every scale in a process of its own, which may choose how within a limit, and
compares the highest memory of that process with what the program had said it would be and with the limit. VGG-19 and
GoogLeNet have random weights: only cost is measured.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file

from neuralart.networks import NETWORKS

# model, long edge, precision, optimizer, limit, scales
CASES = (
    ("compact", 256, "float32", "lbfgs", "1GB", 1),
    ("compact", 512, "float32", "lbfgs", "520MB", 1),
    ("compact", 512, "float32", "lbfgs", "2GB", 1),
    ("compact", 512, "float32", "adam", "510MB", 1),
    ("compact", 1024, "float32", "lbfgs", "650MB", 1),
    ("compact", 1024, "float32", "lbfgs", "1050MB", 1),
    ("compact", 1536, "float32", "sgd", "800MB", 1),
    ("compact", 2560, "float32", "sgd", "1350MB", 1),
    ("compact", 320, "float32", "lbfgs", "450MB", 1),
    ("compact", 768, "float32", "lbfgs", "700MB", 1),
    ("compact", 256, "bfloat16", "lbfgs", "420MB", 1),
    ("compact", 384, "bfloat16", "lbfgs", "470MB", 1),
    ("compact", 768, "bfloat16", "lbfgs", "600MB", 1),
    ("compact", 1280, "bfloat16", "lbfgs", "900MB", 1),
    ("vgg", 256, "float32", "lbfgs", "500MB", 1),
    ("vgg", 512, "float32", "lbfgs", "600MB", 1),
    ("vgg", 640, "float32", "lbfgs", "1200MB", 1),
    ("vgg", 640, "float32", "lbfgs", "800MB", 1),
    ("vgg", 800, "float32", "lbfgs", "1200MB", 1),
    ("vgg", 384, "bfloat16", "lbfgs", "600MB", 1),
    ("vgg", 640, "bfloat16", "lbfgs", "800MB", 1),
    ("vgg", 1024, "bfloat16", "lbfgs", "1200MB", 1),
    ("inception", 512, "float32", "lbfgs", "750MB", 1),
    ("compact", 1024, "float32", "lbfgs", "900MB", 4),
    ("compact", 1024, "bfloat16", "lbfgs", "1GB", 4),
)

PAINT = """
import json, sys
import numpy as np
from neuralart import api, build
from neuralart.options import Options
case = json.loads(sys.argv[1])
picture = (np.random.default_rng(0).random((case["size"], case["size"], 3)) * 255).astype(np.uint8)
options = Options(**case, normalise="no", device="cpu")
run = api.drafted(picture, picture, options)
wishes = build.wishes(run)
choice = wishes.fitted(build.limit(options, run.network)[0])
run = build.fitted(run)
for step in run.steps():
    pass
plan = choice.plans[max(choice.plans)]
way = (f"tiles of {plan.tile}" if plan.tile else "whole") + (", kept" if plan.keeps_freed else "")
print(json.dumps([choice.peak, step.peak_memory, way]))
"""


def measured(case: dict[str, object]) -> tuple[int, int, str]:
    """(predicted bytes, measured bytes, how it was evaluated) of a run in a process of its own."""
    done = subprocess.run([sys.executable, "-c", PAINT, json.dumps(case)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    predicted, peak, way = json.loads(done.stdout)
    return predicted, peak, way


def random_weights(model: str, folder: Path) -> Path:
    """A file of weights that keep activations in range."""
    path, generator, found = folder / f"{model}.safetensors", torch.Generator().manual_seed(0), {}
    for name, shape in NETWORKS[model].kernels().items():
        deviation = (2 / (shape[1] * shape[2] * shape[3])) ** 0.5
        found[f"{name}.weight"] = torch.randn(shape, generator=generator) * deviation
        found[f"{name}.bias"] = torch.zeros(shape[0])
    save_file(found, path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare predicted with measured memory.")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--iterations", type=int, default=3, help="of every scale")
    wanted = parser.parse_args()
    print("| case | limit, MB | chosen | predicted | measured | predicted / measured | measured / limit |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for model, size, precision, optimizer, limit, scales in CASES:
            name = f"{model} {size} {precision} {optimizer}" + (f" {scales} scales" if scales > 1 else "")
            if wanted.only not in name:
                continue
            case: dict[str, object] = {"model": model, "size": size, "precision": precision, "optimizer": optimizer}
            case |= {"num_iters": wanted.iterations * scales, "memory": limit, "scales": scales}
            if model != "compact":
                case["weights"] = str(random_weights(model, Path(folder)))
            predicted, peak, way = measured(case)
            most = float(limit[:-2]) * {"MB": 1e6, "GB": 1e9}[limit[-2:]]
            shares = f"{predicted / peak:.3f} | {peak / most:.3f}"
            print(
                f"| {name} | {most / 1e6:.0f} | {way} | {predicted / 1e6:.0f} | {peak / 1e6:.0f} | {shares} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
