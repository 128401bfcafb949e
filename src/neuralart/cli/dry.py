"""Says what a batch would do: the pictures that it would paint, and about how long that would take."""

from __future__ import annotations

from collections.abc import Sequence

from neuralart.cores import at_once
from neuralart.errors import NeuralartError
from neuralart.jobs.job import Job
from neuralart.jobs.plan import Plan
from neuralart.values import spoken

KINDS = 5  # of pictures that are timed; for the others their average is taken


def tell(planned: Plan) -> int:
    """Print a line for every picture that would be painted, and an estimate. Return the exit code, 0."""
    for job in planned.todo:
        print(f"{job.name}: {job.output}")
    there = f", {len(planned.there)} already there" if planned.there else ""
    print(f"{len(planned.todo)} to paint{there}{estimate(planned.todo) if planned.todo else ''}")
    return 0


def estimate(todo: Sequence[Job]) -> str:
    """Estimate how long the jobs would take, from one of each kind; return "" if that fails."""
    from neuralart.cli.estimate import estimate as estimated

    kinds: dict[str, Job] = {}
    counts: dict[str, int] = {}
    for job in todo:
        kind = repr(sorted((k, v) for k, v in job.values.items() if k not in ("content", "style", "output", "seed")))
        kinds.setdefault(kind, job)
        counts[kind] = counts.get(kind, 0) + 1
    timed, count = 0.0, 0
    for kind in sorted(kinds, key=lambda kind: -counts[kind])[:KINDS]:
        try:
            found, _ = estimated(kinds[kind].options)
        except NeuralartError:  # painting will report it
            continue
        if found["seconds"]:
            timed, count = timed + found["seconds"] * counts[kind], count + counts[kind]
    if not count:
        return ""
    on = f"all {cores} cores" if (cores := at_once()) > 1 else "one core"
    return f"; about {spoken(timed / count * len(todo))} of computing on {on}"
