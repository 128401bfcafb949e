"""words -> options; errors -> text and exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from neuralart.errors import LostError, NeuralartError, UserError, escaped

INTERRUPTED = 130  # what a shell reports of a program that Ctrl-C ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code: 0, 2 for the user's mistakes, 1 for other failures, 130 for Ctrl-C."""
    from neuralart.cli import commands

    try:
        return commands.run(list(sys.argv[1:] if arguments is None else arguments))
    except NeuralartError as error:
        # Of several processes with the same words and the same mistake one is enough to tell of it.
        if isinstance(error, LostError) or os.environ.get("RANK", "0") == "0":
            print(f"neuralart: {escaped(str(error))}", file=sys.stderr, flush=True)
        return 2 if isinstance(error, UserError) else 1
    except KeyboardInterrupt:
        print("neuralart: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (| head); nothing is wrong, and nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
