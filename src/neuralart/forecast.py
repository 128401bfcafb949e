"""How long a run would take, from evaluations of a small image that are timed now."""

from __future__ import annotations

import time

from neuralart import threads
from neuralart.budget import Choice, Wishes
from neuralart.image.sizes import fit
from neuralart.objective.objective import layers_of
from neuralart.objective.plan import WHOLE
from neuralart.prepared import PreparedRun

TRIAL = 256  # pixels; the long edge at which an evaluation is timed
ENOUGH = 1.0  # seconds of timing
SETUP = 1.5  # the cost of starting a scale in evaluations, since it evaluates both pictures


def seconds(run: PreparedRun, wishes: Wishes, choice: Choice) -> float:
    """Estimate how long the run would take, by multiplications, from evaluations timed now at a small size."""
    return multiplications(run, wishes, choice) * rate(run, wishes, choice)


def multiplications(run: PreparedRun, wishes: Wishes, choice: Choice) -> float:
    """Estimate how many multiplications the run takes."""
    each, total = run.recipe.evaluations(run.options), 0.0
    for scale, iterations in zip(run.schedule, run.expected):
        if not iterations:
            continue
        one = wishes.rehearsal.evaluated(scale.size, choice.plans[scale.size].tile, choice.dtype)
        total += (iterations * each + SETUP) * one.multiplications
    return total


def rate(run: PreparedRun, wishes: Wishes, choice: Choice) -> float:
    """Measure the seconds per multiplication."""
    network = run.network.to(run.network.device, choice.dtype)
    edge = min(max(wishes.scales[-1].size), max(TRIAL, 2 * network.architecture.smallest(layers_of(run.terms))))
    size = fit(*run.content.size, edge)
    with threads.suited(run.options.threads):
        objective = run.objective(size, network, WHOLE)
        image = run.recipe.pixels(run.content, size, network)
        float(objective(image).total)  # the first evaluation also chooses kernels
        begun, count = time.perf_counter(), 0
        while count < 2 or (time.perf_counter() - begun < ENOUGH and count < 50):
            float(objective(image).total)
            count += 1
        each = (time.perf_counter() - begun) / count
    return each / wishes.rehearsal.evaluated(size, None, choice.dtype).multiplications
