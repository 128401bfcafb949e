"""The command line: words -> options, errors -> text and exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from neuralart import collector, cores, loading, spinning
from neuralart.cli.interrupt import exit_code
from neuralart.cli.streams import standing
from neuralart.errors import LostError, NeuralartError, UserError, escaped, flags, speaking


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code.

    Returns:
        0; 2 for the user's mistakes, and for a library that is missing or too old; 1 for other failures, including a
        standard output that cannot be written; 128 plus the signal's number if a signal ended it, so 130 for Ctrl-C.
    """
    if arguments is None:  # the process is the command's own
        cores.settle()
        spinning.limit()
        collector.postpone()
        loading.shorten()
    with standing() as output, speaking(flags):
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
        output.flush()
        if output.failure:
            print(f"neuralart: standard output cannot be written ({output.failure})", file=sys.stderr)
            code = code or 1
    return code


def _run(words: list[str]) -> int:
    from neuralart.cli import commands

    try:
        return commands.run(words)
    except (ImportError, AttributeError, OSError) as error:
        from neuralart.cli.needs import lacking

        if not (reason := lacking(error)):
            raise
        print(f"neuralart: {escaped(reason)}", file=sys.stderr)
        return 2
    except NeuralartError as error:
        # If several processes have the same arguments and the same mistake, one report is enough.
        if isinstance(error, LostError) or os.environ.get("RANK", "0") == "0":
            print(f"neuralart: {escaped(str(error))}", file=sys.stderr, flush=True)
        return 2 if isinstance(error, UserError) else 1
    except KeyboardInterrupt as stopped:
        print("neuralart: interrupted", file=sys.stderr)
        return exit_code(stopped)
