"""Real processes that are joined as torchrun would join them."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import torch

from neuralart.distributed.group import Group
from neuralart.distributed.join import joined

from .. import warm

CPU = torch.device("cpu")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(rank: int, count: int, port: int) -> dict[str, str]:
    """What torchrun sets."""
    ranks = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count, "MASTER_PORT": port}
    return {name: str(value) for name, value in ranks.items()} | {"MASTER_ADDR": "127.0.0.1"}


def together(count: int, work: Callable[..., Any], *given: Any, patience: float = 90) -> list[Any]:
    """What `work(group, *given)` returns in each of `count` processes; "died" where one ended without an answer."""
    port = free_port()
    code = f"import sys; sys.path[:] = {sys.path!r}; from tests.distributed.team import member; member()"
    crew = [
        warm.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | environment(rank, count, port),
        )
        for rank in range(count)
    ]
    try:
        for member in crew:
            pickle.dump((work, given), member.stdin)
            member.stdin.close()
            member.stdin = None
        answers = [member.communicate(timeout=patience)[0] for member in crew]
    finally:
        for member in crew:
            member.kill()
            member.communicate()
    return [pickle.loads(answer) if answer else "died" for answer in answers]


def member() -> None:
    """Be one of them: work and arguments come in by standard input, what is found goes out by standard output."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print
    work, given = pickle.load(sys.stdin.buffer)
    torch.set_num_threads(1)
    with joined(CPU, timedelta(seconds=30)) as group:
        group.all_reduce(torch.ones(1))  # one that died before all have joined would keep the others from beginning
        found = work(group, *given)
        # In full: a pickled tensor would live in memory that dies with the process.
        out.write(pickle.dumps(found.numpy() if isinstance(found, torch.Tensor) else found))
        out.flush()


def alone() -> Group:
    return Group()
