"""Predicted against measured memory: `python benchmarks/memory.py [--vgg FILE] [--inception FILE]`.

Every case paints a few iterations at one scale in a process of its own, and compares the highest memory of that process
with what the program had said it would be. Weights may be random: only cost is measured.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

# model, long edge, tile, precision, optimizer
CASES = (
    ("compact", 256, None, "float32", "lbfgs"),
    ("compact", 512, None, "float32", "lbfgs"),
    ("compact", 1024, None, "float32", "lbfgs"),
    ("compact", 1536, None, "float32", "lbfgs"),
    ("compact", 1024, None, "float32", "sgd"),
    ("compact", 1024, None, "bfloat16", "adam"),
    ("compact", 768, None, "float64", "lbfgs"),
    ("compact", 1024, 512, "float32", "lbfgs"),
    ("compact", 1024, 256, "float32", "lbfgs"),
    ("vgg", 256, None, "float32", "lbfgs"),
    ("vgg", 512, None, "float32", "lbfgs"),
    ("vgg", 768, None, "float32", "lbfgs"),
    ("vgg", 512, None, "bfloat16", "lbfgs"),
    ("vgg", 768, None, "bfloat16", "lbfgs"),
    ("vgg", 512, 256, "float32", "lbfgs"),
    ("inception", 256, None, "float32", "lbfgs"),
    ("inception", 512, None, "float32", "lbfgs"),
    ("inception", 1024, None, "float32", "lbfgs"),
    ("inception", 768, 384, "float32", "lbfgs"),
)
ITERATIONS = 4

PAINT = """
import json, sys
import numpy as np
from neuralart import api, build
from neuralart.options import Options
case = json.loads(sys.argv[1])
edge = case["size"]
picture = (np.random.default_rng(0).random((edge, edge, 3)) * 255).astype(np.uint8)
content, style = api.as_picture(picture, "content"), api.as_picture(picture, "style")
run = api.prepare(content, style, Options(**case, scales=1, normalise="no", device="cpu", memory="1TB"))
wishes = build.wishes(run)
predicted = wishes.fitted(10**12).peak
for step in run.steps():
    pass
print(json.dumps([predicted, step.peak_memory, step.seconds]))
"""


def measured(case: dict[str, object]) -> tuple[int, int, float]:
    """(predicted bytes, measured bytes, seconds) of a run in a process of its own."""
    done = subprocess.run([sys.executable, "-c", PAINT, json.dumps(case)], capture_output=True, text=True, check=True)
    predicted, peak, seconds = json.loads(done.stdout)
    return predicted, peak, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare predicted with measured memory.")
    parser.add_argument("--vgg", type=Path, help="a file of weights for vgg; without it these cases are left out")
    parser.add_argument("--inception", type=Path, help="the same for inception")
    parser.add_argument("--only", help="cases whose name contains this")
    files = vars(parser.parse_args())
    print(f"{'case':38} {'predicted':>10} {'measured':>10} {'ratio':>6}")
    for model, size, tile, precision, optimizer in CASES:
        name = f"{model} {size} {f'tile {tile}' if tile else 'whole'} {precision} {optimizer}"
        if (model != "compact" and not files[model]) or (files["only"] and files["only"] not in name):
            continue
        case: dict[str, object] = {"model": model, "size": size, "precision": precision, "optimizer": optimizer}
        case |= {"num_iters": ITERATIONS} | ({"tile": tile} if tile else {})
        case |= {"weights": str(files[model])} if model != "compact" else {}
        predicted, peak, _ = measured(case)
        print(f"{name:38} {predicted / 1e6:7.0f} MB {peak / 1e6:7.0f} MB {predicted / peak:6.2f}", flush=True)


if __name__ == "__main__":
    main()
