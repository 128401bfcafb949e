"""Where an earlier run got to, and how to go on from there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import torch

from neuralart.run.schedule import Schedule
from neuralart.run.step import Step


@dataclass(frozen=True, eq=False)
class Reached:
    """What an iteration led to: the image [1, 3, H, W] after it, its total and terms, evaluations and seconds so far.

    What the optimiser had learnt is not among it: its memory begins anew, as it does at every scale.
    """

    image: torch.Tensor
    iteration: int
    evaluations: int = 0
    seconds: float = 0.0
    total: float | None = None
    terms: dict[str, float] = field(default_factory=dict)

    def left(self, schedule: Schedule) -> Schedule:
        """The same schedule with the iterations that are still to be done."""
        done, found = self.iteration, []
        for scale in schedule:
            here = min(done, scale.iterations)
            done -= here
            found.append(replace(scale, iterations=scale.iterations - here))
        return tuple(found)

    def counted(self, steps: Iterator[Step]) -> Iterator[Step]:
        """The steps that follow, numbered as if the run had never been interrupted."""
        for step in steps:
            yield replace(
                step,
                iteration=step.iteration + self.iteration,
                iterations=step.iterations + self.iteration,
                evaluations=step.evaluations + self.evaluations,
                seconds=step.seconds + self.seconds,
                total=step.total if step.iteration else self.total,
                terms=step.terms if step.iteration else self.terms,
            )
