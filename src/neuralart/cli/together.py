"""What is different on the command line if a run is spread over several processes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neuralart.distributed.group import Group
from neuralart.options import Options, declared


def silenced(options: Options, group: Group) -> Options:
    """Turn off everything that only the first process shows and writes."""
    if group.is_first:
        return options
    nowhere: dict[str, Any] = {name: None for name, (facts, _) in declared().items() if facts.is_written}
    del nowhere["output"]  # the picture keeps its name, although only the first process writes it
    return replace(options, quiet=True, display="off", display_port=None, **nowhere)
