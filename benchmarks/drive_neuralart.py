"""Runs neuralart through its Python API, and notes the time, the total and the picture of its iterations.

    PYTHON drive_neuralart.py RESULT --threads 2 --content a.png --style b.png --options '{"size": 512, ...}'
        [--spacing 1.03] [--warm 2] [--finer 1.4]

The network is given neural-style-pt's mean colour, which differs from ours by less than a grey level, so that both look
at the same numbers. The clock runs while it paints, what it does at the beginning of every scale included; the time
that this driver takes to copy pictures is taken off. `--finer` sets FINER of optim/spectrum.py. RESULT is a file for
`torch.load`:

    seconds, evaluations, totals, scales   after each iteration, since the run began
    images    {iteration: [1, 3, H, W], RGB, 0..255, not clamped}: with `--spacing`, those that ended at least so much
              later than the one before; and the last of each scale
    peak, peak_evaluating   bytes: of the process from its start, and from iteration `--warm` on
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import torch

import peak
from drive_neural_style_pt import MEAN
from neuralart import api
from neuralart.networks import NETWORKS
from neuralart.optim import spectrum
from neuralart.options import from_mapping


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("result", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warm", type=int, default=2)
    parser.add_argument("--content", type=Path, required=True)
    parser.add_argument("--style", type=Path, required=True)
    parser.add_argument("--options", type=json.loads, required=True)
    parser.add_argument("--spacing", type=float, default=0.0)
    parser.add_argument("--finer", type=float, default=spectrum.FINER)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    spectrum.FINER = given.finer
    NETWORKS["vgg"] = replace(NETWORKS["vgg"], mean=MEAN)
    run = api.prepare(given.content, given.style, from_mapping(given.options))
    found = observed(run, given.spacing, given.warm)
    torch.save(found | {"torch": str(torch.__version__)}, given.result)


def observed(run: api.PreparedRun, spacing: float, warm: int) -> dict[str, object]:
    """Paint, and tell what was seen."""
    seconds, evaluations, totals, scales = [], [], [], []
    images: dict[int, torch.Tensor] = {}
    own = kept = 0.0
    highest, last = 0, None
    begun = time.perf_counter()
    for step in run.steps():
        now = time.perf_counter()
        if step.iteration:
            painted = now - begun - own
            seconds.append(painted)
            evaluations.append(step.evaluations)
            totals.append(step.total)
            scales.append(step.scale)
        if spacing and last is not None and last.scale != step.scale:
            images[last.iteration] = last.image
        if spacing and step.iteration and painted >= kept * spacing:
            images[step.iteration], kept = step.image, painted
        last = step
        if step.iteration == warm:
            highest = peak.peak()
            peak.begin()
        own += time.perf_counter() - now
    assert last is not None
    if spacing:
        images[last.iteration] = last.image
    evaluating = peak.peak()
    found = {"seconds": seconds, "evaluations": evaluations, "totals": totals, "scales": scales, "images": images}
    return found | {"peak": max(highest, evaluating), "peak_evaluating": evaluating}


if __name__ == "__main__":
    main()
