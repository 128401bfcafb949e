"""What a run that is spread over several processes does otherwise on the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neuralart.distributed.group import Group
from neuralart.options import Options, declared


def silenced(options: Options, group: Group) -> Options:
    """The options of a process that nobody watches: only the first one shows and writes anything."""
    if group.is_first:
        return options
    nowhere: dict[str, Any] = {name: None for name, (facts, _) in declared().items() if facts.is_written}
    del nowhere["output"]  # the picture has its name, though the first process alone writes it
    return replace(options, quiet=True, display="off", display_port=None, **nowhere)
