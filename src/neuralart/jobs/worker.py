"""python -m neuralart.jobs.worker: paints for another process, reading tasks from stdin and writing outcomes to stdout.

Both are JSON lines. The process ends as soon as its input does, since whoever gave the tasks is then gone.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any, TextIO

from neuralart import loading, spinning


def main() -> None:
    """Paint until there are no more tasks."""
    # What libraries print must not come between the outcomes.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process decides when to end
    spinning.limit()
    loading.shorten()
    tasks: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin, tasks), daemon=True).start()
    serve(tasks, out)


def _listen(source: TextIO, tasks: queue.SimpleQueue[dict[str, Any]]) -> None:
    for line in source:
        tasks.put(json.loads(line))
    os._exit(0)


def serve(tasks: queue.SimpleQueue[dict[str, Any]], out: TextIO) -> None:
    """Paint every task that comes, until the process ends."""
    import torch

    from neuralart.errors import flags, speaking
    from neuralart.jobs.painter import Painter

    painter, foretells = Painter(), True
    with speaking(flags):  # the other process translates
        while True:
            task = tasks.get()
            torch.set_num_threads(task["threads"])
            if foretells:
                foretells = False
                _tell(out, {"need": _need(painter, task)})
            _tell(out, painted(painter, task))


def painted(painter: Any, task: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Do a task; return its outcome as JSON data. more: Further arguments for the painter."""
    from neuralart.errors import NeuralartError, kind_of
    from neuralart.jobs.engine import to_plain
    from neuralart.options import from_mapping

    begun = time.perf_counter()
    made, error, kind = None, None, None
    try:
        options, download = from_mapping(task["options"]), task["download"]
        if work := task.get("work"):
            made = to_plain(resolve_name(work["by"])(options, work["values"], download=download))
        else:
            made = to_plain(painter.paint(options, download=download, **more))
    except NeuralartError as failure:
        error, kind = str(failure), kind_of(failure)
    except Exception as failure:  # one picture must not cost the others
        error = f"{type(failure).__name__}: {failure}"
    return {"seconds": time.perf_counter() - begun, "made": made, "error": error, "kind": kind}


def _need(painter: Any, task: Mapping[str, Any]) -> int:
    """Predict how many bytes the first picture will take; 0 if that cannot be predicted."""
    from neuralart import build
    from neuralart.options import from_mapping

    if task.get("work"):  # whoever gave it has counted how many fit
        return 0
    try:
        run = painter.prepared(from_mapping(task["options"]), download=task["download"])
        choice = build.wishes(run).fitted(build.limit(run.options, run.network)[0])
    except Exception:  # painting will report it
        return 0
    return choice.peak if choice else 0


def _tell(out: TextIO, told: Mapping[str, Any]) -> None:
    out.write(json.dumps(told) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
