"""neuralart plot: plots the terms of a run as curves, from its log."""

from __future__ import annotations

from pathlib import Path

from neuralart.cli import parser
from neuralart.errors import OptionError

USAGE = """\
usage: neuralart plot LOG FILE

Plot every term and the total over the iterations, from a log that --log wrote, as .svg, .png or .pdf.
When painting, --plot FILE does the same."""


def run(words: list[str]) -> int:
    """Plot the log that the words name."""
    if parser.asks_for_help(words):
        print(USAGE)
        return 0
    if len(words) != 2 or any(word.startswith("-") for word in words):
        raise OptionError("name a log and the file to write: neuralart plot run.jsonl losses.svg")
    from neuralart.cli.names import same_file
    from neuralart.figures.plot import check, draw, read_log

    log, target = words
    points = read_log(log)
    if same_file(log, target):
        raise OptionError(f"the plot '{target}' would overwrite the log; give another name")
    check(target)
    draw(points, target, Path(log).name)
    print(f"{target}: the terms of {points[-1].iteration} iterations")
    return 0
