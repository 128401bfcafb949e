"""What stages and steps do in addition when the image is spread over several processes.

Inside `paint`, each process has its own band of the image's rows. Between two scales, and for every step that a watcher
needs whole, the image is put together for a moment in process 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch

from neuralart.distributed.group import Group
from neuralart.distributed.rows import Span
from neuralart.run.stage import Stage
from neuralart.run.step import Step

IsWhole = Callable[[Step], bool]
Owned = Callable[[tuple[int, int]], list[Span]]


def always(step: Step) -> bool:
    """Every step is needed whole."""
    return True


def shared_stages(stages: Sequence[Stage], owned: Owned, group: Group) -> list[Stage]:
    """Return the same stages for this process's band; owned: (width, height) -> the rows of each process."""
    return [replace(stage, enter=_entering(stage, owned, group)) for stage in stages]


def _entering(stage: Stage, owned: Owned, group: Group) -> Callable[[torch.Tensor], torch.Tensor]:
    width, height = stage.size

    def enter(band: torch.Tensor) -> torch.Tensor:
        if int(group.all_reduce(torch.tensor(float(band.shape[2])))) == height and band.shape[3] == width:
            return band
        whole = group.gather(band)
        with group.together():
            whole = stage.enter(whole) if whole is not None else None
        return group.scatter(whole, owned(stage.size), band, width)

    return enter


def band(whole: torch.Tensor, owned: Owned, group: Group) -> torch.Tensor:
    """Return a copy of this process's rows of an image [1, 3, H, W] that all processes have."""
    begin, end = owned((whole.shape[3], whole.shape[2]))[group.rank]
    return whole[:, :, begin:end].clone()


def shared_steps(
    steps: Iterator[Step], stages: Sequence[Stage], group: Group, is_whole: IsWhole = always
) -> Iterator[Step]:
    """Yield the same steps, with the whole image in process 0 whenever `is_whole` asks for it there.

    The first step, the last, and the one at which the run is asked to stop always have it; KeyboardInterrupt follows
    the latter. Otherwise the image has its size but no numbers (a tensor on the device "meta").
    """
    begins = True
    for step in steps:
        width, height = stages[step.scale - 1].size
        # The optimiser's state is spread over the processes, too, and stays there.
        shown = replace(step, image=torch.empty(1, 3, height, width, device="meta"), live=None)
        is_stopped, is_needed = group.any(group.is_stopped, group.is_first and is_whole(shown))
        if is_stopped or is_needed or begins or step.is_last:
            whole = group.gather(step.image)
            shown = shown if whole is None else replace(shown, image=whole)
        begins = False
        yield shown
        if is_stopped and not step.is_last:
            raise KeyboardInterrupt
