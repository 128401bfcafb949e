"""What a run that is spread over several processes does otherwise on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from neuralart import api
from neuralart.distributed.group import Group
from neuralart.figures.plot import LossPlot
from neuralart.options import Options, declared
from neuralart.run.shared import Looked
from neuralart.run.step import Step
from neuralart.watch.checkpoint import Checkpoint
from neuralart.watch.display.viewer import Display
from neuralart.watch.frames import Frames, due
from neuralart.watch.log import Log
from neuralart.watch.progress import Reporter

# They read a step's numbers and not its image.
BLIND = (Log, LossPlot, Reporter)


def silenced(options: Options, group: Group) -> Options:
    """The options of a process that nobody watches: only the first one shows and writes anything."""
    if group.is_first:
        return options
    nowhere: dict[str, Any] = {name: None for name, (facts, _) in declared().items() if facts.is_written}
    del nowhere["output"]  # the picture has its name, though the first process alone writes it
    return replace(options, quiet=True, display="off", display_port=None, **nowhere)


def looks(watch: api.Watcher, step: Step) -> bool:
    """Whether this reader looks at the image of this step."""
    if isinstance(watch, Frames):
        return due(step.iteration) or step.is_last
    if isinstance(watch, Checkpoint):
        return watch.due(step)
    if isinstance(watch, Display):
        return step.iteration % watch.pace.interval == 0
    return not isinstance(watch, BLIND)


def looked(watchers: Sequence[api.Watcher]) -> Looked:
    """Whether any of these readers looks at the image of a step."""
    return lambda step: any(looks(watch, step) for watch in watchers)


def may_read(watch: api.Watcher, step: Step) -> bool:
    """Whether this step has what this reader reads: its image may have stayed where it was painted."""
    return not step.image.is_meta or isinstance(watch, BLIND)
