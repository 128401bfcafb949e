"""Processes that need not wait for PyTorch: each is forked from one that has imported it, and has done nothing else."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from multiprocessing.reduction import DupFd
from typing import Any

PRELOADED = ["neuralart.cli.painting", "tests.distributed.paintings"]


def context() -> Any:
    """Of multiprocessing. All that use it share the process that is forked."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(PRELOADED)
    return found


def command(words: Sequence[str], terminal: int, environment: dict[str, str]) -> Any:
    """The program, started with these words in this folder. terminal: its standard input, output and error."""
    here = os.getcwd()  # noqa: PTH109
    process = context().Process(target=_run, args=(words, _Handed(terminal), environment, here), daemon=True)
    process.start()
    return process


class _Handed:
    """A file descriptor on its way to another process; duplicated only while that process is started."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __reduce__(self) -> Any:
        return _taken, (DupFd(self.descriptor),)


def _taken(handed: Any) -> int:
    return handed.detach()


def _run(words: Sequence[str], terminal: int, environment: dict[str, str], folder: str) -> None:
    for number in range(3):
        os.dup2(terminal, number)
    os.close(terminal)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  (until the process ends)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    from neuralart.cli import main

    sys.exit(main(words))
